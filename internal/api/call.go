package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kpi"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Tokens finds out for whom a program asks. errs.Unauthenticated for a token that opens nothing; an error with
// auth.Throttled as its cause when it is used too often.
type Tokens interface {
	TokenActor(ctx context.Context, raw, network string) (access.Actor, error)
}

// Words are the texts of the catalogue.
type Words interface {
	Message(lang string, m errs.Message) string
}

// Options are the parts an API works with.
type Options struct {
	Wiki    *wiki.Service
	KPI     *kpi.Service
	Tokens  Tokens                             // nil: no token opens anything
	Guest   func(context.Context) access.Actor // who asks without a token
	Words   Words
	BaseURL string // origin
	Now     func() time.Time
	Log     *slog.Logger
}

// API is the JSON API of an instance.
type API struct {
	o        Options
	ops      []*Operation
	book     book
	document []byte
}

// New makes an API and its OpenAPI document.
func New(o Options) (*API, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{o: o, ops: operations(), book: book{}}
	var err error
	a.document, err = a.openAPI("en")
	return a, err
}

// Operations lists what the API can do.
func (a *API) Operations() []*Operation { return a.ops }

// Document is the OpenAPI document.
func (a *API) Document() []byte { return bytes.Clone(a.document) }

// call is one request to one operation.
type call struct {
	*API
	op      *Operation
	w       http.ResponseWriter
	r       *http.Request
	param   func(name string) string
	network string
	lang    string
	actor   access.Actor
	query   map[string]string
	closed  bool // the answer shows something of a closed space and is kept nowhere
}

// Serve answers a request to an operation. param gives the decoded values of its path, network the address it
// comes from.
func (a *API) Serve(op *Operation, w http.ResponseWriter, r *http.Request, network string, param func(name string) string) {
	c := &call{API: a, op: op, w: w, r: r, network: network, param: param, lang: languageOf(r.Header.Get("Accept-Language"))}
	if err := c.serve(); err != nil {
		if r.Context().Err() != nil && problemOf(err).code == codeInternal {
			err = &problem{code: codeUnavailable, cause: err}
		}
		a.Refuse(w, r, 0, err)
	}
}

func (c *call) serve() error {
	if err := c.readQuery(); err != nil {
		return err
	}
	if err := c.whoAsks(); err != nil {
		return err
	}
	check := checker{book: c.book}
	for _, p := range c.op.Params {
		if p.In == "query" {
			c.checkParam(&check, p)
		}
	}
	if len(check.bad) > 0 {
		return &problem{code: codeInvalid, fields: check.bad}
	}
	if c.op.Body == nil && !c.op.Table {
		n, err := io.CopyN(io.Discard, c.r.Body, 1)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return bad("body_none")
		}
	}
	return c.op.run(c)
}

// tokenNames are parameters by which other houses take tokens. Ours never stand in an address: addresses are kept
// in logs and histories.
var tokenNames = []string{"access_token", "token", "api_key", "apikey", "key", "auth", "authorization", "bearer"}

// readQuery takes the parameters of the query that are declared, each once.
func (c *call) readQuery() error {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return bad("query_bad")
	}
	c.query = map[string]string{}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		known := slices.ContainsFunc(c.op.Params, func(p Param) bool { return p.In == "query" && p.Name == name })
		switch {
		case !known && slices.Contains(tokenNames, strings.ToLower(name)):
			return badAt(name, "query_token")
		case !known:
			return badAt(join("", name), "query_unknown")
		case len(values[name]) > 1:
			return badAt(name, "query_twice")
		}
		c.query[name] = values[name][0]
	}
	return nil
}

func (c *call) checkParam(check *checker, p Param) {
	v, there := c.query[p.Name]
	switch {
	case !there:
		if p.Required {
			check.add(p.Name, "api.value_missing")
		}
	case p.Schema.Type == "integer":
		if n, err := strconv.Atoi(v); err != nil || strconv.Itoa(n) != v {
			check.add(p.Name, "api.value_type", "Want", p.Schema.Type)
			return
		}
		check.check(p.Schema, json.Number(v), p.Name)
	default:
		check.check(p.Schema, v, p.Name)
	}
}

// number gives a whole number of the query, or its default.
func (c *call) number(name string) int {
	if n, err := strconv.Atoi(c.query[name]); err == nil {
		return n
	}
	for _, p := range c.op.Params {
		if n, ok := p.Schema.Default.(int); ok && p.Name == name {
			return n
		}
	}
	return 0
}

// whoAsks reads the one header that says who asks. Cookies change nothing here: a browser sends them along without
// being asked, and a form of another site could act with them.
func (c *call) whoAsks() error {
	c.actor = c.o.Guest(c.r.Context())
	if c.op.open() {
		return nil
	}
	given := c.r.Header.Values("Authorization")
	switch {
	case len(given) > 1:
		return bad("header_twice")
	case len(given) == 0:
		if c.op.Action != access.Read || !c.actor.PublicRead {
			return &problem{code: codeSignIn}
		}
		return nil
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || c.o.Tokens == nil {
		return &problem{code: codeSignIn}
	}
	var err error
	c.actor, err = c.o.Tokens.TokenActor(c.r.Context(), token, c.network)
	return err
}

// media checks the type of what was sent.
func (c *call) media(want string) error {
	name, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	charset := params["charset"]
	coded := c.r.Header.Get("Content-Encoding")
	if err != nil || name != want || charset != "" && !strings.EqualFold(charset, "utf-8") || coded != "" && coded != "identity" {
		return &problem{code: codeMedia, detail: errs.Msg("api.media_want", "Want", want)}
	}
	return nil
}

// read decodes a JSON body into what the operation takes: strictly, then checked against the schema.
func (c *call) read(into any) error {
	if err := c.media("application/json"); err != nil {
		return err
	}
	data, err := io.ReadAll(c.r.Body)
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	v, err := decodeStrict(data)
	if err != nil {
		return err
	}
	check := checker{book: c.book}
	check.check(c.book.of(c.op.Body, true), v, "")
	if len(check.bad) > 0 {
		return &problem{code: codeInvalid, fields: check.bad}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("decode what was checked: %w", err)
	}
	return nil
}

// mayWrite asks whether the token writes, at something that the actor reads: what they do not read is unknown, and
// no token is told apart there.
func (c *call) mayWrite() error {
	if t := c.actor.Token; t != nil && !t.Write {
		return &problem{code: codeScope}
	}
	return nil
}

// shows notes that the answer holds something of a space.
func (c *call) shows(space string) {
	if sp, err := c.o.Wiki.Space(c.r.Context(), c.actor, access.Read, space); err != nil || sp.Type == page.SpaceRestricted {
		c.closed = true
	}
}

func (a *API) header(w http.ResponseWriter, lang string) {
	h := w.Header()
	h.Set("Content-Language", lang)
	h.Set("Vary", "Cookie, Accept-Encoding, Authorization, Accept-Language")
}

// answer sends what an operation found.
func (c *call) answer(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return c.send(append(body, '\n'))
}

func (c *call) send(body []byte) error {
	c.header(c.w, c.lang)
	h := c.w.Header()
	if c.closed {
		h.Set("Cache-Control", "private, no-store")
	}
	h.Set("Content-Type", "application/json")
	c.w.WriteHeader(c.op.Status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body) // the reader may have gone
	}
	return nil
}

func etag(revision int) string { return `"` + strconv.Itoa(revision) + `"` }

// fresh tells whether the reader has this revision.
func (c *call) fresh(revision int) bool {
	c.w.Header().Set("ETag", etag(revision))
	for _, t := range strings.Split(strings.Join(c.r.Header.Values("If-None-Match"), ","), ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == etag(revision) || t == "*" {
			c.header(c.w, c.lang)
			if c.closed {
				c.w.Header().Set("Cache-Control", "private, no-store")
			}
			c.w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// base reads the revision that a change starts from.
func (c *call) base() (int, error) {
	given := c.r.Header.Values("If-Match")
	if len(given) == 0 {
		return 0, &problem{code: codePrecondition}
	}
	n, ok := strings.CutPrefix(given[0], `"`)
	n, ok2 := strings.CutSuffix(n, `"`)
	base, err := strconv.Atoi(n)
	if len(given) > 1 || !ok || !ok2 || err != nil || base < 1 || etag(base) != given[0] {
		return 0, bad("if_match")
	}
	return base, nil
}

// languageOf picks German or English by what a program prefers; German when it says nothing.
func languageOf(accept string) string {
	best, lang := 0.0, "de"
	for _, part := range strings.Split(accept, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			v, err := strconv.ParseFloat(q, 64)
			if err != nil {
				continue
			}
			weight = v
		}
		if (tag == "de" || tag == "en") && weight > best {
			best, lang = weight, tag
		}
	}
	return lang
}
