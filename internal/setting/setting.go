// Package setting owns the options that an administrator may change while the program runs: what the house is called, whether
// guests read. What the operator has fixed on the command line, in the environment or in the file stays as it is. It refuses
// to hold anything that only takes effect at a start.
package setting

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/config"
	"lernraum/internal/errs"
)

// House is what the settings say.
type House struct {
	Name         string
	Short        string // for narrow screens; "" takes Name
	FeedbackMail string
	Lang         string // of readers who have not chosen
	PublicRead   bool
}

// Setting is one option for the form.
type Setting struct {
	Name  string // of the option
	Value string // in force
	Fixed bool   // by the operator
}

// Store keeps what was changed.
type Store interface {
	Settings(ctx context.Context) (map[string]string, error)
	// SaveSettings stores values with the events that tell of it, in one transaction.
	SaveSettings(ctx context.Context, set map[string]string, events ...audit.Event) error
}

// ttl bounds how long a change by another process may go unnoticed; R-AUT-5 asks for 5 seconds.
const ttl = 2 * time.Second

// Service tells the settings in force and changes them. It may be used concurrently.
type Service struct {
	store Store
	base  config.Config
	now   func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	house  House
	readAt time.Time
}

// New makes a Service over the configuration the program was started with.
func New(store Store, base config.Config, now func() time.Time, log *slog.Logger) *Service {
	return &Service{store: store, base: base, now: now, log: log, house: houseOf(base)}
}

func houseOf(c config.Config) House {
	return House{Name: c.HouseName, Short: c.HouseShort, FeedbackMail: c.FeedbackMail, Lang: c.Lang, PublicRead: c.PublicRead}
}

func values(h House) map[string]string {
	return map[string]string{
		"house-name": h.Name, "house-short": h.Short, "feedback-mail": h.FeedbackMail, "lang": h.Lang, "public-read": strconv.FormatBool(h.PublicRead),
	}
}

// House gives the settings in force, at most two seconds old. A database that does not answer leaves the last ones, except
// that guests then read no longer: an unknown door is a closed one.
func (s *Service) House(ctx context.Context) House {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if age := now.Sub(s.readAt); !s.readAt.IsZero() && age >= 0 && age < ttl {
		return s.house
	}
	stored, err := s.store.Settings(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "read settings", "err", err)
		h := s.house
		h.PublicRead = h.PublicRead && s.base.Fixed("public-read")
		return h
	}
	s.house, s.readAt = houseOf(s.apply(ctx, stored)), now
	return s.house
}

// apply lays what was stored over what the program was started with. A value that is no longer valid is passed over.
func (s *Service) apply(ctx context.Context, stored map[string]string) config.Config {
	c := s.base
	for _, name := range config.Running() {
		raw, ok := stored[name]
		if !ok {
			continue
		}
		next, err := c.With(name, raw)
		if err != nil {
			s.log.WarnContext(ctx, "a stored setting is not valid and is passed over", "setting", name, "err", err)
			continue
		}
		c = next
	}
	return c
}

// Names lists the settings.
func Names() []string { return config.Running() }

// List gives the settings for the form; errs.NotFound for everybody but administrators.
func (s *Service) List(ctx context.Context, a access.Actor) ([]Setting, error) {
	if !access.Can(a, access.Admin, access.Object{}) {
		return nil, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	now := values(s.House(ctx))
	var out []Setting
	for _, name := range config.Running() {
		out = append(out, Setting{Name: name, Value: now[name], Fixed: s.base.Fixed(name)})
	}
	return out, nil
}

// Save changes settings. Names that are no settings or fixed are passed over; wrong values are errs.Invalid with a field
// each, named like the option, and nothing is changed.
func (s *Service) Save(ctx context.Context, a access.Actor, want map[string]string) error {
	list, err := s.List(ctx, a)
	if err != nil {
		return err
	}
	set := map[string]string{}
	var bad []errs.Field
	for _, old := range list {
		raw, given := want[old.Name]
		raw = strings.Join(strings.Fields(raw), " ")
		if !given || old.Fixed || raw == old.Value {
			continue
		}
		if _, err := s.base.With(old.Name, raw); err != nil {
			bad = append(bad, errs.Field{Name: old.Name, Msg: errs.Msg("setting.bad_" + strings.ReplaceAll(old.Name, "-", "_"))})
			continue
		}
		set[old.Name] = raw
	}
	if err := errs.Fields(bad); err != nil {
		return err
	}
	if len(set) == 0 {
		return nil
	}
	var events []audit.Event
	for _, name := range slices.Sorted(maps.Keys(set)) {
		e := audit.Event{Action: audit.SettingChange, Object: "instance", Actor: a.UserID, Detail: map[string]string{"setting": name}}
		if name == "public-read" || name == "lang" { // the others may name a person
			e = e.With("value", set[name])
		}
		events = append(events, e)
	}
	if err := s.store.SaveSettings(ctx, set, events...); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	s.mu.Lock()
	s.readAt = time.Time{}
	s.mu.Unlock()
	return nil
}
