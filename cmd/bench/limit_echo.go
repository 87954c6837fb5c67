package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"
)

// serveLimit is the hidden command the program starts itself with: an Echo server that writes bytes it has in
// memory. Faster than this nothing made of Echo can be on this machine.
func serveLimit(plainFile, packedFile string) error {
	plain, err := os.ReadFile(plainFile)
	if err != nil {
		return fmt.Errorf("read page: %w", err)
	}
	packed, err := os.ReadFile(packedFile)
	if err != nil {
		return fmt.Errorf("read packed page: %w", err)
	}
	e := echo.New()
	e.GET("/plain", func(c echo.Context) error { return c.Blob(http.StatusOK, "text/html; charset=utf-8", plain) })
	e.GET("/packed", func(c echo.Context) error {
		c.Response().Header().Set("Content-Encoding", "gzip")
		return c.Blob(http.StatusOK, "text/html; charset=utf-8", packed)
	})
	e.GET("/unchanged", func(c echo.Context) error {
		c.Response().Header().Set("ETag", c.Request().Header.Get("If-None-Match"))
		return c.NoContent(http.StatusNotModified)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Fprintf(os.Stderr, "limit is at http://%s\n", l.Addr())
	s := &http.Server{Handler: e, ReadHeaderTimeout: 5 * time.Second}
	return s.Serve(l)
}
