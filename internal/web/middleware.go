package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"lernraum/internal/errs"
)

// headers sets what every answer carries.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set(headerPolicy, policyNoScript)
		h.Set("Reporting-Endpoints", `csp="`+reportPath+`"`)
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
		s.refuseOrigin(w)
	}))
	return func(next http.Handler) http.Handler {
		strict := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A cookie without any sign of where the request comes from is not enough to change something.
			if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("Cookie") != "" &&
				r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
				s.refuseOrigin(w)
				return
			}
			next.ServeHTTP(w, r)
		})
		guarded := guard.Handler(strict)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if underAPI(r) { // no cookie counts there: nothing that a browser adds of itself opens anything
				next.ServeHTTP(w, r)
				return
			}
			guarded.ServeHTTP(w, r)
		})
	}, nil
}

// refuseOrigin says in both languages why a request was turned away: it is not known who asks, nor how they read.
func (s *Server) refuseOrigin(w http.ResponseWriter) {
	m := errs.Msg("err.origin")
	http.Error(w, s.View.Message("de", m)+"\n"+s.View.Message("en", m), http.StatusForbidden)
}

// limits bounds the time and the body of a request. The time of the work begins when the body is there: a slow line
// is no reason to stop it. Files are read by their handler, after it knows that they may be sent at all, and their
// time begins with startWork.
func (s *Server) limits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait := s.RequestTimeout
		switch {
		case r.Body == nil || r.Body == http.NoBody:
		case strings.HasSuffix(r.URL.Path, "/files"):
			r.Body, wait = http.MaxBytesReader(w, r.Body, s.MaxUpload+64<<10), wait+readTimeout
		default:
			most := int64(2 << 20) // four times the largest page, for its form encoding
			if r.URL.Path == reportPath {
				most = maxReport
			}
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
			r.Body = &readBody{rest: bytes.NewReader(body), err: err}
		}
		ctx, cancel := context.WithTimeout(r.Context(), wait)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// readBody is a body that was read ahead, with the error that ended the reading.
type readBody struct {
	rest *bytes.Reader
	err  error
}

func (b *readBody) Read(p []byte) (int, error) {
	n, err := b.rest.Read(p)
	if err == io.EOF && b.err != nil {
		err = b.err
	}
	return n, err
}

func (b *readBody) Close() error { return nil }

// startWork begins the time of the work on a request whose body its handler has read.
func (q *request) startWork() context.CancelFunc {
	return q.within(q.ctx(), q.s.RequestTimeout)
}

// moreTime gives an answer the time it needs when the work was out of time.
func (q *request) moreTime() context.CancelFunc {
	return q.within(context.WithoutCancel(q.ctx()), 5*time.Second)
}

func (q *request) within(parent context.Context, d time.Duration) context.CancelFunc {
	ctx, cancel := context.WithTimeout(parent, d)
	q.SetRequest(q.Request().WithContext(ctx))
	return cancel
}

// late calls what failed because the time was over by its name. What a database or renderer says when it is
// interrupted is nobody's fault and goes by.
func (q *request) late(err error) error {
	if errs.KindOf(err) != errs.Internal {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(q.ctx().Err(), context.DeadlineExceeded) {
		return &errs.Error{Kind: errs.Unavailable, Op: "answer in time", Msg: errs.Msg("web.too_slow"), Cause: err}
	}
	return err
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
	if status == http.StatusNotModified {
		w.Header().Del(headerPolicy) // the reader keeps the one that came with the body, whose nonce it names (ADR 0012)
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
