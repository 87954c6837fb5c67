package wiki_test

import (
	"strings"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func (h *house) wantBody(p page.Page, has bool, text string) {
	h.t.Helper()
	if body := h.body(p); strings.Contains(body, text) != has {
		h.t.Errorf("%q in the text of %s is %v, want %v:\n%s", text, p.Slug, !has, has, body)
	}
}

func TestRenameKeepsPathsAndRenewsLinks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.published(clerk, guide("Alter Titel", ""))
	from := h.published(clerk, guide("Verweis", "Siehe [[Alter Titel]] und [[guide/alter-titel]].\n"))
	h.wantBody(from, true, `href="/wiki/handbuch/alter-titel"`)

	target = h.edit(clerk, target, func(in *wiki.Input) { in.Title, in.Slug = "Neuer Titel", "neuer-titel" })
	h.wantBody(from, true, `href="/wiki/handbuch/neuer-titel"`)
	h.wantBody(from, false, `href="/wiki/handbuch/alter-titel"`)
	h.wantBody(from, true, "Neuer Titel")

	old, err := h.PageAt(h.ctx, other, "handbuch", "alter-titel")
	if err != nil || old.ID != target.ID || old.Slug != "neuer-titel" {
		t.Errorf("the former address gives %+v, %v", old, err)
	}
	if _, err := h.Create(h.ctx, other, guide("Alter Titel", "")); !errs.Is(err, errs.Conflict) {
		t.Errorf("a new page at the former address: %v", err)
	}
	// Back again: both addresses still lead to the page.
	target = h.edit(clerk, target, func(in *wiki.Input) { in.Slug = "alter-titel" })
	h.wantBody(from, true, `href="/wiki/handbuch/alter-titel"`)
	if p, err := h.PageAt(h.ctx, other, "handbuch", "neuer-titel"); err != nil || p.ID != target.ID {
		t.Errorf("the second address gives %+v, %v", p, err)
	}
}

func TestLinksFollowTheStateOfTheirTarget(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	from := h.published(clerk, guide("Verweis", "Siehe [[Kommt noch]].\n"))
	link := `href="/wiki/handbuch/kommt-noch"`
	h.wantBody(from, false, link)
	target := h.create(clerk, guide("Kommt noch", ""))
	h.wantBody(from, false, link) // a draft is not for all readers
	target = h.advance(clerk, target, "publish", "")
	h.wantBody(from, true, link)
	target = h.edit(clerk, target, func(in *wiki.Input) { in.Title = "Ist da" })
	h.wantBody(from, true, "Ist da")
	target = h.advance(editor, target, "withdraw", "noch nicht reif")
	h.wantBody(from, false, link)
	h.wantBody(from, false, "Ist da")
	target = h.advance(clerk, target, "publish", "")
	h.wantBody(from, true, link)
	target = h.edit(insider, target, func(in *wiki.Input) { in.Space = "tresor" })
	h.wantBody(from, false, "Ist da")
	h.wantBody(from, false, "/wiki/tresor/")
	h.edit(insider, target, func(in *wiki.Input) { in.Space = "handbuch" })
	h.wantBody(from, true, link)
	if got, err := h.Page(h.ctx, clerk, from.ID); err != nil || got.Revision != from.Revision {
		t.Errorf("rendering anew made revision %d, %v", got.Revision, err)
	}
}

// A space that is closed takes its titles out of the pages of other spaces, and one that is opened brings them back.
func TestClosingASpaceRenewsPagesThatLinkIntoIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := access.Actor{UserID: "u-boss", Label: "Leitung", Spaces: map[string]access.Membership{"normen": access.Manager}}
	target := h.published(boss, wiki.Input{Kind: "guide", Space: "normen", Title: "Streng geheime Norm"})
	inside := h.published(boss, wiki.Input{Kind: "guide", Space: "normen", Title: "Innen", Body: "[[Streng geheime Norm]]\n"})
	outside := h.published(clerk, guide("Außen", "[["+string(target.ID)+"]]\n"))
	h.wantBody(outside, true, "Streng geheime Norm")

	sp := page.Space{Key: "normen", Title: "Normen", Type: page.SpaceRestricted, Reason: "Prüfung läuft", ReviewDue: day(2027, 1, 1)}
	if err := h.SaveSpace(h.ctx, boss, sp, false); err != nil {
		t.Fatal(err)
	}
	h.wantBody(outside, false, "Streng geheime Norm")
	h.wantBody(inside, true, "Streng geheime Norm")
	sp.Type = page.SpaceOpen
	if err := h.SaveSpace(h.ctx, boss, sp, false); err != nil {
		t.Fatal(err)
	}
	h.wantBody(outside, true, "Streng geheime Norm")
	h.wantBody(inside, true, "Streng geheime Norm")
}

func TestAttachmentLinksFollowTheAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.published(clerk, guide("Bilder", "![Plan](plan.png)\n"))
	h.wantBody(p, true, "/wiki/handbuch/bilder/files/plan.png")
	p = h.edit(clerk, p, func(in *wiki.Input) { in.Slug = "fotos" })
	h.wantBody(p, true, "/wiki/handbuch/fotos/files/plan.png")
}

func TestUniqueSlugOverAllSpaces(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	kpi := func(space, slug string) wiki.Input {
		return wiki.Input{Kind: "kpi", Space: space, Slug: slug, Title: "Dauer " + space + slug, Fields: fields(
			"definition", "Tage", "unit", "Tage", "direction", "less", "rhythm", "month", "type", "duration", "level", "output")}
	}
	h.create(insider, kpi("handbuch", "dauer"))
	_, err := h.Create(h.ctx, insider, kpi("normen", "dauer"))
	wantFields(t, err, "slug")
	p := h.create(insider, kpi("normen", "dauer-2"))
	in := wiki.InputOf(p)
	in.Slug = "dauer"
	_, err = h.Edit(h.ctx, insider, p.ID, p.Revision, in)
	wantFields(t, err, "slug")
	p = h.edit(insider, p, func(in *wiki.Input) { in.Title = "Anders" }) // its own slug is no obstacle
	in = wiki.InputOf(p)
	in.Space = "handbuch"
	if _, err := h.Edit(h.ctx, insider, p.ID, p.Revision, in); err != nil {
		t.Errorf("moving: %v", err)
	}
}
