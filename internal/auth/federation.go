package auth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/time/rate"

	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// Federation is how people sign in beside, or instead of, with a password.
type Federation struct {
	Providers    []Provider
	PasswordsOff bool // local accounts sign in by a link of the command line only
	BaseURL      string
	SecretFile   string       // key for what is kept of providers, made when it is missing
	Client       *http.Client // for requests to providers: bounded in time and size, without redirects
}

// federation is the providers at work.
type federation struct {
	Federation
	parties []*party
	sealer  *sealer
	pace    *rate.Limiter // of refusals that are recorded
	refresh *refresher

	mu      sync.Mutex
	missing map[string]bool // spaces and units that were logged as missing
}

// Federate sets the providers. It is called once, before anybody signs in.
func (s *Service) Federate(f Federation) error {
	fed := &federation{Federation: f, pace: rate.NewLimiter(10, 300), refresh: newRefresher(), missing: map[string]bool{}}
	if len(f.Providers) > 0 {
		var err error
		if fed.sealer, err = openSealer(f.SecretFile, s.log); err != nil {
			return err
		}
	}
	for _, p := range f.Providers {
		fed.parties = append(fed.parties, &party{Provider: p, client: f.Client, now: s.now, log: s.log})
	}
	s.fed = fed
	return nil
}

func (s *Service) party(key string) (*party, error) {
	if s.fed != nil {
		if i := slices.IndexFunc(s.fed.parties, func(p *party) bool { return p.Key == key }); i >= 0 {
			return s.fed.parties[i], nil
		}
	}
	return nil, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
}

// Passwords tells whether local accounts sign in with a password.
func (s *Service) Passwords() bool { return s.fed == nil || !s.fed.PasswordsOff }

// ProviderState is a provider as the sign-in page shows it.
type ProviderState struct {
	Key              string
	LabelDE, LabelEN string
	Away             bool // it did not answer when it was last asked
}

// Providers lists the providers in the order of the file. It asks those that were not asked for a minute, all at once.
func (s *Service) Providers(ctx context.Context) []ProviderState {
	if s.fed == nil {
		return nil
	}
	list := make([]ProviderState, len(s.fed.parties))
	var wg sync.WaitGroup
	for i, p := range s.fed.parties {
		wg.Go(func() {
			list[i] = ProviderState{Key: p.Key, LabelDE: p.LabelDE, LabelEN: p.LabelEN, Away: !p.reachable(ctx)}
		})
	}
	wg.Wait()
	return list
}

// refuse records a refusal and hands it on; other errors pass by.
func (s *Service) refuse(ctx context.Context, p *party, network string, err error) error {
	r, ok := errors.AsType[Refusal](err)
	if !ok {
		return err
	}
	e := audit.Event{Action: audit.ProviderRefused, Object: "instance", Network: network}.With("reason", r.Reason)
	if p != nil {
		e.Object = "provider:" + p.Key
	}
	s.log.InfoContext(ctx, "answer of an identity provider refused", "object", e.Object, "reason", r.Reason, "cause", r.cause)
	// Anybody can call the address: a flood of nonsense must not become a flood of entries.
	if s.fed == nil || s.fed.pace.AllowN(s.now(), 1) {
		if rerr := s.store.Record(ctx, e.Refuse()); rerr != nil {
			s.log.WarnContext(ctx, "record audit event", "err", rerr)
		}
	}
	return err
}
