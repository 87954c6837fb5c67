package orga_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

var merge = orga.Choice{Act: orga.Merge, Unit: "z2", To: "unit/z3", Occasion: "Organisationserlass 3/2026"}

// A unit with 500 pages is merged into another with a preview and undone, while others keep saving. Nothing is without
// an owner at any time.
func TestMergeOfFiveHundredPages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds; without -short")
	}
	h := newHouse(t)
	ids := h.fill(500, "z2")
	for _, id := range ids[490:] { // some lie in the bin
		if p := h.page(id); p.State == "published" {
			if err := h.wiki.Delete(h.ctx, program, id, p.Revision, "Test"); err != nil {
				t.Fatal(err)
			}
		}
	}
	ids, binned := ids[:490], ids[490:]
	before := map[page.ID]page.Page{}
	for _, id := range ids {
		before[id] = h.page(id)
	}
	start := time.Now()
	v, err := h.Preview(h.ctx, admin, merge)
	if err != nil {
		t.Fatal(err)
	}
	preview := time.Since(start)
	if n := len(v.Pages) + v.Hidden + v.Binned; n != 501 || v.Binned == 0 || v.Hidden < 160 { // with the unit's own page
		t.Errorf("preview shows %d pages, %d of them hidden", n, v.Hidden)
	}
	for _, p := range v.Pages {
		if p.Space == "tresor" {
			t.Fatalf("the preview names %q, which is closed to the administrator", p.Title)
		}
	}

	stop := make(chan struct{})
	var work sync.WaitGroup
	var saved, late []page.ID
	work.Add(2)
	go func() { // somebody edits pages of the unit and adds new ones
		defer work.Done()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			id := ids[i%len(ids)]
			if i%3 == 0 {
				p, err := h.wiki.Create(h.ctx, program, wiki.Input{Kind: "guide", Space: "handbuch", Title: "Neu " + string(h.wiki.NewID()), Owner: "unit/z2", Body: "x\n"})
				if err == nil {
					late = append(late, p.ID)
				}
				continue
			}
			p, err := h.store.Page(h.ctx, access.Scope{All: true}, id)
			if err != nil {
				t.Error(err)
				return
			}
			in := wiki.InputOf(p)
			in.Body += "Noch ein Satz.\n"
			if _, err := h.wiki.Edit(h.ctx, program, id, p.Revision, in); err == nil {
				saved = append(saved, id)
			} else if !errs.Is(err, errs.Conflict) && !errs.Is(err, errs.Invalid) {
				t.Errorf("edit: %v", err)
				return
			}
		}
	}()
	go func() { // and somebody looks all the time
		defer work.Done()
		for {
			select {
			case <-stop:
				return
			default:
				h.owned()
			}
		}
	}()
	var r orga.Record
	for {
		v, err := h.Preview(h.ctx, admin, merge)
		if err != nil {
			t.Fatal(err)
		}
		c := merge
		c.Seen = v.Seen
		start = time.Now()
		if r, err = h.Apply(h.ctx, admin, c); err == nil {
			break
		}
		if !errs.Is(err, errs.Conflict) { // somebody saved since: shown again
			t.Fatal(err)
		}
		if len(saved)+len(late) > 40 {
			close(stop)
			work.Wait()
			stop = make(chan struct{})
		}
	}
	apply := time.Since(start)
	select {
	case <-stop:
	default:
		close(stop)
	}
	work.Wait()
	h.sound()
	for _, id := range binned { // those in the bin come back to who follows
		if _, err := h.wiki.Undelete(h.ctx, program, id); err != nil && !errs.Is(err, errs.NotFound) {
			t.Fatal(err)
		}
	}
	for _, id := range slices.Concat(ids, late, binned) {
		if p := h.page(id); !strings.HasPrefix(p.Owner, "unit/z3") {
			t.Fatalf("page %s belongs to %s", id, p.Owner)
		}
	}
	if p := h.page(ids[5]); p.Owner != "unit/z3#Reisestelle" {
		t.Errorf("the role is lost: %s", p.Owner)
	}
	revs, err := h.store.Revisions(h.ctx, access.Scope{All: true}, ids[1])
	if err != nil {
		t.Fatal(err)
	}
	if at := slices.IndexFunc(revs, func(r page.Revision) bool { return r.Change == page.ChangeReorganise }); at < 0 || !strings.Contains(revs[at].Comment, "Organisationserlass 3/2026") {
		t.Errorf("history does not tell: %+v", revs[0])
	}

	start = time.Now()
	r = h.undo(r.ID)
	undo := time.Since(start)
	h.sound()
	for _, id := range ids {
		now := h.page(id)
		if now.Owner != before[id].Owner || now.State != before[id].State {
			t.Fatalf("page %s: %s %s after undoing, %s %s before", id, now.Owner, now.State, before[id].Owner, before[id].State)
		}
	}
	if len(r.Kept) > 0 || r.UndoneAt.IsZero() {
		t.Errorf("kept %v", r.Kept)
	}
	t.Logf("500 pages: preview %v, apply %v, undo %v; %d edits and %d new pages meanwhile", preview.Round(time.Millisecond), apply.Round(time.Millisecond), undo.Round(time.Millisecond), len(saved), len(late))
}

func TestMergeMovesEverything(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine := h.guide("handbuch", "Reise", "unit/z2#Reisestelle")
	byID := h.guide("handbuch", "Mit Kennung", string(h.unit("z2").ID)+"#Kasse")
	secret := h.guide("tresor", "Geheim", "unit/z2")
	draft := h.create(wiki.Input{Kind: "guide", Space: "normen", Title: "Entwurf", Owner: "unit/z2", Body: "x\n"})
	foreign := h.guide("handbuch", "Fremd", "unit/a1")
	resp := h.published(wiki.Input{Kind: "responsibility", Space: "handbuch", Title: "Reisen", Owner: "unit/a1", Fields: page.Fields{
		"task": "Reisen", "unit": "unit/z2", "holders": []map[string]any{{"holder": "unit/z2", "valid_from": "2020-01-01"}, {"holder": "unit/z2", "valid_from": "2010-01-01", "valid_to": "2015-01-01"}},
	}, Relations: []page.Relation{{Key: "part_of", Ref: "unit/z2"}}})
	rights := func() string {
		t.Helper()
		var out []string
		for _, unit := range []string{"z2", "z3"} {
			hang, err := h.store.Hanging(h.ctx, h.unit(unit).ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range hang.Rights {
				out = append(out, fmt.Sprint(r.Unit, r.Space, r.Level))
			}
		}
		return strings.Join(out, " ")
	}
	for _, r := range []struct {
		unit, space string
		level       access.Membership
	}{{"z2", "tresor", access.Manager}, {"z3", "tresor", access.Member}, {"z2", "normen", access.Member}} {
		if err := h.store.SetUnitMembership(h.ctx, r.unit, r.space, r.level); err != nil {
			t.Fatal(err)
		}
	}
	before := rights()
	c := merge
	c.References = true
	v, err := h.Preview(h.ctx, coord, c)
	if err != nil {
		t.Fatal(err)
	}
	if v.Hidden != 2 || len(v.Pages) != 3 || len(v.Spaces) != 2 || len(v.People) != 2 || len(v.Children) != 1 || v.Rewritten == 0 || v.Nothing() {
		t.Errorf("preview: %d hidden, %d pages, %d spaces, %d people, %d units below, %d rewritten", v.Hidden, len(v.Pages), len(v.Spaces), len(v.People), len(v.Children), v.Rewritten)
	}
	r := h.apply(c)
	h.sound()
	for id, want := range map[page.ID]string{mine.ID: "unit/z3#Reisestelle", byID.ID: "unit/z3#Kasse", secret.ID: "unit/z3", draft.ID: "unit/z3", foreign.ID: "unit/a1"} {
		if got := h.page(id).Owner; got != want {
			t.Errorf("owner %s, want %s", got, want)
		}
	}
	if got := h.spaceUnit("tresor") + " " + h.spaceUnit("normen"); got != "unit/z3 unit/z3#Normenstelle" {
		t.Errorf("spaces belong to %s", got)
	}
	if got := rights(); got != "z3normen1 z3tresor2" {
		t.Errorf("rights: %s", got)
	}
	if got := h.units("u-clerk") + "," + h.units("u-both") + "," + h.units("u-other"); got != "z3,z3,a1" {
		t.Errorf("people are in %s", got)
	}
	slices.Sort(h.forgotten)
	if !slices.Equal(h.forgotten, []string{"u-both", "u-clerk"}) {
		t.Errorf("asked anew: %v", h.forgotten)
	}
	old := h.unit("z2")
	if !old.Archived || h.unit("z21").Fields["parent"] != "unit/z3" {
		t.Errorf("old unit %s, unit below under %v", old.State, h.unit("z21").Fields["parent"])
	}
	if !slices.Contains(h.unit("z3").Relations, page.Relation{Key: "supersedes", Ref: "unit/z2"}) {
		t.Error("the successor does not say whom it follows")
	}
	got := h.page(resp.ID)
	holders := got.Fields["holders"].([]map[string]any)
	if got.Fields["unit"] != "unit/z3" || got.Relations[0].Ref != "unit/z3" || len(holders) != 3 || holders[0]["valid_to"] != "2026-11-02" || holders[1]["holder"] != "unit/z3" ||
		holders[1]["valid_from"] != "2026-11-02" || holders[2]["holder"] != "unit/z2" {
		t.Errorf("responsibility: %v %v", got.Fields, got.Relations)
	}

	// Somebody changes some of it; undoing leaves that, and moves back the rest.
	in := wiki.InputOf(h.page(mine.ID))
	in.Owner = "unit/a1"
	if _, err := h.wiki.Edit(h.ctx, program, mine.ID, h.page(mine.ID).Revision, in); err != nil {
		t.Fatal(err)
	}
	in = wiki.InputOf(h.page(byID.ID))
	in.Body = "Neuer Text.\n"
	if _, err := h.wiki.Edit(h.ctx, program, byID.ID, h.page(byID.ID).Revision, in); err != nil {
		t.Fatal(err)
	}
	if err := h.store.SetUnits(h.ctx, "u-clerk", []string{"a1"}); err != nil {
		t.Fatal(err)
	}
	r = h.undo(r.ID)
	h.sound()
	if r.Kept[orga.MovedOwner] != 1 || r.Kept[orga.MovedMember] != 1 || len(r.Kept) != 2 {
		t.Errorf("kept %v", r.Kept)
	}
	if p := h.page(byID.ID); p.Owner != byID.Owner || p.Body != "Neuer Text.\n" {
		t.Errorf("after undoing: %s, %q", p.Owner, p.Body)
	}
	if got := rights(); got != before {
		t.Errorf("rights after undoing: %s, want %s", got, before)
	}
	if got := h.units("u-clerk") + "," + h.units("u-both"); got != "a1,z2 z3" {
		t.Errorf("people are in %s", got)
	}
	if got := h.spaceUnit("tresor") + " " + h.spaceUnit("normen"); got != "unit/z2 unit/z2#Normenstelle" {
		t.Errorf("spaces belong to %s", got)
	}
	got = h.page(resp.ID)
	if got.Fields["unit"] != "unit/z2" || got.Relations[0].Ref != "unit/z2" || len(got.Fields["holders"].([]map[string]any)) != 2 {
		t.Errorf("responsibility after undoing: %v", got.Fields)
	}
	if u := h.unit("z2"); u.Archived || h.unit("z21").Fields["parent"] != "unit/z2" || len(h.unit("z3").Relations) > 0 {
		t.Errorf("units after undoing: %s", u.State)
	}
	if _, err := h.Undo(h.ctx, admin, r.ID); !errs.Is(err, errs.Invalid) {
		t.Errorf("undone twice: %v", err)
	}
}

func TestChangedSinceThePreview(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.guide("handbuch", "Reise", "unit/z2")
	v, err := h.Preview(h.ctx, admin, merge)
	if err != nil {
		t.Fatal(err)
	}
	c := merge
	c.Seen = v.Seen
	for name, change := range map[string]func(){
		"a page":   func() { h.guide("handbuch", "Noch eine", "unit/z2") },
		"a person": func() { _ = h.store.SetUnits(h.ctx, "u-other", []string{"z2"}) },
		"a text":   func() { _, _ = h.wiki.Confirm(h.ctx, program, p.ID, h.page(p.ID).Revision) },
		"a unit": func() {
			h.create(wiki.Input{Kind: "unit", Space: "handbuch", Title: "Unten", Fields: fields("type", "team", "parent", "unit/z2")})
		},
		"a reference": func() {
			h.published(wiki.Input{Kind: "person", Space: "handbuch", Title: "Rolle", Fields: fields("unit", "unit/z2")})
		},
	} {
		v, err := h.Preview(h.ctx, admin, merge)
		if err != nil {
			t.Fatal(err)
		}
		c.Seen = v.Seen
		change()
		if _, err := h.Apply(h.ctx, admin, c); !errs.Is(err, errs.Conflict) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
	if h.page(p.ID).Owner != "unit/z2" || h.unit("z2").Archived {
		t.Error("something was done")
	}
	list, total, err := h.History(h.ctx, admin, 0, 10)
	if err != nil || total != 0 || len(list) != 0 {
		t.Errorf("history has %d entries: %v", total, err)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.fill(40, "z2")
	named := ids[3]
	c := orga.Choice{Act: orga.Split, Unit: "z2", Occasion: "Neuordnung", Parts: []orga.Part{
		{To: "Z3", Kinds: []string{"tool"}, Pages: []string{string(named)}}, {To: "unit/a1", Role: "Reisestelle", Tag: "t0"},
	}}
	r := h.apply(c)
	h.sound()
	stays := 0
	for i, id := range ids {
		p := h.page(id)
		want := "z2"
		switch {
		case id == named || p.Kind == "tool":
			want = "z3"
		case i%5 == 0 && i%2 == 0:
			want = "a1"
		default:
			stays++
		}
		if unit, _, _ := strings.Cut(p.Owner, "#"); unit != "unit/"+want {
			t.Errorf("page %d (%s, %v) belongs to %s, want %s", i, p.Kind, p.Tags, p.Owner, want)
		}
	}
	if h.unit("z2").Archived || h.units("u-clerk") != "z2" || h.spaceUnit("tresor") != "unit/z2" || stays == 0 {
		t.Error("a unit that stays has lost something")
	}
	h.undo(r.ID)
	h.sound()
	// With a rest the unit is closed, and the people go where they are told.
	c.Rest, c.People = "unit/a1", "unit/z3"
	r = h.apply(c)
	h.sound()
	if !h.unit("z2").Archived || h.units("u-clerk") != "z3" || h.spaceUnit("tresor") != "unit/a1" || h.unit("z21").Fields["parent"] != "unit/a1" {
		t.Errorf("closed split: %s, %s, %s", h.unit("z2").State, h.units("u-clerk"), h.spaceUnit("tresor"))
	}
	h.undo(r.ID)
	h.sound()
}

func TestRename(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.guide("handbuch", "Reise", "unit/z2#Reisestelle")
	r := h.apply(orga.Choice{Act: orga.Rename, Unit: "z2", Title: "Referat Personal", Slug: "personal", Short: "P", Occasion: "Neue Namen"})
	h.sound()
	u := h.unit("personal")
	if u.Title != "Referat Personal" || u.Fields["short_name"] != "P" || h.page(p.ID).Owner != "unit/personal#Reisestelle" || h.units("u-both") != "personal z3" || h.spaceUnit("tresor") != "unit/personal" {
		t.Errorf("renamed: %s, %s, %s, %s", u.Title, h.page(p.ID).Owner, h.units("u-both"), h.spaceUnit("tresor"))
	}
	// What still says the old address is given the new one.
	if q := h.guide("handbuch", "Später", "unit/z2"); h.page(q.ID).Owner != "unit/personal" {
		t.Errorf("a page of the old address belongs to %s", h.page(q.ID).Owner)
	}
	h.undo(r.ID)
	h.sound()
	if u := h.unit("z2"); u.Slug != "z2" || u.Title != "Einheit z2" || h.page(p.ID).Owner != "unit/z2#Reisestelle" || h.units("u-both") != "z2 z3" {
		t.Errorf("after undoing: %s %s, %s, %s", u.Slug, u.Title, h.page(p.ID).Owner, h.units("u-both"))
	}
}

func TestCloseNeedsASuccessor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := orga.Choice{Act: orga.Close, Unit: "z2", Occasion: "Auflösung"}
	wrong := func(c orga.Choice, field, key string) {
		t.Helper()
		_, err := h.Preview(h.ctx, admin, c)
		f := errs.FieldsOf(err)
		if !slices.ContainsFunc(f, func(f errs.Field) bool { return f.Name == field && f.Msg.Key == key }) {
			t.Errorf("%+v: %v %v", c, err, f)
		}
	}
	wrong(c, "to", "orga.target_missing")
	c.To = "unit/z2"
	wrong(c, "to", "orga.target_same")
	c.To = "unit/gibt-es-nicht"
	wrong(c, "to", "orga.target_unknown")
	c.To, c.Occasion = "unit/z21", " "
	wrong(c, "occasion", "orga.occasion_missing")
	c.Unit, c.Occasion = "redaktion", "x"
	wrong(c, "unit", "orga.unit_fallback")
	wrong(orga.Choice{Act: orga.Split, Unit: "z2", Occasion: "x"}, "parts.0.to", "orga.parts_missing")
	wrong(orga.Choice{Act: orga.Split, Unit: "z2", Occasion: "x", Parts: []orga.Part{{To: "unit/z3"}}}, "parts.0.kinds", "orga.part_empty")
	wrong(orga.Choice{Act: orga.Split, Unit: "z2", Occasion: "x", Parts: []orga.Part{{To: "unit/z3", Pages: []string{"unit/a1"}}}}, "parts.0.pages", "orga.page_foreign")
	wrong(orga.Choice{Act: orga.Rename, Unit: "z2", Occasion: "x", Title: "Einheit z2", Short: "Z2"}, "title", "orga.rename_same")
	wrong(orga.Choice{Act: orga.Rename, Unit: "z2", Occasion: "x", Title: "Neu", Slug: "Mit Leerzeichen"}, "slug", "wiki.slug_bad")
	wrong(orga.Choice{Act: "vanish", Unit: "z2", Occasion: "x"}, "act", "orga.act_unknown")

	// A unit below may take over: it then stands where its parent stood.
	h.apply(orga.Choice{Act: orga.Close, Unit: "z2", To: "Z21", Occasion: "Auflösung"})
	h.sound()
	if h.unit("z21").Fields["parent"] != "unit/z" {
		t.Errorf("the successor stands under %v", h.unit("z21").Fields["parent"])
	}
	// One on which nothing hangs needs nobody to follow: a1 has a person, z3 has nothing any more.
	h.published(wiki.Input{Kind: "unit", Space: "handbuch", Slug: "leer", Title: "Leer", Owner: "unit/z", Fields: fields("type", "team")})
	h.apply(orga.Choice{Act: orga.Close, Unit: "leer", Occasion: "Auflösung"})
	h.sound()
	wrong(orga.Choice{Act: orga.Merge, Unit: "leer", To: "unit/z3", Occasion: "x"}, "unit", "orga.unit_closed")
	wrong(orga.Choice{Act: orga.Merge, Unit: "z3", To: "unit/leer", Occasion: "x"}, "to", "orga.target_closed")
	// Chains: what names a unit closed long ago goes to who follows today.
	h.apply(orga.Choice{Act: orga.Merge, Unit: "z21", To: "unit/z3", Occasion: "Noch einmal"})
	out, err := h.wiki.Import(h.ctx, program, []wiki.Imported{{Input: wiki.Input{Kind: "guide", Space: "handbuch", Title: "Später", Owner: "unit/z2#Kasse", Body: "x\n"}}}, nil)
	if err != nil || out[0].Err != nil {
		t.Fatal(err, out)
	}
	if got := h.page(out[0].ID).Owner; got != "unit/z3#Kasse" {
		t.Errorf("belongs to %s", got)
	}
	h.sound()
}

func TestUndoHasItsTimeAndOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.apply(orga.Choice{Act: orga.Rename, Unit: "z2", Title: "Neu", Slug: "neu", Occasion: "Eins"})
	second := h.apply(orga.Choice{Act: orga.Merge, Unit: "neu", To: "unit/z3", Occasion: "Zwei"})
	if _, err := h.Undo(h.ctx, admin, first.ID); !errs.Is(err, errs.Invalid) {
		t.Errorf("undone before the later one: %v", err)
	}
	h.undo(second.ID)
	h.undo(first.ID)
	h.sound()
	third := h.apply(merge)
	h.clock.skip(orga.UndoFor)
	if _, err := h.Undo(h.ctx, admin, third.ID); !errs.Is(err, errs.Invalid) {
		t.Errorf("undone after its time: %v", err)
	}
	if n, err := h.store.ForgetMoves(h.ctx, h.clock.now().Add(-orga.UndoFor)); err != nil || n == 0 {
		t.Errorf("forgot %d moves: %v", n, err)
	}
}

func TestWhoMayReorganise(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, a := range []access.Actor{{}, {Guest: true, PublicRead: true}, clerk, insider, other} {
		_, e1 := h.Tree(h.ctx, a)
		_, e2 := h.Preview(h.ctx, a, merge)
		_, e3 := h.Apply(h.ctx, a, merge)
		_, e4 := h.Undo(h.ctx, a, "x")
		_, _, e5 := h.History(h.ctx, a, 0, 1)
		for i, err := range []error{e1, e2, e3, e4, e5} {
			if !errs.Is(err, errs.NotFound) {
				t.Errorf("%s: %d: %v", a.UserID, i, err)
			}
		}
	}
}

// Whoever archives the page of a unit by hand is led to the way that leaves nothing behind.
func TestAUnitInUseIsNotArchivedByHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.guide("handbuch", "Reise", "unit/z2")
	for _, key := range []string{"archive", "withdraw"} {
		u := h.unit("z2")
		_, err := h.wiki.Advance(h.ctx, program, u.ID, u.Revision, key, "Ende")
		if f := errs.FieldsOf(err); len(f) != 1 || f[0].Msg.Key != "wiki.unit_in_use" {
			t.Errorf("%s: %v", key, err)
		}
	}
	u := h.unit("z3") // owns its own page only, but has a person
	if err := h.store.SetUnits(h.ctx, "u-both", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.wiki.Advance(h.ctx, program, u.ID, u.Revision, "archive", "Ende"); err != nil {
		t.Errorf("archive a unit on which nothing hangs: %v", err)
	}
	_, err := h.wiki.Create(h.ctx, program, wiki.Input{Kind: "guide", Space: "handbuch", Title: "Zu spät", Owner: "unit/z3", Body: "x\n"})
	if f := errs.FieldsOf(err); len(f) != 1 || f[0].Name != "owner" || f[0].Msg.Key != "wiki.owner_closed" {
		t.Errorf("a page for a closed unit: %v", err)
	}
	h.sound()
}
