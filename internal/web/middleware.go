package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// contentSecurityPolicy allows nothing from elsewhere and nothing inline. The icons of KERN are data: masks.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; " +
	"require-trusted-types-for 'script'; trusted-types lernraum"

// headers sets what every answer carries.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
		if s.https {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			h.Set("Cache-Control", "private, no-cache")
			h.Set("Vary", "Cookie, Accept-Encoding")
		}
		next.ServeHTTP(w, r)
	})
}

// originGuard refuses requests that change something and come from another site. Requests without any of the
// headers browsers send (scripts of the operator) pass; they carry no cookie of a person.
func (s *Server) originGuard() (func(http.Handler) http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	if s.BaseURL != "" {
		u, err := url.Parse(s.BaseURL)
		if err != nil {
			return nil, fmt.Errorf("base URL: %w", err)
		}
		if err := guard.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("base URL: %w", err)
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Die Anfrage kam von einer anderen Seite und wurde abgelehnt. / The request came from another site and was refused.", http.StatusForbidden)
	}))
	return func(next http.Handler) http.Handler {
		strict := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A cookie without any sign of where the request comes from is not enough to change something.
			if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("Cookie") != "" &&
				r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
				http.Error(w, "Origin missing", http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
		return guard.Handler(strict)
	}, nil
}

// limits bounds the time and the body of a request.
func (s *Server) limits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(2 << 20) // four times the largest page, for its form encoding
		if strings.HasSuffix(r.URL.Path, "/files") {
			limit = s.MaxUpload + 64<<10
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		ctx, cancel := context.WithTimeout(r.Context(), s.RequestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// statusWriter remembers what was answered, for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += n
	return n, err
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// logging writes one line a request. It names no person, no address of a client and no query: what somebody
// searches is nobody's business.
func (s *Server) logging(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		id := rand.Text()[:12]
		w.Header().Set("X-Request-Id", id)
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.Log.Error("panic", "request", id, "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if sw.status == 0 {
					http.Error(sw, "Interner Fehler / internal error: "+id, http.StatusInternalServerError)
				}
			}
			level := s.Log.Debug
			if sw.status >= 500 {
				level = s.Log.Warn
			}
			level("request", "request", id, "method", r.Method, "path", r.URL.Path, "status", sw.status, "bytes", sw.bytes,
				"ms", float64(s.Now().Sub(start))/float64(time.Millisecond))
		}()
		next.ServeHTTP(sw, r)
	})
}
