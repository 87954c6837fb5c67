package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/setting"
	"lernraum/internal/view"
)

// request is one request with who asks and how they want to read.
type request struct {
	echo.Context
	s      *Server
	actor  access.Actor
	house  setting.House
	lang   string
	theme  string
	token  string      // of the session, "" for guests
	renew  *auth.Renew // the session goes on after a way to the provider; the actor is a guest until then
	stale  string      // the token of such a session
	tag    string      // entity tag under which the view may be kept, "" for views that may not
	nonce  string      // of the answer, made with the shell
	closed bool        // the view shows a closed space and is kept nowhere
}

const (
	cookieLang  = "lr_lang"
	cookieTheme = "lr_theme"
	cookieNote  = "lr_note"
)

// request finds out who asks. A session that has ended makes a guest, not an error: the page may be open to
// guests, and where it is not, the way leads to the sign-in page.
func (s *Server) request(c echo.Context) (*request, error) {
	r := c.Request()
	house := s.Settings.House(r.Context())
	q := &request{Context: c, s: s, house: house, lang: house.Lang, actor: auth.GuestActor(house.PublicRead)}
	if ck, err := r.Cookie(cookieLang); err == nil && (ck.Value == "de" || ck.Value == "en") {
		q.lang = ck.Value
	}
	if ck, err := r.Cookie(cookieTheme); err == nil && (ck.Value == "light" || ck.Value == "dark") {
		q.theme = ck.Value
	}
	if ck, err := r.Cookie(auth.CookieName(s.https)); err == nil {
		a, err := s.Auth.Actor(r.Context(), ck.Value)
		switch {
		case err == nil:
			q.actor, q.token = a, ck.Value
		case !errs.Is(err, errs.Unauthenticated):
			return nil, err
		default:
			if renew, ok := errors.AsType[auth.Renew](err); ok {
				q.renew, q.stale = &renew, ck.Value
			}
		}
	}
	return q, nil
}

func (q *request) ctx() context.Context { return q.Request().Context() }

func (q *request) text(t kind.Text) string { return t.In(q.lang) }

func (q *request) tr(key string) string { return q.s.View.Text(q.lang, key) }

// param gives a path parameter decoded: Echo matches on the raw path.
func (q *request) param(name string) string {
	raw := q.Param(name)
	if v, err := url.PathUnescape(raw); err == nil {
		return v
	}
	return raw
}

// path is the address of the view, to come back to.
func (q *request) path() string {
	u := q.Request().URL
	p := u.EscapedPath()
	if q.Request().Method == http.MethodGet && u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	return p
}

// shell starts the part every view shares.
func (q *request) shell(section, title string) view.Shell {
	if q.nonce == "" {
		q.nonce = newNonce()
	}
	sh := view.Shell{
		Nonce: q.nonce, Lang: q.lang, Theme: q.theme, Title: title, House: q.house.Name, HouseShort: q.house.Short, Path: q.path(), Section: section,
		Demo: q.s.Demo, FeedbackMail: q.house.FeedbackMail, HeaderSearch: true,
	}
	if q.actor.SignedIn() {
		sh.Actor = view.ActorInfo{
			SignedIn: true, Name: q.actor.Name, Label: q.actor.Label, Admin: q.actor.Has(access.RoleAdmin),
		}
	}
	if key := q.takeNote(); key != "" {
		sh.Notice = &view.Notice{Tone: "success", Msg: errs.Msg("web.note_" + key)}
	}
	return sh
}

// note leaves a sentence for the next view: key is the end of a key of the catalogue.
func (q *request) note(key string) {
	q.SetCookie(&http.Cookie{Name: cookieNote, Value: key, Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: q.s.https})
}

// notes are the sentences a note may say; anything else in the cookie is ignored.
var notes = map[string]bool{
	"created": true, "saved": true, "unchanged": true, "confirmed": true, "advanced": true, "objected": true, "restored": true, "file_saved": true,
	"file_removed": true, "deleted": true, "undeleted": true, "purged": true, "space_saved": true, "member_saved": true, "asked": true, "answered": true, "password": true, "sessions_ended": true, "value_saved": true,
	"signed_out": true, "session_ended": true, "others_ended": true,
	"redacted": true, "erased_own": true,
	"token_revoked": true,
	"settings":      true,
	"person_saved":  true, "person_closed": true, "person_opened": true, "person_sessions_ended": true, "password_set": true,
}

func (q *request) takeNote() string {
	ck, err := q.Request().Cookie(cookieNote)
	if err != nil || !notes[ck.Value] {
		return ""
	}
	q.SetCookie(&http.Cookie{Name: cookieNote, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: q.s.https})
	return ck.Value
}

// maxPooled keeps one huge view from holding its memory for ever.
const maxPooled = 1 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render draws a view whole, then sends it.
func (q *request) render(status int, p view.Page) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxPooled {
			buffers.Put(buf)
		}
	}()
	buf.Reset()
	if err := q.s.View.Render(buf, p); err != nil {
		return err
	}
	body := buf.Bytes()
	at := bytes.LastIndex(body, []byte(q.nonce)) // the script is the last thing of a page
	if at <= 0 || q.nonce == "" {
		return fmt.Errorf("view %T has no nonce", p)
	}
	if q.tag == "" || status != http.StatusOK {
		allow(q.Response().Header(), q.nonce)
		return q.Blob(status, "text/html; charset=utf-8", body)
	}
	kept, err := pack(body[:at], string(body[at+len(q.nonce):]))
	if err != nil {
		return err
	}
	q.s.drawn.put(q.tag, kept)
	return q.sendPacked(kept, q.nonce)
}

// seeOther ends a successful form: the browser fetches the result with GET.
func (q *request) seeOther(to string) error { return q.Redirect(http.StatusSeeOther, to) }

func (q *request) query(name string) string { return strings.TrimSpace(q.QueryParam(name)) }

// with gives the address of this view with some query values changed; a "" value takes one away.
func (q *request) with(change ...string) string {
	v := q.Request().URL.Query()
	for i := 0; i+1 < len(change); i += 2 {
		if change[i+1] == "" {
			v.Del(change[i])
		} else {
			v.Set(change[i], change[i+1])
		}
	}
	if len(v) == 0 {
		return q.Request().URL.EscapedPath()
	}
	return q.Request().URL.EscapedPath() + "?" + v.Encode()
}

// pager makes the links of a long list. page counts from 1.
func (q *request) pager(page, size, total int) view.Pager {
	p := view.Pager{Page: page, Pages: (total + size - 1) / size, Total: total, From: (page-1)*size + 1, To: min(page*size, total)}
	if page > 1 {
		p.Prev = q.with("page", itoa(page-1))
	}
	if page < p.Pages {
		p.Next = q.with("page", itoa(page+1))
	}
	return p
}

func (q *request) page() int {
	n := atoi(q.query("page"))
	return min(max(n, 1), 10_000)
}

func parseDay(s string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "2.1.2006", "02.01.2006"} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(s), time.UTC); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
