// Package web owns HTTP: routes, cookies, form decoding, and the one place where errors become status codes.
// Handlers decode, call one use case, then render a view or return the error. It refuses to know SQL, the index
// and the rules of who may do what: it only says who asks.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"lernraum/internal/api"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/kpi"
	"lernraum/internal/member"
	"lernraum/internal/orga"
	"lernraum/internal/privacy"
	"lernraum/internal/setting"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// Options are the parts a Server works with.
type Options struct {
	Wiki    *wiki.Service
	Auth    *auth.Service
	Audit   audit.Reader
	KPI     *kpi.Service
	Members *member.Service
	Orga    *orga.Service
	Privacy *privacy.Service
	View    *view.Renderer
	Files   wiki.FileChecker
	Static  http.Handler // serves /static/
	Now     func() time.Time
	Log     *slog.Logger

	Settings       *setting.Service
	BaseURL        string // origin, "https://wissen.example.org"
	Demo           bool
	DemoRoles      []DemoRole
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; nothing else of what they send is
	// ConfirmAt is the address at which somebody shows their identity provider again who they are, and which then leads
	// to back; the session that begins on the way is confirmed. nil: there are no providers.
	ConfirmAt         func(provider, back string) string
	MaxUpload         int64                           // bytes of one file
	RequestTimeout    time.Duration                   // of the work on a request, from when its body has been read
	ReadHeaderTimeout time.Duration                   // 0 is 5 s
	MaxConnections    int                             // 0: no bound
	Ready             func(ctx context.Context) error // why the instance cannot serve, or nil
	Status            func(ctx context.Context) (view.Status, error)
	Version           string // of the program, part of every entity tag
}

// DemoRole is a role of the demo one can sign in as by a click. Texts are keys of the catalogue.
type DemoRole struct {
	UserID string
	Key    string
	Label  string
	Help   string
}

// Server is the HTTP side of an instance.
type Server struct {
	Options
	https    bool
	handler  http.Handler
	api      *api.API
	drawn    drawn
	reports  once
	refusals *denials
	old      chan struct{} // whoever renders an old text holds its one place
}

// New makes a Server.
func New(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ReadHeaderTimeout == 0 {
		o.ReadHeaderTimeout = 5 * time.Second
	}
	s := &Server{Options: o, refusals: newDenials(), old: make(chan struct{}, 1), https: len(o.BaseURL) > 8 && o.BaseURL[:8] == "https://"}
	if err := s.newAPI(); err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.handleError
	e.IPExtractor = clientAddress(o.TrustedProxies)
	e.Logger.SetOutput(discard{})
	if err := s.mount(e, s.routes()); err != nil {
		return nil, err
	}
	if o.Static != nil {
		e.Match([]string{http.MethodGet, http.MethodHead}, "/static/*", echo.WrapHandler(o.Static))
	}
	guard, err := s.originGuard()
	if err != nil {
		return nil, err
	}
	s.handler = s.logging(s.headers(guard(s.compress(s.limits(e)))))
	return s, nil
}

// clientAddress finds the address of the client: of the connection, or, when that is a proxy of the house, the last
// one in X-Forwarded-For that is none. Whatever else stands in front of it, a client can have written.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		p = p.Masked()
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// readTimeout is the longest time to send a request: a large file over a slow line.
const readTimeout = 2 * time.Minute

// Serve answers on a listener until the context ends, then lets requests that have begun finish.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.ReadHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      readTimeout + s.RequestTimeout + time.Minute, // it begins with the reading
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	done := make(chan error, 1)
	if s.MaxConnections > 0 {
		l = newGate(l, s.MaxConnections, s.Now)
	}
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := srv.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-done
	s.refusals.work.Wait() // what was refused last is recorded too
	return err
}
