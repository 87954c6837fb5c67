package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/view"
)

// tokens shows a person their API tokens and the form for a new one.
func (s *Server) tokens(q *request) error {
	v, err := q.tokensView(auth.NewToken{Scopes: []string{auth.ScopeRead}, Days: auth.DefaultTokenDays}, "", nil)
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, v)
}

// createToken makes a token. It is shown in this answer, which is kept nowhere, and never again.
func (s *Server) createToken(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	form, err := q.FormParams()
	if err != nil {
		return err
	}
	n := auth.NewToken{Name: form.Get("name"), Scopes: slices.Clone(form["scope"]), Days: atoi(form.Get("days"))}
	if n.Days == 0 {
		n.Days = -1 // nothing, or no number: not the default
	}
	kpis := form.Get("kpis")
	scopes, bad := q.kpiScopes(kpis)
	n.Scopes = append(n.Scopes, scopes...)
	var raw string
	var made auth.APIToken
	if len(bad) == 0 {
		raw, made, err = s.Auth.CreateToken(q.ctx(), q.actor, q.actor.UserID, n)
		if errs.Is(err, errs.Invalid) {
			bad = errs.FieldsOf(err)
			if m, ok := errs.MessageOf(err); ok && len(bad) == 0 {
				bad = []errs.Field{{Msg: m}}
			}
			err = nil
		}
	}
	if err != nil {
		return unknown(err)
	}
	q.Response().Header().Set("Cache-Control", "private, no-store")
	if len(bad) > 0 {
		n.Scopes = form["scope"]
		v, err := q.tokensView(n, kpis, bad)
		if err != nil {
			return err
		}
		return q.render(http.StatusUnprocessableEntity, v)
	}
	v, err := q.tokensView(auth.NewToken{Scopes: []string{auth.ScopeRead}, Days: auth.DefaultTokenDays}, "", nil)
	if err != nil {
		return err
	}
	v.Secret, v.Made = raw, q.tokenLine(made)
	return q.render(http.StatusCreated, v)
}

// kpiScopes reads the keys of KPIs as they were typed. One that the person may not edit is as unknown as any other.
func (q *request) kpiScopes(typed string) (scopes []string, bad []errs.Field) {
	for _, key := range strings.FieldsFunc(typed, func(r rune) bool { return r <= ' ' || r == ',' || r == ';' }) {
		key = strings.TrimPrefix(key, "kpi/")
		p, err := q.s.KPI.Page(q.ctx(), q.actor, key)
		if err != nil || !q.s.KPI.MayRecord(q.ctx(), q.actor, p) {
			return nil, []errs.Field{{Name: "kpis", Msg: errs.Msg("web.token_kpi_unknown", "Key", key)}}
		}
		scopes = append(scopes, "kpi:"+p.Slug)
	}
	return scopes, nil
}

func (q *request) tokensView(n auth.NewToken, kpis string, bad []errs.Field) (*view.Tokens, error) {
	v := &view.Tokens{Shell: q.shell("", ""), Name: n.Name, KPIs: kpis}
	list, err := q.s.Auth.Tokens(q.ctx(), q.actor, q.actor.UserID)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		l := q.tokenLine(t)
		l.RevokeURL = "/account/tokens/" + t.ID + "/revoke"
		v.List = append(v.List, l)
	}
	for _, sc := range []string{auth.ScopeRead, auth.ScopeWrite} {
		v.Scopes = append(v.Scopes, view.Option{Value: sc, Label: q.tr("web.scope_" + sc), Help: q.tr("web.scope_help_" + sc), Selected: slices.Contains(n.Scopes, sc)})
	}
	for _, d := range []int{7, 30, auth.DefaultTokenDays, 180, auth.MaxTokenDays} {
		v.Days = append(v.Days, view.Option{Value: itoa(d), Label: q.s.View.Message(q.lang, errs.Msg("web.token_days", "Count", d)), Selected: n.Days == d})
	}
	for _, e := range bad {
		fe := view.FormError{Msg: e.Msg}
		if e.Name != "" {
			fe.ID, fe.Label = "token-"+e.Name, q.tr("web.token_"+e.Name)
		}
		v.Errors = append(v.Errors, fe)
	}
	return v, nil
}

func (q *request) tokenLine(t auth.APIToken) view.TokenLine {
	l := view.TokenLine{
		Name: t.Name, Created: t.CreatedAt, Expires: t.ExpiresAt, Used: t.UsedDay, Over: !q.s.Now().Before(t.ExpiresAt),
	}
	for _, sc := range t.Scopes {
		if key, ok := strings.CutPrefix(sc, "kpi:"); ok {
			l.Scopes = append(l.Scopes, q.s.View.Message(q.lang, errs.Msg("web.scope_kpi", "Key", key)))
			continue
		}
		l.Scopes = append(l.Scopes, q.tr("web.scope_"+sc))
	}
	return l
}

// revokeToken ends a token of the person.
func (s *Server) revokeToken(q *request) error {
	if err := s.Auth.RevokeToken(q.ctx(), q.actor, q.param("id")); err != nil {
		return unknown(err)
	}
	q.note("token_revoked")
	return q.seeOther("/account/tokens")
}

// adminTokens lists the tokens of all accounts.
func (s *Server) adminTokens(q *request) error {
	list, err := s.Auth.AllTokens(q.ctx(), q.actor)
	if err != nil {
		return unknown(err)
	}
	v := &view.AdminTokens{Shell: q.adminShell("/admin/tokens", ""), Pager: q.pager(q.page(), listSize, len(list))}
	from := min((q.page()-1)*listSize, len(list))
	for _, t := range list[from:min(from+listSize, len(list))] {
		l := q.tokenLine(t.APIToken)
		l.Owner = view.Link{URL: "/admin/people/" + url.PathEscape(t.UserID), Text: t.Owner.Name}
		l.RevokeURL = "/admin/tokens/" + t.ID + "/revoke"
		v.List = append(v.List, l)
	}
	return q.render(http.StatusOK, v)
}

// adminRevokeToken ends anybody's token.
func (s *Server) adminRevokeToken(q *request) error {
	if err := s.Auth.RevokeToken(q.ctx(), q.actor, q.param("id")); err != nil {
		return unknown(err)
	}
	q.note("token_revoked")
	return q.seeOther("/admin/tokens")
}
