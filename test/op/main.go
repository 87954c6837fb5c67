// Command op is an OpenID provider for Lernraum's tests: the example server of github.com/zitadel/oidc with users,
// clients and groups from the test. It listens on loopback only; its start contract is in ../README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
)

// setup is the one line of standard input.
type setup struct {
	Issuer  string   `json:"issuer"` // where browsers and Lernraum reach it; "" is its own address
	Users   []person `json:"users"`
	Clients []client `json:"clients"`
}

type person struct {
	ID           string   `json:"id"`
	Login        string   `json:"login"`
	Password     string   `json:"password"`
	Name         string   `json:"name"`
	Mail         string   `json:"mail"`
	MailVerified bool     `json:"mail_verified"`
	Groups       []string `json:"groups"`
}

type client struct {
	ID         string   `json:"id"`
	Secret     string   `json:"secret"`
	Redirects  []string `json:"redirects"`
	PostLogout []string `json:"post_logout"`
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "op:", err)
		os.Exit(1)
	}
}

func serve() error {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the set-up: %w", err)
	}
	var s setup
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("read the set-up: %w", err)
	}
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	own := "http://" + public.Addr().String()
	if s.Issuer == "" {
		s.Issuer = own
	}
	st, err := newStore(s)
	if err != nil {
		return err
	}
	logrus.SetOutput(os.Stderr)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, end := context.WithCancelCause(ctx)
	go func() { // whoever started it is gone when its end of the pipe is
		_, err := io.Copy(io.Discard, in)
		end(errors.Join(errors.New("standard input was closed"), err))
	}()
	for l, h := range map[net.Listener]http.Handler{
		public:  exampleop.SetupServer(s.Issuer, st, log, false),
		control: st.control(),
	} {
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		defer server.Close()
		go func() { end(server.Serve(l)) }()
	}
	ready, err := json.Marshal(map[string]string{"issuer": s.Issuer, "listen": own, "control": "http://" + control.Addr().String()})
	if err != nil {
		return err
	}
	fmt.Println(string(ready))
	<-ctx.Done()
	return nil
}
