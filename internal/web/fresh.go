package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// fresh answers a view the reader already has with 304, and one that was drawn before from memory; otherwise it
// sets the entity tag and the view is drawn. The tag covers everything a view depends on: what is stored, the
// reader with all rights, language, theme, address, program, and the day, on which a review becomes due. So
// nobody ever gets a view that was made for somebody else, or for earlier rights. more is what else the view shows.
func (q *request) fresh(more ...any) (bool, error) {
	if _, err := q.Request().Cookie(cookieNote); err == nil || q.closed {
		return false, nil // the view says what has just been done, or may be kept nowhere
	}
	version, err := q.s.Wiki.Version(q.ctx())
	if err != nil {
		return false, err
	}
	a := q.actor
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q %q %q %q %q %v %v %d %v %q", q.s.Version, fmt.Sprint(q.house), version, q.lang, q.theme, a.UserID, a.Name,
		a.Label, a.Roles, a.Units, a.Spaces, a.PublicRead, q.s.Now().UTC().Unix()/(24*60*60), more, q.Request().URL.RequestURI()))
	tag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
	q.Response().Header().Set("ETag", tag)
	for _, t := range strings.Split(q.Request().Header.Get("If-None-Match"), ",") {
		if strings.TrimSpace(t) == tag {
			return true, q.NoContent(http.StatusNotModified)
		}
	}
	if !takesGzip(q.Request()) {
		return false, nil
	}
	if p, ok := q.s.drawn.get(tag); ok {
		return true, q.sendPacked(p, newNonce())
	}
	q.tag = tag
	return false, nil
}

// protect keeps what stands in a closed space out of every store between here and the eyes of the reader: on a
// shared computer nothing of it is left when the session has ended.
func (q *request) protect(space string) {
	sp, err := q.s.Wiki.Space(q.ctx(), q.actor, access.Read, space)
	if err != nil || sp.Type != page.SpaceRestricted { // unknown and forbidden show nothing
		return
	}
	q.keepNowhere()
}

// keepNowhere keeps a view out of every store: what stands in it is of a closed space, or about persons.
func (q *request) keepNowhere() {
	q.closed, q.tag = true, ""
	q.Response().Header().Del("ETag")
	q.Response().Header().Set("Cache-Control", "private, no-store")
}

// shows is told of every page whose title a view shows, wherever it stands: when that is a closed space, the view is kept
// nowhere.
func (q *request) shows(space string) {
	if !q.closed && q.actor.Spaces[space] != access.None { // only members meet pages of closed spaces
		q.protect(space)
	}
}

// sendPacked answers with a page that is kept, under a nonce of its own.
func (q *request) sendPacked(p packed, nonce string) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	p.write(buf, nonce)
	h := q.Response().Header()
	allow(h, nonce)
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", itoa(buf.Len()))
	return q.Blob(http.StatusOK, "text/html; charset=utf-8", buf.Bytes())
}

// drawn keeps views as they were sent, compressed up to the nonce, by their entity tag. It is two generations: when the younger
// one is full it becomes the elder, and what of the elder is asked for again moves over. What is never asked
// for again is gone after two turns, so that nothing needs to be removed when pages change.
type drawn struct {
	mu           sync.Mutex
	young, elder map[string]packed
	bytes        int // of the younger generation
}

// maxDrawn bounds one generation, in bytes; there are two.
const maxDrawn = 12 << 20

func (d *drawn) get(tag string) (packed, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b, ok := d.young[tag]; ok {
		return b, true
	}
	b, ok := d.elder[tag]
	if ok {
		d.keep(tag, b)
	}
	return b, ok
}

func (d *drawn) put(tag string, p packed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep(tag, p)
}

func (d *drawn) keep(tag string, p packed) {
	size := len(p.zip) + len(p.rest)
	if d.young == nil || d.bytes+size > maxDrawn {
		d.elder, d.young, d.bytes = d.young, map[string]packed{}, 0
	}
	d.young[tag] = p
	d.bytes += size
}
