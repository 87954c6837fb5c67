package kpi

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
)

// Store keeps values. A newer value for a period is a new version; an identical one changes nothing.
type Store interface {
	// KPIValues gives the newest version of each period, ascending by time.
	KPIValues(ctx context.Context, id page.ID) ([]page.KPIValue, error)
	// SaveKPIValues stores values, all or none, and says how many were new or different.
	SaveKPIValues(ctx context.Context, id page.ID, values []page.KPIValue) (int, error)
}

// Pages finds the page of a KPI under the rights of an actor.
type Pages interface {
	PageByRef(ctx context.Context, a access.Actor, ref string) (page.Page, error)
	Allowed(ctx context.Context, a access.Actor, act access.Action, p page.Page) bool
	Kinds() *kind.Set
}

// Panel is the behaviour that makes a page of a kind a KPI.
const Panel = "kpi"

// MaxNote bounds a note on a value, in characters.
const MaxNote = 300

// Service is the use cases of KPI values.
type Service struct {
	store Store
	pages Pages
	now   func() time.Time
}

// New makes a Service.
func New(store Store, pages Pages, now func() time.Time) *Service { return &Service{store, pages, now} }

// Page finds a KPI by its key, the slug of its page. An API token made for this KPI finds it with the rights of its
// owner, even when it reads nothing else.
func (s *Service) Page(ctx context.Context, a access.Actor, key string) (page.Page, error) {
	p, err := s.pages.PageByRef(ctx, a.ForKPI(key), "kpi/"+key)
	if err != nil {
		return page.Page{}, err
	}
	if !s.isKPI(p) { // another page that is called so
		return page.Page{}, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return p, nil
}

func (s *Service) isKPI(p page.Page) bool {
	return slices.Contains(s.pages.Kinds().KindOrMissing(p.Kind).Panels, Panel)
}

// Values gives the newest values of a page the actor has been shown to read.
func (s *Service) Values(ctx context.Context, p page.Page) ([]page.KPIValue, error) {
	return s.store.KPIValues(ctx, p.ID)
}

// Entry is a value as somebody types it.
type Entry struct{ Period, Value, N, State, Note string }

// MayRecord reports whether the actor may push values of a KPI: who may edit its page, in person, with an API token
// that writes, or with one made for this KPI.
func (s *Service) MayRecord(ctx context.Context, a access.Actor, p page.Page) bool {
	if a.Token != nil {
		if !s.isKPI(p) { // another page that is called like the KPI the token is for
			return false
		}
		a = a.ForKPI(p.Slug)
	}
	return s.pages.Allowed(ctx, a, access.Edit, p)
}

// Record stores a typed value. Mistakes are named by field: period, value, n, state, note.
func (s *Service) Record(ctx context.Context, a access.Actor, p page.Page, e Entry) error {
	if !s.MayRecord(ctx, a, p) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	v, bad := s.framed(p, e.Period, e.State, e.Note)
	v.Source = "manual"
	add := func(name, key string) { bad = append(bad, errs.Field{Name: name, Msg: errs.Msg(key)}) }
	var ok bool
	if v.Value, ok = ParseNumber(e.Value); !ok {
		add("value", "kpi.number_bad")
	}
	if strings.TrimSpace(e.N) != "" {
		if v.N, ok = ParseNumber(e.N); !ok || v.N < 0 {
			add("n", "kpi.number_bad")
		}
	}
	if err := errs.Fields(inOrder(bad)); err != nil {
		return err
	}
	_, err := s.store.SaveKPIValues(ctx, p.ID, []page.KPIValue{v})
	return err
}

// ParseNumber reads a number as it is written in Germany ("1.234,5") or in programs ("1234.5"). A single point
// followed by exactly three digits is ambiguous and read as a decimal point, as programs write it.
func ParseNumber(s string) (float64, bool) {
	s = strings.NewReplacer("\u00a0", "", "\u202f", "", " ", "", "−", "-").Replace(strings.TrimSpace(s))
	if strings.Contains(s, ",") {
		if strings.Count(s, ",") > 1 || strings.LastIndex(s, ".") > strings.Index(s, ",") {
			return 0, false
		}
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	}
	if s == "" || strings.ContainsAny(s, "xXpP_iInN") {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}
