package privacy

import (
	"context"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

// Finding is how often the name of a person stands in the texts of a space.
type Finding struct {
	Space string
	Count int
}

// Look counts in which spaces the name of a person stands, for the question before an erasure. Only an administrator or
// the person asks; neither learns more of a closed space than the number.
func (s *Service) Look(ctx context.Context, a access.Actor, userID string) (auth.User, []Finding, error) {
	u, err := s.erasable(ctx, a, userID)
	if err != nil {
		return auth.User{}, nil, err
	}
	traces, err := s.Store.Traces(ctx, u)
	return u, count(traces), err
}

func count(traces []Trace) []Finding {
	var list []Finding
	for _, t := range traces {
		i := slices.IndexFunc(list, func(f Finding) bool { return f.Space == t.Space })
		if i < 0 {
			i, list = len(list), append(list, Finding{Space: t.Space})
		}
		list[i].Count++
	}
	slices.SortFunc(list, func(a, b Finding) int { return compare(a.Space, b.Space) })
	return list
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (s *Service) erasable(ctx context.Context, a access.Actor, userID string) (auth.User, error) {
	own := a.SignedIn() && a.Token == nil && a.UserID == userID
	if !own && !access.Can(a, access.Admin, access.Object{}) {
		return auth.User{}, unknown()
	}
	return s.Store.User(ctx, userID)
}

// Erase removes an account with all that is about the person. Their texts stay, without them. Where the name stands in
// texts is noted for those who answer for the spaces. It gives the number under which the person is remembered.
func (s *Service) Erase(ctx context.Context, a access.Actor, userID string) (int, []Finding, error) {
	u, err := s.erasable(ctx, a, userID)
	if err != nil {
		return 0, nil, err
	}
	traces, err := s.Store.Traces(ctx, u)
	if err != nil {
		return 0, nil, err
	}
	e := audit.Event{Action: audit.AccountErase, Object: "instance", Actor: a.UserID}
	if a.UserID == userID { // nothing of the person is left, in this entry neither
		e.Actor = ""
		e = e.With("by", "self")
	}
	n, err := s.Store.Erase(ctx, userID, traces, e)
	return n, count(traces), err
}

// NamesIn lists where names of erased persons stand in the texts of a space, for those who have the last word there.
func (s *Service) NamesIn(ctx context.Context, a access.Actor, key string) ([]Trace, error) {
	sp, err := s.Pages.Space(ctx, a, access.Edit, key)
	if err != nil {
		return nil, err
	}
	if !s.Pages.MayPurge(a, sp) {
		return nil, unknown()
	}
	return s.Store.NameTraces(ctx, key)
}

// Settle takes an entry off the list: the text was changed, or it is about somebody else.
func (s *Service) Settle(ctx context.Context, a access.Actor, key string, t Trace) error {
	list, err := s.NamesIn(ctx, a, key)
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.Page == t.Page && o.Place == t.Place && o.First == t.First && o.N == t.N {
			return s.Store.SettleTrace(ctx, o)
		}
	}
	return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
}
