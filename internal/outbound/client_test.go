package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a server on loopback, as one that stands inside.
type house struct {
	*httptest.Server
	asked atomic.Int32
	dest  string // host:port
}

func newHouse(t *testing.T, h http.HandlerFunc) *house {
	t.Helper()
	s := &house{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		h(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	s.dest = s.Listener.Addr().String()
	return s
}

func client(t *testing.T, o Options) *http.Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(t *testing.T, c *http.Client, address string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.Do(r)
	if err == nil {
		t.Cleanup(func() { _ = res.Body.Close() })
	}
	return res, err
}

func fine(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = io.WriteString(w, `{"ok":true}`)
}

func refused(t *testing.T, what string, err error, why string) {
	t.Helper()
	r, ok := errors.AsType[*Refused](err)
	if !ok || !strings.Contains(r.Why, why) {
		t.Errorf("%s: %v, want a refusal (%s)", what, err, why)
	}
}

func TestInsideIsClosedUnlessNamed(t *testing.T) {
	s := newHouse(t, fine)
	_, port, err := net.SplitHostPort(s.dest)
	if err != nil {
		t.Fatal(err)
	}
	bare := client(t, Options{})
	for _, host := range []string{"127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "localhost", "10.0.0.1", "169.254.169.254", "192.168.1.1"} {
		_, err := get(t, bare, "http://"+host+":"+port+"/")
		refused(t, host, err, "")
	}
	for _, spelling := range []string{"0x7f.1", "2130706433", "017700000001", "127.1"} { // some resolvers read these as numbers
		if _, err := get(t, bare, "http://"+spelling+":"+port+"/"); err == nil {
			t.Errorf("%s leads inside", spelling)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Fatalf("%d requests came inside", n)
	}
	for _, allow := range []string{"127.0.0.1:" + port, "[::ffff:127.0.0.1]:" + port} {
		res, err := get(t, client(t, Options{Allow: []string{allow}}), s.URL)
		if err != nil {
			t.Fatalf("%s: %v", allow, err)
		}
		if b, err := Body(res, "application/json"); err != nil || string(b) != `{"ok":true}` {
			t.Errorf("%s: %q, %v", allow, b, err)
		}
	}
	other := newHouse(t, fine)
	for _, allow := range []string{other.dest, "localhost:" + port, "127.0.0.2:" + port, "127.0.0.1:1" + port[1:]} {
		if allow == s.dest {
			continue
		}
		_, err := get(t, client(t, Options{Allow: []string{allow}}), s.URL)
		refused(t, "allowing "+allow, err, "loopback")
	}
	for _, bad := range []string{"", "x", "x:", ":80", "x:0", "x:y", "a b:80", "http://x:80", "x:80/"} {
		if _, err := New(Options{Allow: []string{bad}}); err == nil {
			t.Errorf("%q is taken as a destination", bad)
		}
	}
}

// nameServer is a name server. It answers each question for an address with the next set of the list, the last for ever.
func nameServer(t *testing.T, sets ...[]string) (*net.Resolver, *atomic.Int32) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			out := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions}
			if q.Type == dnsmessage.TypeA {
				i := min(int(asked.Add(1)), len(sets)) - 1
				for _, a := range sets[i] {
					out.Answers = append(out.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}, Body: &dnsmessage.AResource{A: [4]byte(net.ParseIP(a).To4())},
					})
				}
			}
			if raw, err := out.Pack(); err == nil {
				_, _ = conn.WriteTo(raw, from)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}, &asked
}

// What a name server says is only a hint: the address that is connected to is looked at.
func TestNamesThatLeadInside(t *testing.T) {
	s := newHouse(t, fine)
	_, port, err := net.SplitHostPort(s.dest)
	if err != nil {
		t.Fatal(err)
	}
	address := "http://kennzahlen.example:" + port + "/"
	for what, set := range map[string][]string{
		"one address inside": {"127.0.0.1"}, "several inside": {"10.0.0.1", "127.0.0.1"}, "metadata": {"169.254.169.254"}, "unspecified": {"0.0.0.0"},
	} {
		resolver, _ := nameServer(t, set)
		_, err := get(t, client(t, Options{Resolver: resolver}), address)
		refused(t, what, err, "")
	}
	// Rebinding: each connection is looked at, whatever the name meant before. The first address stands for a public
	// one, which a test has no business to speak to.
	resolver, asked := nameServer(t, []string{"192.0.2.1"}, []string{"192.0.2.1", "127.0.0.1"}, []string{"127.0.0.1"})
	c := client(t, Options{Resolver: resolver})
	for i := range 3 {
		_, err := get(t, c, address)
		refused(t, fmt.Sprint("meaning ", i), err, "")
	}
	if asked.Load() < 3 {
		t.Errorf("the name server was asked %d times", asked.Load())
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("%d requests came inside", n)
	}
	resolver, _ = nameServer(t, []string{"127.0.0.1"})
	for allow, pass := range map[string]bool{
		"kennzahlen.example:" + port: true, "KENNZAHLEN.example.:" + port: true, "example:" + port: false, "x.kennzahlen.example:" + port: false, "ennzahlen.example:" + port: false,
		"127.0.0.1:" + port: false, // the name was asked for, not the address
	} {
		_, err := get(t, client(t, Options{Resolver: resolver, Allow: []string{allow}}), address)
		if pass != (err == nil) {
			t.Errorf("allowing %s: %v", allow, err)
		}
	}
}

func TestRequestsThatAreNotSent(t *testing.T) {
	s := newHouse(t, fine)
	c := client(t, Options{Allow: []string{s.dest}})
	for _, address := range []string{
		"ftp://" + s.dest + "/", "file:///etc/passwd", "gopher://" + s.dest + "/_x", "unix:///var/run/docker.sock", "http://a:b@" + s.dest + "/", "http://user@" + s.dest + "/",
		"//" + s.dest + "/", "http:///x", "http://" + s.dest + "%00/",
	} {
		if _, err := get(t, c, address); err == nil {
			t.Errorf("%s was sent", address)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "intern.example"
	if _, err := c.Do(r); err == nil {
		t.Error("another name in the head was sent")
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestNoRedirectNoProxy(t *testing.T) {
	inside := newHouse(t, fine)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{inside.URL, "/again", "//" + inside.dest + "/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"} {
			s := newHouse(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			_, err := get(t, client(t, Options{Allow: []string{s.dest, inside.dest}}), s.URL)
			refused(t, fmt.Sprint(status, " to ", to), err, "redirect")
			if n := s.asked.Load(); n != 1 {
				t.Errorf("%d to %s: asked %d times", status, to, n)
			}
		}
	}
	for _, v := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(v, inside.URL)
	}
	s := newHouse(t, fine)
	if _, err := get(t, client(t, Options{Allow: []string{s.dest}}), s.URL); err != nil {
		t.Error(err)
	}
	if n := inside.asked.Load(); n != 0 {
		t.Errorf("%d requests went through a redirect or a proxy", n)
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(fine))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	dest := s.Listener.Addr().String()
	if _, err := get(t, client(t, Options{Allow: []string{dest}}), s.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if _, err := get(t, client(t, Options{Allow: []string{dest}, Roots: roots}), s.URL); err != nil {
		t.Errorf("a certificate of our own: %v", err)
	}
	resolver, _ := nameServer(t, []string{"127.0.0.1"})
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	other := "anders.test:" + u.Port()
	if _, err := get(t, client(t, Options{Allow: []string{other}, Roots: roots, Resolver: resolver}), "https://"+other); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate for another name: %v", err)
	}
}

// Time is bounded to the last byte. The other side waits until it is let go, not for a time.
func TestSlowAnswers(t *testing.T) {
	release := make(chan struct{})
	s := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[")
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	c := client(t, Options{Allow: []string{s.dest}, Timeout: 150 * time.Millisecond})
	if _, err := get(t, c, s.URL+"/head"); !timedOut(err) {
		t.Errorf("a head that does not come: %v", err)
	}
	res, err := get(t, c, s.URL+"/body")
	if err == nil {
		_, err = Body(res, "application/json")
	}
	if !timedOut(err) {
		t.Errorf("a body that does not end: %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing, not even in TLS
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, scheme := range []string{"http://", "https://"} {
		if _, err := get(t, client(t, Options{Allow: []string{silent.Addr().String()}, Timeout: 150 * time.Millisecond}), scheme+silent.Addr().String()); !timedOut(err) {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// endless writes one byte for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestLargeAnswers(t *testing.T) {
	const most = 1 << 20
	sizes := map[string]int{"/fits": most, "/over": most + 1, "/empty": 0}
	var sent atomic.Int64
	s := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		switch n, known := sizes[r.URL.Path]; {
		case known:
			_ = http.NewResponseController(w).Flush() // without a length
			_, _ = io.Copy(w, io.LimitReader(endless{}, int64(n)))
		case r.URL.Path == "/told":
			w.Header().Set("Content-Length", "10000000000")
			_, _ = io.CopyN(w, endless{}, 10_000_000_000)
		default:
			n, _ := io.CopyN(w, endless{}, 10_000_000_000)
			sent.Add(n)
		}
	})
	c := client(t, Options{Allow: []string{s.dest}})
	for path, fits := range map[string]bool{"/fits": true, "/empty": true, "/over": false, "/told": false, "/endless": false} {
		res, err := get(t, c, s.URL+path)
		var body []byte
		if err == nil {
			body, err = Body(res, "text/plain")
		}
		tooLarge, is := errors.AsType[*TooLarge](err)
		switch {
		case fits && (err != nil || len(body) != sizes[path]):
			t.Errorf("%s: %d bytes, %v", path, len(body), err)
		case !fits && (!is || tooLarge.Max != most || body != nil):
			t.Errorf("%s: %d bytes, %v", path, len(body), err)
		}
	}
	s.Close() // waits for the handlers
	if n := sent.Load(); n > 64<<20 {
		t.Errorf("of the endless answer %d bytes were taken", n)
	}
	// Reading on after the end of the bound stays an error.
	b := &bounded{body: io.NopCloser(endless{}), left: 10, max: 10}
	if got, err := io.ReadAll(b); len(got) != 10 || err == nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if n, err := b.Read(make([]byte, 5)); n != 0 || err == nil {
		t.Errorf("after the end: %d bytes, %v", n, err)
	}
}

func TestBombs(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, endless{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("compression is asked for: %s", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Type", "text/plain")
		switch r.URL.Path {
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/header":
			for i := range 2000 {
				w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
			}
		case "/line":
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}
	})
	c := client(t, Options{Allow: []string{s.dest}})
	_, err := get(t, c, s.URL+"/gzip")
	refused(t, "gzip", err, "compressed")
	for _, path := range []string{"/header", "/line"} {
		if _, err := get(t, c, s.URL+path); err == nil || !strings.Contains(err.Error(), "header") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestBodyHasToBeWhatWasAskedFor(t *testing.T) {
	s := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = r.URL.Query()["t"]
		if r.URL.Path == "/teapot" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, "{}")
	})
	c := client(t, Options{Allow: []string{s.dest}})
	for query, ok := range map[string]bool{
		"/?t=application/json": true, "/?t=Application/JSON%3Bcharset=utf-8": true, "/?t=text/csv": true, "/?t=text/html": false, "/?t=application/jsonp": false,
		"/": false, "/?t=": false, "/?t=/": false, "/teapot?t=application/json": false,
	} {
		res, err := get(t, c, s.URL+query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Body(res, "application/json", "text/csv"); (err == nil) != ok {
			t.Errorf("%s: %v", query, err)
		}
	}
}
