package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Options of a client. What is zero takes the value in brackets.
type Options struct {
	// Allow names destinations as "host:port" that may lie in our own network: what the operator has configured.
	// Host and port are compared whole.
	Allow []string

	Timeout   time.Duration  // of a request, to the last byte of its answer (10 s)
	MaxBody   int64          // bytes of an answer (1 MiB)
	MaxHeader int64          // bytes of its head (64 KiB)
	Roots     *x509.CertPool // who vouches for servers (the system's)
	Resolver  *net.Resolver  // finds addresses (the system's)
}

// Refused is a destination or an answer that the client does not take.
type Refused struct {
	Dest string // host and port, or an address
	Why  string // in English, for the log
}

func (r *Refused) Error() string { return "outbound: " + r.Dest + ": refused: " + r.Why }

// TooLarge is an answer with a longer body than is read.
type TooLarge struct{ Max int64 }

func (t *TooLarge) Error() string {
	return fmt.Sprintf("outbound: the answer is longer than %d bytes", t.Max)
}

// New makes the client. Neither a proxy of the environment nor a redirect changes where a request goes, and nothing
// switches the check of certificates off.
func New(o Options) (*http.Client, error) {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	if o.MaxHeader == 0 {
		o.MaxHeader = 64 << 10
	}
	g := &guard{max: o.MaxBody, allow: map[string]bool{}}
	for _, a := range o.Allow {
		host, port, err := net.SplitHostPort(a)
		if err != nil || host == "" {
			return nil, fmt.Errorf("outbound: %q is not host:port", a)
		}
		dest, err := destination(host, port)
		if err != nil {
			return nil, fmt.Errorf("outbound: %w", err)
		}
		g.allow[dest] = true
	}
	g.free = net.Dialer{Resolver: o.Resolver, Timeout: o.Timeout}
	g.checked = g.free
	g.checked.Control = check
	g.next = &http.Transport{
		DialContext:            g.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		TLSHandshakeTimeout:    o.Timeout,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: o.MaxHeader,
		DisableCompression:     true, // few bytes must not become many
		DisableKeepAlives:      true, // each request is checked anew
	}
	return &http.Client{Transport: g, Timeout: o.Timeout, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		return &Refused{r.URL.Host, "the answer is a redirect"}
	}}, nil
}

// guard stands in front of the transport.
type guard struct {
	next          *http.Transport
	allow         map[string]bool
	free, checked net.Dialer
	max           int64
}

// RoundTrip sends a request and bounds its answer.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	why := ""
	switch {
	case r.URL.Scheme != "http" && r.URL.Scheme != "https":
		why = "only http and https are spoken"
	case r.URL.User != nil:
		why = "the address holds a password"
	case r.Host != "" && r.Host != r.URL.Host:
		why = "the name in the head is not that of the address"
	}
	if why != "" {
		if r.Body != nil {
			_ = r.Body.Close() // as a RoundTripper has to
		}
		return nil, &Refused{r.URL.Host, why}
	}
	res, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if c := res.Header.Get("Content-Encoding"); c != "" && !strings.EqualFold(c, "identity") {
		_ = res.Body.Close() // the answer is not used
		return nil, &Refused{r.URL.Host, "the answer is compressed, unasked"}
	}
	if res.ContentLength > g.max {
		_ = res.Body.Close()
		return nil, &TooLarge{g.max}
	}
	res.Body = &bounded{body: res.Body, left: g.max, max: g.max}
	return res, nil
}

// dial connects. Only what the operator named may lie anywhere.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dest, err := destination(host, port)
	if err != nil {
		return nil, err
	}
	if g.allow[dest] {
		return g.free.DialContext(ctx, network, dest)
	}
	return g.checked.DialContext(ctx, network, dest)
}

// check sees every address before it is connected to, whatever name or answer of a name server led to it.
func check(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return &Refused{address, "not TCP"}
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &Refused{address, "no address"}
	}
	if why := Barred(to.Addr()); why != "" {
		return &Refused{address, why}
	}
	return nil
}

// bounded reads so much of a body and no more.
type bounded struct {
	body      io.ReadCloser
	left, max int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &TooLarge{b.max}
	}
	if int64(len(p)) > b.left+1 { // one more tells a body that ends here from one that goes on
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, &TooLarge{b.max}
	}
	return n, err
}

func (b *bounded) Close() error { return b.body.Close() }

// Body reads the whole body of an answer that has one of the media types and the status 200, and closes it.
func Body(res *http.Response, types ...string) ([]byte, error) {
	body, err := read(res, types)
	return body, errors.Join(err, res.Body.Close())
}

func read(res *http.Response, types []string) ([]byte, error) {
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("outbound: the answer has status %d", res.StatusCode)
	}
	typ, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, typ) {
		return nil, fmt.Errorf("outbound: the answer is %.80q, not %s", res.Header.Get("Content-Type"), strings.Join(types, " or "))
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("outbound: read the answer: %w", err)
	}
	return body, nil
}
