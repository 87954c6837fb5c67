package web

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// gzipWriters are kept: making one costs many times what compressing a page costs.
var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant of the package
	}
	return w
}}

// compressWriter compresses what turns out to be text worth it.
type compressWriter struct {
	http.ResponseWriter
	zip     *gzip.Writer
	decided bool
}

// minCompress is the size from which compressing pays, about one packet.
const minCompress = 1200

func (w *compressWriter) decide(size int) {
	if w.decided {
		return
	}
	w.decided = true
	h := w.Header()
	ct := h.Get("Content-Type")
	if size < minCompress || h.Get("Content-Encoding") != "" ||
		!(strings.HasPrefix(ct, "text/") || strings.HasPrefix(ct, "application/json") || strings.HasPrefix(ct, "image/svg")) {
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Del("Content-Length")
	w.zip = gzipWriters.Get().(*gzip.Writer)
	w.zip.Reset(w.ResponseWriter)
}

func (w *compressWriter) WriteHeader(status int) {
	switch {
	case status == http.StatusNoContent, status == http.StatusNotModified, status >= 300 && status < 400:
		w.decided = true
		w.ResponseWriter.WriteHeader(status)
	default:
		w.decided = w.decided || w.Header().Get("Content-Type") == ""
		w.decide(minCompress) // Echo writes the body at once; its views are larger than that
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *compressWriter) Write(p []byte) (int, error) {
	w.decide(len(p))
	if w.zip != nil {
		return w.zip.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

func (w *compressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *compressWriter) close() {
	if w.zip == nil {
		return
	}
	_ = w.zip.Close() // the reader has gone; there is nobody to tell
	gzipWriters.Put(w.zip)
	w.zip = nil
}

// compress answers in gzip to those who take it. Files and static assets come ready as they are.
func (s *Server) compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !takesGzip(r) || strings.HasPrefix(r.URL.Path, "/static/") ||
			strings.Contains(r.URL.Path, "/files/") || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		cw := &compressWriter{ResponseWriter: w}
		defer cw.close()
		next.ServeHTTP(cw, r)
	})
}

// packed is a page as it was drawn once, compressed up to the nonce of its answer. What comes before the nonce is the
// same for every answer of a reader; the nonce and the few bytes behind it are added each time as a block of their own,
// which costs no compressing (ADR 0012).
type packed struct {
	zip  []byte // a gzip member that ends at a byte, with no last block yet
	sum  uint32 // CRC-32 of what zip holds
	size uint32 // its length unpacked
	rest string // what follows the nonce
}

// pack compresses what comes before a nonce.
func pack(before []byte, rest string) (packed, error) {
	var buf bytes.Buffer
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(&buf)
	if _, err := w.Write(before); err != nil {
		return packed{}, err
	}
	if err := w.Flush(); err != nil { // ends at a byte
		return packed{}, err
	}
	return packed{zip: bytes.Clone(buf.Bytes()), sum: crc32.ChecksumIEEE(before), size: uint32(len(before)), rest: rest}, nil
}

// write completes the page with the nonce of one answer.
func (p packed) write(to *bytes.Buffer, nonce string) {
	n := uint16(len(nonce) + len(p.rest)) // some 60 bytes
	to.Write(p.zip)
	to.WriteByte(1) // the last block, stored as it is (RFC 1951, 3.2.4)
	word := to.AvailableBuffer()
	word = binary.LittleEndian.AppendUint16(word, n)
	word = binary.LittleEndian.AppendUint16(word, ^n)
	to.Write(word)
	end := to.Len()
	to.WriteString(nonce)
	to.WriteString(p.rest)
	word = to.AvailableBuffer()
	word = binary.LittleEndian.AppendUint32(word, crc32.Update(p.sum, crc32.IEEETable, to.Bytes()[end:]))
	word = binary.LittleEndian.AppendUint32(word, p.size+uint32(n))
	to.Write(word)
}

func takesGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		weight, given := strings.CutPrefix(strings.TrimSpace(q), "q=")
		v, err := strconv.ParseFloat(weight, 64)
		return !given || err != nil || v > 0
	}
	return false
}
