package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func assets(t *testing.T) *Assets {
	t.Helper()
	a, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(a http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	// The target goes in as a client sends it: nothing resolved, nothing decoded twice.
	if u, err := url.ParseRequestURI(target); err == nil {
		r.URL = u
	} else {
		r.URL.Path = target
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func TestServesForEverUnderTheHash(t *testing.T) {
	a := assets(t)
	for name, typ := range map[string]string{
		"css/app.css":              "text/css; charset=utf-8",
		"js/main.js":               "text/javascript; charset=utf-8",
		"img/favicon.svg":          "image/svg+xml",
		"vendor/kern/kern.min.css": "text/css; charset=utf-8",
		"vendor/kern/fonts/fira-sans/FiraSans-Regular.woff2": "font/woff2",
		"vendor/kern/LICENSE.md":                             "text/plain; charset=utf-8",
	} {
		w := get(a, a.URL(name))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != typ {
			t.Errorf("%s: %d %q, want 200 %q", name, w.Code, w.Header().Get("Content-Type"), typ)
		}
		if got := w.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", name)
		}
		if again := get(a, a.URL(name), "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s: asked again with its ETag: %d, want 304", name, again.Code)
		}
	}
}

func TestGzipHoldsTheSameBytes(t *testing.T) {
	a := assets(t)
	addr := a.URL("vendor/kern/kern.min.css")
	plain := get(a, addr)
	zipped := get(a, addr, "Accept-Encoding", "br, gzip")
	if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Body.Len() > plain.Body.Len()/4 {
		t.Fatalf("encoding %q, %d of %d bytes", zipped.Header().Get("Content-Encoding"), zipped.Body.Len(), plain.Body.Len())
	}
	if zipped.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("both encodings carry the same ETag")
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(got, plain.Body.Bytes()) {
		t.Errorf("unpacked bytes differ from the plain ones (%v)", err)
	}
	for header, want := range map[string]string{"": "", "gzip;q=0": "", "identity": "", "gzip; q=0.5": "gzip", "x-gzip": ""} {
		if got := get(a, addr, "Accept-Encoding", header).Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: encoding %q, want %q", header, got, want)
		}
	}
	if got := get(a, a.URL("vendor/kern/fonts/fira-sans/FiraSans-Regular.woff2"), "Accept-Encoding", "gzip").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("font served as %q, it is compressed already", got)
	}
}

func TestFormerHashIsServedButNotKept(t *testing.T) {
	w := get(assets(t), Prefix+"0123456789abcdef/css/app.css")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("%d, Cache-Control %q", w.Code, w.Header().Get("Cache-Control"))
	}
}

func TestNothingElseIsServed(t *testing.T) {
	a := assets(t)
	for _, target := range []string{
		"/static", "/static/", "/static/" + a.hash, "/static/" + a.hash + "/",
		a.URL("css"), a.URL("css/"), a.URL("css/missing.css"), a.URL("embed.go"),
		a.URL("vendor/manifest.json"), a.URL("vendor-test/axe/axe.min.js"),
		"/static/nothash/css/app.css", "/static/../static/" + a.hash + "/../embed.go",
		a.URL("../embed.go"), a.URL("css/../embed.go"), a.URL("css/../css/app.css"),
		a.URL("css//app.css"), a.URL("./css/app.css"), a.URL("css/app.css/"), a.URL("css/app.css/."),
		a.URL("css%2Fapp.css"), a.URL("css%2fapp.css"), a.URL("css%5Capp.css"), a.URL(`css\app.css`),
		a.URL("%2e%2e/embed.go"), a.URL("..%2fembed.go"), a.URL("css/%2e%2e/css/app.css"),
		a.URL("css/app.css;x"), a.URL("css/app.css%00"), a.URL("css/app.css%00.css"), a.URL("C:/css/app.css"),
		"/static/" + a.hash + "//css/app.css", "//static/" + a.hash + "/css/app.css",
	} {
		if w := get(a, target); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", target, w.Code)
		}
	}
	r := httptest.NewRequest(http.MethodPost, a.URL("css/app.css"), nil)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d, want 405", w.Code)
	}
}

func TestDevelopmentReadsFromDisk(t *testing.T) {
	dev := fstest.MapFS{"css/app.css": {Data: []byte("one")}}
	a, err := New(dev)
	if err != nil {
		t.Fatal(err)
	}
	addr := a.URL("css/app.css")
	first := get(a, addr)
	dev["css/app.css"] = &fstest.MapFile{Data: []byte("two")}
	second := get(a, addr)
	if first.Body.String() != "one" || second.Body.String() != "two" {
		t.Errorf("got %q then %q", first.Body, second.Body)
	}
	if got := second.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control %q", got)
	}
	if w := get(a, a.URL("../embed.go")); w.Code != http.StatusNotFound {
		t.Errorf("outside of the folder: %d", w.Code)
	}
	if _, err := New(fstest.MapFS{}); err == nil {
		t.Error("a folder without css was taken")
	}
}

func TestHashFollowsTheContent(t *testing.T) {
	one, err := load(fstest.MapFS{"css/a.css": {Data: []byte("a")}})
	if err != nil {
		t.Fatal(err)
	}
	two, err := load(fstest.MapFS{"css/a.css": {Data: []byte("b")}})
	if err != nil {
		t.Fatal(err)
	}
	if one.hash == two.hash {
		t.Error("another content has the same address")
	}
}

var (
	cssURL   = regexp.MustCompile(`url\(\s*["']?([^"')]+)`)
	jsImport = regexp.MustCompile(`(?m)^import [^;]*?from "([^"]+)"|import\("([^"]+)"\)`)
)

// An address in our own files that leads nowhere would only be seen in a browser.
func TestAddressesInFilesLeadSomewhere(t *testing.T) {
	a := assets(t)
	for name, f := range a.files {
		var found [][]string
		switch path.Ext(name) {
		case ".css":
			found = cssURL.FindAllStringSubmatch(string(f.body), -1)
		case ".js":
			found = jsImport.FindAllStringSubmatch(string(f.body), -1)
		}
		for _, m := range found {
			ref := strings.Join(m[1:], "")
			if strings.HasPrefix(ref, "data:") {
				continue
			}
			if target := path.Join(path.Dir(name), ref); !a.Has(target) {
				t.Errorf("%s: %s leads to %s, which is not there", name, ref, target)
			}
		}
	}
}

// The whole of our own script stays small enough to read and to load on a bad line.
func TestOwnScriptIsSmall(t *testing.T) {
	total := 0
	err := fs.WalkDir(embedded, "js", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(embedded, name)
		total += len(b)
		if bytes.Contains(b, []byte("eval(")) || bytes.Contains(b, []byte(".innerHTML")) || bytes.Contains(b, []byte("document.write")) {
			t.Errorf("%s writes markup or runs text", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if total > 15<<10 {
		t.Errorf("own script has %d bytes, at most %d", total, 15<<10)
	}
}
