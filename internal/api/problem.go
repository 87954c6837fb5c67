package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/wiki"
)

// code names a kind of problem. It is the end of the problem's type and of the keys of its texts, and permanent.
type code string

const (
	codeBad          code = "bad_request"
	codeSignIn       code = "unauthenticated"
	codeScope        code = "insufficient_scope"
	codeNotFound     code = "not_found"
	codeMethod       code = "method_not_allowed"
	codeConflict     code = "conflict"
	codeStale        code = "precondition_failed"
	codeLarge        code = "too_large"
	codeMedia        code = "unsupported_media_type"
	codeInvalid      code = "invalid"
	codePrecondition code = "precondition_required"
	codeFast         code = "too_many_requests"
	codeInternal     code = "internal"
	codeUnavailable  code = "unavailable"
	codeFull         code = "full"
)

// statuses of all problems, in the order of the page that explains them.
var statuses = []struct {
	code   code
	status int
}{
	{codeBad, http.StatusBadRequest}, {codeSignIn, http.StatusUnauthorized}, {codeScope, http.StatusForbidden}, {codeNotFound, http.StatusNotFound},
	{codeMethod, http.StatusMethodNotAllowed}, {codeConflict, http.StatusConflict}, {codeStale, http.StatusPreconditionFailed},
	{codeLarge, http.StatusRequestEntityTooLarge}, {codeMedia, http.StatusUnsupportedMediaType}, {codeInvalid, http.StatusUnprocessableEntity},
	{codePrecondition, http.StatusPreconditionRequired}, {codeFast, http.StatusTooManyRequests}, {codeInternal, http.StatusInternalServerError},
	{codeUnavailable, http.StatusServiceUnavailable}, {codeFull, http.StatusInsufficientStorage},
}

func (c code) status() int {
	for _, s := range statuses {
		if s.code == c {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// problem is an answer that says what went wrong, as an error on its way up.
type problem struct {
	code    code
	detail  errs.Message // "" takes the general sentence of the code
	fields  []errs.Field
	current int // newest revision of the page, for codeStale
	wait    int // seconds, for codeFast
	cause   error
}

func (p *problem) Error() string { return "api: " + string(p.code) + " " + p.detail.String() }

func (p *problem) Unwrap() error { return p.cause }

// problemOf finds the problem that an error is. What it does not know is our fault and told to nobody.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &problem{code: codeLarge}
	}
	if t, ok := errors.AsType[auth.Throttled](err); ok {
		return &problem{code: codeFast, wait: int(math.Ceil(t.Wait.Seconds()))}
	}
	p := &problem{code: codeInternal, fields: errs.FieldsOf(err), cause: err}
	p.detail, _ = errs.MessageOf(err)
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Usage:
		p.code = codeInvalid
	case errs.NotFound:
		return &problem{code: codeNotFound}
	case errs.Conflict:
		p.code = codeConflict
		if s, ok := errors.AsType[*wiki.Stale](err); ok {
			return &problem{code: codeStale, current: s.Current.Revision}
		}
	case errs.Unauthenticated:
		return &problem{code: codeSignIn}
	case errs.TooLarge:
		p.code = codeLarge
	case errs.ReadOnly, errs.Unavailable:
		p.code = codeUnavailable
	case errs.Full:
		p.code = codeFull
	default:
		if errors.Is(err, context.DeadlineExceeded) {
			p.code = codeUnavailable
		}
		p.fields, p.detail = nil, errs.Message{}
	}
	return p
}

// Problem is the body of every answer that is an error (RFC 9457).
type Problem struct {
	Type    string         `json:"type" api:"format=uri-reference,doc=problem_type"`
	Title   string         `json:"title" api:"doc=problem_title"`
	Status  int            `json:"status" api:"doc=problem_status"`
	Detail  string         `json:"detail"`
	Errors  []ProblemField `json:"errors"`
	Current *int           `json:"current_revision,omitempty"`
}

// ProblemField is one mistake in what was sent.
type ProblemField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// DocPath is the address of the page that explains the API.
const DocPath = "/info/api"

// anchor is where the page explains a problem.
func (c code) anchor() string { return "problem-" + string(c) }

// Refuse answers a request with what an error means; status is for errors of the router, 0 for all others.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	p := problemOf(err)
	if status != 0 {
		for _, s := range statuses {
			if s.status == status {
				p = &problem{code: s.code, cause: err}
			}
		}
	}
	lang := languageOf(r.Header.Get("Accept-Language"))
	a.header(w, lang)
	h := w.Header()
	for _, name := range []string{"ETag", "Last-Modified", "Location"} {
		h.Del(name)
	}
	title := errs.Msg("api.problem_" + string(p.code))
	if p.detail.Key == "" {
		p.detail = errs.Msg("api.detail_" + string(p.code))
	}
	out := Problem{
		Type: a.o.BaseURL + DocPath + "#" + p.code.anchor(), Title: a.o.Words.Message(lang, title), Status: p.code.status(),
		Detail: a.o.Words.Message(lang, p.detail), Errors: []ProblemField{},
	}
	for _, f := range p.fields {
		out.Errors = append(out.Errors, ProblemField{f.Name, a.o.Words.Message(lang, f.Msg)})
	}
	switch p.code {
	case codeStale:
		out.Current = &p.current
		h.Set("ETag", etag(p.current))
	case codeSignIn:
		challenge := `Bearer realm="lernraum"`
		if r.Header.Get("Authorization") != "" {
			challenge += `, error="invalid_token"`
		}
		h.Set("WWW-Authenticate", challenge)
	case codeScope:
		h.Set("WWW-Authenticate", `Bearer realm="lernraum", error="insufficient_scope", scope="write"`)
	case codeFast:
		h.Set("Retry-After", strconv.Itoa(p.wait))
		h.Set("RateLimit", `"token";r=0;t=`+strconv.Itoa(p.wait))
	case codeUnavailable:
		h.Set("Retry-After", "30")
	case codeInternal:
		a.o.Log.ErrorContext(r.Context(), "API request failed", "request", h.Get("X-Request-Id"), "method", r.Method, "path", r.URL.Path, "err", err)
	}
	body, merr := json.Marshal(out)
	if merr != nil {
		a.o.Log.ErrorContext(r.Context(), "write problem", "err", merr)
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(out.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(append(body, '\n')) // the reader may have gone
	}
}
