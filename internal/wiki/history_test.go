package wiki_test

import (
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/wiki"
)

// What was written in a closed space stays there when the page moves out: its revisions from then are read by those who
// may read that space, and by nobody else.
func TestHistoryStaysWhereItWasWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.published(insider, wiki.Input{Kind: "guide", Space: "tresor", Title: "Geheim", Body: "Kanarie.\n"})
	p = h.edit(insider, p, func(in *wiki.Input) { in.Body, in.Comment = "Kanarie, noch einmal.\n", "Kanarie" })
	closed := p.Revision
	p = h.edit(insider, p, func(in *wiki.Input) {
		in.Space, in.Title, in.Slug, in.Body = "handbuch", "Offen", "offen-jetzt", "Frei.\n"
	})
	p = h.edit(insider, p, func(in *wiki.Input) { in.Body = "Frei und geändert.\n" })
	for _, c := range []struct {
		who  access.Actor
		sees bool
	}{{clerk, false}, {admin, false}, {insider, true}} {
		a, name, sees := c.who, c.who.Name, c.sees
		revs, err := h.History(h.ctx, a, p.ID)
		if want := p.Revision - closed; err != nil || !sees && len(revs) != want || sees && len(revs) != p.Revision {
			t.Errorf("%s: %d of %d revisions, %v", name, len(revs), p.Revision, err)
		}
		for n := 1; n <= p.Revision; n++ {
			_, err := h.Revision(h.ctx, a, p.ID, n)
			if may := sees || n > closed; (err == nil) != may || !may && !errs.Is(err, errs.NotFound) {
				t.Errorf("%s, revision %d: %v", name, n, err)
			}
		}
		if _, err := h.Restore(h.ctx, clerk, p.ID, p.Revision, closed); !errs.Is(err, errs.NotFound) {
			t.Errorf("restoring what one may not read: %v", err)
		}
	}
}
