package wiki

import (
	"context"
	"strconv"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Redact removes the text of the revisions from…to of a page for good, with a reason. Those who have the last word on
// the space may do that. The newest revision is not among them: who wants a passage gone first saves a text without it.
func (s *Service) Redact(ctx context.Context, a access.Actor, id page.ID, from, to int, reason string) error {
	p, sp, err := s.authorise(ctx, a, access.Edit, id)
	if err != nil {
		return err
	}
	if !s.tidies(a, sp) || from < 1 || from > p.Revision {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	var bad []errs.Field
	if to < from || to >= p.Revision {
		bad = append(bad, errs.Field{Name: "to", Msg: errs.Msg("wiki.redact_to", "From", from, "Last", p.Revision-1)})
	}
	reason = oneLine(reason)
	if n := utf8.RuneCountInString(reason); n == 0 {
		bad = append(bad, errs.Field{Name: "reason", Msg: errs.Msg("wiki.reason_missing")})
	} else if n > MaxComment {
		bad = append(bad, errs.Field{Name: "reason", Msg: errs.Msg("wiki.too_long", "Max", MaxComment, "Len", n)})
	}
	if from == p.Revision {
		return errs.New(errs.Invalid, errs.Msg("wiki.redact_newest"))
	}
	if err := errs.Fields(bad); err != nil {
		return err
	}
	e := audit.Event{Action: audit.RevisionRedact, Object: "page:" + string(id), Actor: a.UserID, Detail: map[string]string{
		"space": p.Space, "from": strconv.Itoa(from), "to": strconv.Itoa(to),
	}}
	if _, err := s.store.Redact(ctx, id, from, to, page.Redaction{At: s.now(), By: a.Label, Reason: reason}, e); err != nil {
		return err
	}
	s.forgetVersion()
	s.index.Changed()
	return s.Renew(context.WithoutCancel(ctx))
}

// MayRedact tells whether the actor may remove texts of a page they read.
func (s *Service) MayRedact(ctx context.Context, a access.Actor, p page.Page) bool {
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return false
	}
	sp, ok := byKey[p.Space]
	return ok && s.tidies(a, sp) && access.Can(a, access.Edit, access.Object{Space: sp, Draft: p.Draft})
}
