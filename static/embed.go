// Package static owns the files a browser gets unchanged: style sheets,
// scripts, icons and vendored parts. They are embedded, addressed by the hash
// of the whole tree (so relative url() and import keep working) and served
// with an unlimited lifetime.
//
// It refuses to know pages, users or rights: everything in it is public.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Prefix is where the handler is mounted.
const Prefix = "/static/"

// devHash stands in the address when files are read from disk on each request.
const devHash = "dev"

//go:embed css js img vendor
var embedded embed.FS

// types lists what may be served. A file of another type is not an asset; the
// list also keeps the answer independent of the machine's mime tables.
var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
	".md":    "text/plain; charset=utf-8",
}

// Assets serves the static files. It is safe for concurrent use.
type Assets struct {
	hash  string
	dev   fs.FS
	files map[string]*file
}

type file struct {
	typ  string
	etag string
	body []byte
	zip  func() []byte // nil where compressing gains nothing
}

// New reads all assets. With dev set, files come from there on each request
// and are never cached; dev has the layout of this folder.
func New(dev fs.FS) (*Assets, error) {
	if dev != nil {
		if _, err := fs.Stat(dev, "css"); err != nil {
			return nil, fmt.Errorf("static files for development: %w", err)
		}
		return &Assets{hash: devHash, dev: dev}, nil
	}
	return load(embedded)
}

func load(src fs.FS) (*Assets, error) {
	a := &Assets{files: map[string]*file{}}
	err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || types[path.Ext(name)] == "" {
			return err
		}
		body, err := fs.ReadFile(src, name)
		if err != nil {
			return err
		}
		a.files[name] = newFile(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	a.hash = treeHash(a.files)
	return a, nil
}

func newFile(name string, body []byte) *file {
	sum := sha256.Sum256(body)
	f := &file{typ: types[path.Ext(name)], etag: hex.EncodeToString(sum[:12]), body: body}
	if compresses(name) {
		f.zip = sync.OnceValue(func() []byte { return gzipped(body) })
	}
	return f
}

// compresses says whether gzip is worth it: fonts and PNG are compressed already.
func compresses(name string) bool {
	switch path.Ext(name) {
	case ".woff2", ".png":
		return false
	}
	return true
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return b.Bytes()
}

// treeHash changes when any file changes, so that one address prefix holds a
// set of files that belong together.
func treeHash(files map[string]*file) string {
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	h := sha256.New()
	for _, n := range names {
		_, _ = io.WriteString(h, n+"\x00"+files[n].etag+"\n")
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// URL is the address of an asset such as "css/app.css".
func (a *Assets) URL(name string) string {
	return Prefix + a.hash + "/" + strings.TrimPrefix(name, "/")
}

// Has says whether an asset exists; tests use it to find addresses that lead nowhere.
func (a *Assets) Has(name string) bool {
	_, err := a.find(name)
	return err == nil
}

var errUnknown = errors.New("no such asset")

func (a *Assets) find(name string) (*file, error) {
	if !fs.ValidPath(name) || types[path.Ext(name)] == "" {
		return nil, errUnknown
	}
	if a.dev == nil {
		if f, ok := a.files[name]; ok {
			return f, nil
		}
		return nil, errUnknown
	}
	body, err := fs.ReadFile(a.dev, name)
	if err != nil {
		return nil, errUnknown
	}
	return newFile(name, body), nil
}

// ServeHTTP answers GET and HEAD below Prefix. An address with an outdated
// hash (a page loaded before an update) gets the present file, but only the
// present hash may be kept for ever.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// Escaped slashes and dots are compared as they came: RawPath is set
	// exactly when the client wrote something else than the plain form.
	rest, ok := strings.CutPrefix(r.URL.Path, Prefix)
	hash, name, cut := strings.Cut(rest, "/")
	if !ok || !cut || r.URL.RawPath != "" || !isHash(hash) {
		http.NotFound(w, r)
		return
	}
	f, err := a.find(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.typ)
	if hash == a.hash && a.dev == nil {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body, etag := f.body, f.etag
	if f.zip != nil {
		h.Set("Vary", "Accept-Encoding")
		if z := f.zip(); z != nil && r.Header.Get("Range") == "" && acceptsGzip(r.Header.Get("Accept-Encoding")) {
			body, etag = z, f.etag+"-gz"
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// isHash accepts any former hash of this house and the development marker.
func isHash(s string) bool {
	if s == devHash {
		return true
	}
	if len(s) != 16 {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}

// acceptsGzip reads Accept-Encoding as RFC 9110 means it: "gzip;q=0" is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !found {
			return true
		}
		v, err := strconv.ParseFloat(q, 64)
		return err == nil && v > 0
	}
	return false
}
