package orga

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/markup"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// RowStatus tells what becomes of a row of a chart.
type RowStatus string

// The outcomes.
const (
	RowNew     RowStatus = "new"
	RowChanged RowStatus = "changed"
	RowSame    RowStatus = "same"
	RowLeft    RowStatus = "left"
)

// RowOutcome is a row with what becomes of it.
type RowOutcome struct {
	Row
	Status  RowStatus
	ID      page.ID
	Changes []string // "title", or keys of fields
	Dropped []string // keys of fields whose value is none the kind takes
}

// ChartImport is what an import does, or would do.
type ChartImport struct {
	Space   string
	Rows    []RowOutcome
	Missing []Unit // came from a chart once and stand in this one no more; nothing is done to them
}

// Count counts rows by outcome.
func (c ChartImport) Count(st RowStatus) int {
	n := 0
	for _, r := range c.Rows {
		if r.Status == st {
			n++
		}
	}
	return n
}

// ImportChart takes over the units of an organisation chart into a space: new ones are added, others are brought up to
// date, none is deleted. The same chart a second time changes nothing. dry tells what would happen.
func (s *Service) ImportChart(ctx context.Context, a access.Actor, rows []Row, space string, dry bool) (ChartImport, error) {
	if !a.System {
		if err := organises(a); err != nil {
			return ChartImport{}, err
		}
	}
	m, err := s.importer(ctx, a, rows, space)
	if err != nil {
		return ChartImport{}, err
	}
	if err := m.run(ctx); err != nil {
		return ChartImport{}, err
	}
	out := ChartImport{Space: space, Rows: m.rows, Missing: m.missing()}
	if dry || len(m.pages) == 0 {
		return out, nil
	}
	program := access.Actor{System: true, Label: a.Label, UserID: a.UserID}
	var writes []wiki.Write
	for _, p := range m.pages {
		w, err := s.Wiki.Revise(ctx, program, p, page.ChangeImport, "")
		if err != nil {
			return out, err
		}
		if p.Revision == 0 {
			w.Page.CreatedAt = w.Page.UpdatedAt
		}
		writes = append(writes, w)
	}
	e := audit.Event{Action: audit.UnitImport, Object: "space:" + space, Actor: a.UserID}
	for _, st := range []RowStatus{RowNew, RowChanged, RowSame, RowLeft} {
		e = e.With(string(st), itoa(out.Count(st)))
	}
	saved, err := s.Store.SaveUnits(ctx, writes, e)
	if err != nil {
		return out, err
	}
	s.Wiki.Revised(ctx, saved)
	return out, nil
}

// importer finds out what becomes of each row.
type importer struct {
	s      *Service
	space  page.Space
	now    time.Time
	rows   []RowOutcome
	units  map[page.ID]Unit
	byKey  map[string]page.ID // of units, by their key in the source
	byName map[string]page.ID // of units without a key, by title; "" for several
	byRef  map[string]page.ID // of open units, by address and short name
	bySlug map[string]bool
	inFile map[string]int // row by key
	short  map[string]int // row by short name or name; -1 for several
	slugs  []string       // of each row
	ids    []page.ID      // of each row; "" for new ones until they have one
	pages  []page.Page    // as they will be; Revision is that before
}

func (s *Service) importer(ctx context.Context, a access.Actor, rows []Row, space string) (*importer, error) {
	spaces, err := s.Wiki.Spaces(ctx, a)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(spaces, func(sp page.Space) bool { return sp.Key == space })
	if i < 0 || spaces[i].Type == page.SpaceRestricted {
		return nil, errs.Fields([]errs.Field{{Name: "space", Msg: errs.Msg("orga.import_space")}})
	}
	m := &importer{
		s: s, space: spaces[i], now: s.Now().UTC(), units: map[page.ID]Unit{}, byName: map[string]page.ID{}, byRef: map[string]page.ID{}, bySlug: map[string]bool{},
		inFile: map[string]int{}, short: map[string]int{}, slugs: make([]string, len(rows)), ids: make([]page.ID, len(rows)),
	}
	if m.byKey, err = s.Store.UnitsByField(ctx, fieldExternal); err != nil {
		return nil, err
	}
	keyed := map[page.ID]bool{}
	for _, id := range m.byKey {
		keyed[id] = true
	}
	all, err := s.Store.UnitTree(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		m.units[u.ID], m.bySlug[u.Slug] = u, true
		for _, name := range []string{u.Short, u.Slug, ref(u.Slug)} {
			if name != "" && !u.Archived {
				m.byRef[name] = u.ID
			}
		}
		if name := strings.ToLower(u.Title); !keyed[u.ID] && !u.Archived {
			if _, double := m.byName[name]; double {
				m.byName[name] = ""
			} else {
				m.byName[name] = u.ID
			}
		}
	}
	for _, r := range rows {
		m.rows = append(m.rows, RowOutcome{Row: r})
	}
	return m, nil
}

func (m *importer) run(ctx context.Context) error {
	m.keys()
	m.parents()
	if err := m.addresses(ctx); err != nil {
		return err
	}
	for i := range m.rows {
		if m.rows[i].Left != nil {
			m.rows[i].Status = RowLeft
			continue
		}
		if err := m.row(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// keys finds which unit each row is. A row without a key has its short name or name for one.
func (m *importer) keys() {
	for i := range m.rows {
		r := &m.rows[i]
		if r.Left != nil {
			continue
		}
		if r.Key == "" {
			r.Key = or(r.Short, r.Name)
		}
		if first, twice := m.inFile[r.Key]; twice {
			r.leave("orga.row_twice", "Line", m.rows[first].Line)
			continue
		}
		m.inFile[r.Key] = i
		for _, name := range []string{r.Short, r.Name} {
			if name == "" || name == r.Short && name == r.Name && m.short[name] == i+1 {
				continue
			}
			if _, double := m.short[name]; double {
				m.short[name] = -1
			} else {
				m.short[name] = i + 1
			}
		}
		id, known := m.byKey[r.Key]
		if !known {
			name := strings.ToLower(r.Name)
			if id = m.byName[name]; id != "" && r.Short != "" && m.units[id].Short != "" && r.Short != m.units[id].Short {
				id = ""
			}
			delete(m.byName, name)
		}
		if m.ids[i] = id; id != "" && m.units[id].Archived {
			r.leave("orga.row_closed")
		}
	}
}

// above finds the row or unit above a row: row is -1 where it is none of the file.
func (m *importer) above(r Row) (row int, id page.ID, ok bool) {
	if i, in := m.inFile[r.Parent]; in {
		return i, "", true
	}
	if i := m.short[r.Parent]; i > 0 {
		return i - 1, "", true
	}
	if id, known := m.byKey[r.Parent]; known && !m.units[id].Archived {
		return -1, id, true
	}
	id, known := m.byRef[r.Parent]
	return -1, id, known
}

// parents leaves out what stands in a circle, or below nothing.
func (m *importer) parents() {
	seen := make([]bool, len(m.rows))
	for i := range m.rows {
		var way []int
		at := i
		for at >= 0 && !seen[at] && m.rows[at].Left == nil {
			seen[at] = true
			way = append(way, at)
			if m.rows[at].Parent == "" {
				break
			}
			at, _, _ = m.above(m.rows[at].Row)
		}
		if at >= 0 && m.rows[at].Parent != "" && slices.Contains(way, at) {
			for _, w := range way[slices.Index(way, at):] {
				m.rows[w].leave("orga.row_circle")
			}
		}
	}
	for again := true; again; {
		again = false
		for i := range m.rows {
			r := &m.rows[i]
			if r.Left != nil || r.Parent == "" {
				continue
			}
			row, _, ok := m.above(r.Row)
			if !ok || row >= 0 && m.rows[row].Left != nil {
				r.leave("orga.row_parent", "Parent", r.Parent)
				again = true
			}
		}
	}
}

// addresses gives new units an address that nobody has.
func (m *importer) addresses(ctx context.Context) error {
	const tries = 50
	for try := range tries {
		var refs []string
		at := map[string]int{}
		for i, r := range m.rows {
			if r.Left != nil || m.slugs[i] != "" {
				continue
			}
			if m.ids[i] != "" {
				m.slugs[i] = m.units[m.ids[i]].Slug
				continue
			}
			slug := candidate(r.Row, try)
			if _, taken := at[m.space.Key+":"+slug]; taken || m.bySlug[slug] {
				continue
			}
			at[m.space.Key+":"+slug] = i
			refs = append(refs, m.space.Key+":"+slug)
		}
		found, err := m.s.Wiki.Resolve(ctx, access.Program(""), m.space.Key, refs)
		if err != nil {
			return err
		}
		for r, i := range at {
			if _, taken := found[r]; !taken {
				_, m.slugs[i], _ = strings.Cut(r, ":")
				m.bySlug[m.slugs[i]] = true
			}
		}
	}
	for i := range m.rows {
		if m.rows[i].Left == nil && m.slugs[i] == "" {
			m.rows[i].leave("orga.row_address")
		}
	}
	return nil
}

// candidate is the n-th choice of an address: the short name, the name, then with numbers.
func candidate(r Row, n int) string {
	switch {
	case n == 0 && r.Short != "":
		return markup.Slug(r.Short)
	case n <= 1:
		return markup.Slug(r.Name)
	}
	s := markup.Slug(r.Name)
	return strings.TrimRight(s[:min(len(s), 76)], "-") + "-" + itoa(n)
}

// missing are units that came from a chart once and are in this one no more.
func (m *importer) missing() []Unit {
	var out []Unit
	for _, key := range slices.Sorted(maps.Keys(m.byKey)) {
		u := m.units[m.byKey[key]]
		if _, in := m.inFile[key]; !in && !u.Archived && u.ID != "" {
			out = append(out, u)
		}
	}
	return out
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
