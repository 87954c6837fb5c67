package wiki

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/markup"
	"lernraum/internal/page"
)

// FallbackUnit owns what nobody else answers for; the starter content brings the page.
const FallbackUnit = "unit/redaktion"

// spacesTTL bounds how long a change of a space by another process (an import on the command line, say) may
// go unnoticed. R-AUT-5 asks for 5 seconds.
const spacesTTL = 2 * time.Second

// Options are the parts a Service works with; all but Guards and Log are required.
type Options struct {
	Store  Store
	Index  Index
	Kinds  *kind.Set
	Markup *markup.Renderer
	Now    func() time.Time
	Log    *slog.Logger
	// Guards adds guards of other packages to those of this one, by the name the kinds' files use.
	Guards map[string]Guard
}

// Service is the use cases of pages. Its methods may be called concurrently.
type Service struct {
	store  Store
	index  Index
	kinds  *kind.Set
	markup *markup.Renderer
	now    func() time.Time
	log    *slog.Logger
	guards map[string]Guard
	quota  quota

	mu       sync.Mutex
	spaces   []page.Space
	byKey    map[string]page.Space
	loadedAt time.Time

	parents    map[string]string // tree of units, read-only once it is set
	parentsOf  string            // version it was read at
	spacesHash uint64
	version    string
	versionAt  time.Time
}

// New makes a Service.
func New(o Options) *Service {
	s := &Service{
		store: o.Store, index: o.Index, kinds: o.Kinds, markup: o.Markup, now: o.Now, log: o.Log,
		guards: ownGuards(),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for name, g := range o.Guards {
		s.guards[name] = g
	}
	return s
}

// Kinds gives the declared kinds.
func (s *Service) Kinds() *kind.Set { return s.kinds }

// spaceList gives all spaces, from memory while they are fresh.
func (s *Service) spaceList(ctx context.Context) ([]page.Space, map[string]page.Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey != nil && s.now().Sub(s.loadedAt) < spacesTTL {
		return s.spaces, s.byKey, nil
	}
	list, err := s.store.Spaces(ctx)
	if err != nil {
		return nil, nil, err
	}
	byKey := make(map[string]page.Space, len(list))
	for _, sp := range list {
		byKey[sp.Key] = sp
	}
	s.spaces, s.byKey, s.loadedAt, s.spacesHash = list, byKey, s.now(), hashOf(list)
	return list, byKey, nil
}

func (s *Service) forgetSpaces() {
	s.mu.Lock()
	s.byKey, s.version = nil, ""
	s.mu.Unlock()
}

// Scope is what an actor may read, as a list.
func (s *Service) Scope(ctx context.Context, a access.Actor) (access.Scope, error) {
	list, _, err := s.spaceList(ctx)
	if err != nil {
		return access.Scope{}, err
	}
	return access.ScopeOf(a, list), nil
}

// space finds a space that the actor may do something in. Unknown and forbidden are both errs.NotFound.
func (s *Service) space(ctx context.Context, a access.Actor, act access.Action, key string) (page.Space, error) {
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return page.Space{}, err
	}
	sp, ok := byKey[key]
	if !ok || !access.Can(a, act, access.Object{Space: sp}) {
		return page.Space{}, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return sp, nil
}

// authorise loads the head of a page under the actor's rights and checks the action on what was loaded.
func (s *Service) authorise(ctx context.Context, a access.Actor, act access.Action, id page.ID) (page.Page, page.Space, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Page{}, page.Space{}, err
	}
	p, err := s.store.Page(ctx, scope, id)
	if err != nil {
		return page.Page{}, page.Space{}, err
	}
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return page.Page{}, page.Space{}, err
	}
	sp, ok := byKey[p.Space]
	if !ok || !access.Can(a, act, access.Object{Space: sp, Draft: p.Draft}) {
		return page.Page{}, page.Space{}, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return p, sp, nil
}

// Allowed tells whether the actor may do something to a page that was read under the actor's scope.
func (s *Service) Allowed(ctx context.Context, a access.Actor, act access.Action, p page.Page) bool {
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return false
	}
	sp, ok := byKey[p.Space]
	return ok && access.Can(a, act, access.Object{Space: sp, Draft: p.Draft})
}

// NewID makes a permanent id from the clock and 80 random bits.
func (s *Service) NewID() page.ID {
	return page.ID(ulid.MustNew(ulid.Timestamp(s.now()), rand.Reader).String())
}

// Address is the readable address of a page.
func Address(space, slug string) string { return "/wiki/" + space + "/" + slug }
