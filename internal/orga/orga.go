// Package orga owns the units of the organisation: their tree, their import from organisation charts, what hangs on
// them, and reorganisations, which move all of that at once and can be undone. Its invariant: no page is without an
// owner, at no time. It refuses to know SQL and HTTP.
package orga

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"strconv"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// The kind of page that units are, and its fields this package knows.
const (
	unitKind      = "unit"
	fieldParent   = "parent"
	fieldShort    = "short_name"
	fieldType     = "type"
	fieldLevel    = "level"
	fieldExternal = "external_id"
	supersedes    = "supersedes"
)

// UndoFor is how long a reorganisation can be undone.
const UndoFor = 30 * 24 * time.Hour

// Options are the parts a Service works with. Forget drops what is remembered of accounts whose rights have changed.
type Options struct {
	Store  Store
	Wiki   *wiki.Service
	Now    func() time.Time
	Log    *slog.Logger
	Forget func(users []string)
}

// Service is the use cases of units.
type Service struct {
	Options
}

// New makes a Service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Forget == nil {
		o.Forget = func([]string) {}
	}
	return &Service{Options: o}
}

func notFound() error { return errs.New(errs.NotFound, errs.Msg("wiki.not_found")) }

// Organises tells whether somebody may see and change the organisation: administration and coordination.
func Organises(a access.Actor) bool { return access.Can(a, access.Manage, access.Object{}) }

// organises refuses everybody else; what there is, is not told to them.
func organises(a access.Actor) error {
	if !Organises(a) {
		return notFound()
	}
	return nil
}

// Tree lists the units the actor may see, in the order of the tree, with their depth. Units of closed spaces show to
// those who read there.
func (s *Service) Tree(ctx context.Context, a access.Actor) ([]Node, error) {
	if err := organises(a); err != nil {
		return nil, err
	}
	units, err := s.visible(ctx, a)
	if err != nil {
		return nil, err
	}
	return order(units), nil
}

func (s *Service) visible(ctx context.Context, a access.Actor) ([]Unit, error) {
	all, err := s.Store.UnitTree(ctx)
	if err != nil {
		return nil, err
	}
	sc, err := s.Wiki.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	units := all[:0:0]
	for _, u := range all {
		if sc.Readable(u.Space, u.Draft) {
			units = append(units, u)
		}
	}
	return units, nil
}

// Node is a unit at its place in the tree.
type Node struct {
	Unit
	Depth int
	Below int // number of units below it, at any depth
}

// order puts units into the order of their tree. Those in a circle, or below something that is not there, stand at
// the top.
func order(units []Unit) []Node {
	byID := make(map[page.ID]int, len(units))
	for i, u := range units {
		byID[u.ID] = i
	}
	below := make(map[page.ID][]int, len(units))
	var tops []int
	for i, u := range units {
		if _, ok := byID[u.Parent]; ok && u.Parent != u.ID {
			below[u.Parent] = append(below[u.Parent], i)
		} else {
			tops = append(tops, i)
		}
	}
	out := make([]Node, 0, len(units))
	seen := make([]bool, len(units))
	type step struct{ unit, depth int }
	walk := func(top int) {
		todo := []step{{top, 0}}
		for len(todo) > 0 {
			at := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if seen[at.unit] {
				continue
			}
			seen[at.unit] = true
			out = append(out, Node{Unit: units[at.unit], Depth: at.depth})
			list := below[units[at.unit].ID]
			for i := len(list) - 1; i >= 0; i-- {
				todo = append(todo, step{list[i], at.depth + 1})
			}
		}
	}
	for _, top := range tops {
		walk(top)
	}
	for i := range units {
		walk(i)
	}
	for i := range out {
		for j := i + 1; j < len(out) && out[j].Depth > out[i].Depth; j++ {
			out[i].Below++
		}
	}
	return out
}

// Unit finds a unit by its address for somebody who may see it.
func (s *Service) Unit(ctx context.Context, a access.Actor, slug string) (page.Page, error) {
	p, err := s.Wiki.PageByRef(ctx, a, unitKind+"/"+slug)
	if err != nil {
		return page.Page{}, err
	}
	if p.Kind != unitKind {
		return page.Page{}, notFound()
	}
	return p, nil
}

// Fingerprint names the state of everything that hangs on a unit. Two that are equal mean the same reorganisation.
func (h Hanging) Fingerprint() string {
	sum := sha256.New()
	enc := json.NewEncoder(sum)
	put := func(v ...any) { _ = enc.Encode(v) } // a hash takes everything
	put(h.Unit.ID, h.Unit.Revision, h.Slugs, h.Twins)
	for _, p := range h.Pages {
		put("page", p.ID, p.Revision, p.Owner, p.Space, p.Deleted)
	}
	for _, r := range h.References {
		put("ref", r.From.ID, r.Revision, r.Type, r.Key, r.Ref)
	}
	for _, sp := range h.Spaces {
		put("space", sp.Key, sp.Unit)
	}
	for _, p := range h.People {
		put("person", p.ID, p.Unit, p.Source)
	}
	for _, r := range h.Rights {
		put("right", r.Space, r.Unit, r.Level)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// ref is how the unit is named as an owner.
func ref(slug string) string { return unitKind + "/" + slug }

// kinds are the declared kinds.
func (s *Service) kinds() *kind.Set { return s.Wiki.Kinds() }

func (s *Service) machine(p page.Page) *kind.Machine { return s.kinds().KindOrMissing(p.Kind).Machine }

func itoa(n int) string { return strconv.Itoa(n) }
