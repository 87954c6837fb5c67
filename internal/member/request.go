package member

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// maxText bounds the reason of a request and the sentence that answers it.
const maxText = 500

func plain(field, text string, required bool) (string, []errs.Field) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case text == "" && required:
		return "", []errs.Field{{Name: field, Msg: errs.Msg("member." + field + "_missing")}}
	case utf8.RuneCountInString(text) > maxText || !utf8.ValidString(text):
		return text, []errs.Field{{Name: field, Msg: errs.Msg("member.text_long", "Max", maxText)}}
	}
	return text, nil
}

// Ask asks for access to a restricted space.
func (s *Service) Ask(ctx context.Context, a access.Actor, sp page.Space, reason string) error {
	if err := allow(a, access.Ask, sp); err != nil {
		return err
	}
	reason, bad := plain("reason", reason, true)
	if err := errs.Fields(bad); err != nil {
		return err
	}
	now := s.now()
	id, err := auth.NewID(now)
	if err != nil {
		return fmt.Errorf("ask for access: %w", err)
	}
	r := Request{ID: id, Space: sp.Key, Person: Person{ID: a.UserID}, Reason: reason, State: Open, AskedAt: now}
	err = s.store.AddRequest(ctx, r, audit.Event{Action: audit.AccessRequest, Object: "space:" + sp.Key, Actor: a.UserID})
	if errs.Is(err, errs.Conflict) {
		return errs.Fields([]errs.Field{{Name: "reason", Msg: errs.Msg("member.asked_already")}})
	}
	if err != nil {
		return fmt.Errorf("ask for access: %w", err)
	}
	return nil
}

// Requests lists the requests for a space, open ones first, for those who answer them.
func (s *Service) Requests(ctx context.Context, a access.Actor, sp page.Space) ([]Request, error) {
	if err := allow(a, access.Answer, sp); err != nil {
		return nil, err
	}
	return s.store.Requests(ctx, sp.Key)
}

// Own lists the requests somebody has made.
func (s *Service) Own(ctx context.Context, a access.Actor) ([]Request, error) {
	if !a.SignedIn() {
		return nil, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	return s.store.RequestsOf(ctx, a.UserID)
}

// Waiting counts the open requests by space that the actor could answer.
func (s *Service) Waiting(ctx context.Context, a access.Actor, spaces []page.Space) (map[string]int, error) {
	var mine []string
	for _, sp := range spaces {
		if access.Can(a, access.Answer, access.Object{Space: sp}) {
			mine = append(mine, sp.Key)
		}
	}
	out := map[string]int{}
	if len(mine) == 0 {
		return out, nil
	}
	all, err := s.store.CountRequests(ctx)
	if err != nil {
		return nil, fmt.Errorf("count requests for access: %w", err)
	}
	for _, key := range mine {
		if all[key] > 0 {
			out[key] = all[key]
		}
	}
	return out, nil
}

// Reply is the answer to a request.
type Reply struct {
	Accept bool
	// Level is what is given; only managers may make a manager.
	Level  access.Membership
	Answer string // a sentence for whoever asked; needed to decline
}

// Answer answers a request. Nobody answers their own.
func (s *Service) Answer(ctx context.Context, a access.Actor, sp page.Space, id string, p Reply) error {
	if err := allow(a, access.Answer, sp); err != nil {
		return err
	}
	r, err := s.store.Request(ctx, id)
	if err != nil {
		return fmt.Errorf("answer request: %w", err)
	}
	if r.Space != sp.Key {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if r.Person.ID == a.UserID {
		return errs.Fields([]errs.Field{{Name: "answer", Msg: errs.Msg("member.own_request")}})
	}
	var bad []errs.Field
	r.Answer, bad = plain("answer", p.Answer, !p.Accept)
	if err := errs.Fields(bad); err != nil {
		return err
	}
	level := access.None
	r.State, r.AnsweredAt = Declined, s.now()
	if p.Accept {
		r.State, level = Accepted, access.Member
		if p.Level == access.Manager && access.Can(a, access.Members, access.Object{Space: sp}) {
			level = access.Manager
		}
	}
	e := audit.Event{Action: audit.AccessAnswer, Object: "space:" + sp.Key, Actor: a.UserID, Subject: r.Person.ID}.With("answer", string(r.State)).With("level", level.String())
	err = s.store.AnswerRequest(ctx, r, level, e)
	s.sessions.Forget()
	if errs.Is(err, errs.Conflict) {
		return errs.Fields([]errs.Field{{Name: "answer", Msg: errs.Msg("member.answered_already")}})
	}
	if err != nil {
		return fmt.Errorf("answer request: %w", err)
	}
	return nil
}

// Kept is how long answered requests are kept.
const Kept = 90 * 24 * time.Hour
