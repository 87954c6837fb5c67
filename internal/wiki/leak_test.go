package wiki_test

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// canary stands in every text of the pages in the closed space: whoever may not read them must never meet it.
const canary = "kanarie"

// closedHouse has an open page, unit and tool that others link to, which then moved into the closed space and took
// on the canary; every kind of link to them was made while that was allowed.
type closedHouse struct {
	*house
	secret []page.Page // in the closed space
	open   []page.Page // link to them
	binned page.ID     // a page of the closed space that was deleted
	ids    []page.ID   // of all, and one that does not exist
}

func newClosedHouse(t *testing.T) *closedHouse {
	h := &closedHouse{house: newHouse(t)}
	topic := h.published(insider, guide("Thema", "Text.\n"))
	unit := h.published(insider, wiki.Input{Kind: "unit", Space: "handbuch", Slug: "stelle", Title: "Stelle", Fields: fields("type", "team")})
	tool := h.published(insider, wiki.Input{Kind: "tool", Space: "handbuch", Title: "Gerät", Fields: fields("purpose", "x", "type", "software")})
	refs := func(p page.Page) []string {
		return []string{string(p.ID), p.Space + ":" + p.Slug, p.Kind + "/" + p.Slug, p.Title}
	}
	var body strings.Builder
	for _, p := range []page.Page{topic, unit, tool} {
		for _, r := range refs(p) {
			fmt.Fprintf(&body, "[[%s]] [[%s|anders]]\n\n", r, r)
		}
	}
	h.published(insider, wiki.Input{Kind: "unit", Space: "handbuch", Slug: "untere-stelle", Title: "Untere Stelle", Fields: fields("type", "team", "parent", string(unit.ID))})
	proc := h.published(insider, wiki.Input{
		Kind: "process", Space: "handbuch", Title: "Ablauf", Owner: string(unit.ID), Body: body.String(), Fields: page.Fields{
			"purpose": body.String(), "steps": []map[string]any{{"what": "tun", "role": string(unit.ID), "tool": string(tool.ID)}}},
		Relations: []page.Relation{{Key: "uses_tool", Ref: string(tool.ID)}, {Key: "similar_to", Ref: string(topic.ID)}},
	})
	h.published(insider, wiki.Input{Kind: "guide", Space: "normen", Title: "Norm mit Verweis", Body: body.String(), Owner: string(unit.ID)})
	move := func(p page.Page, slug string) page.Page {
		return h.edit(insider, p, func(in *wiki.Input) {
			in.Space, in.Slug, in.Title, in.Summary = "tresor", slug, "Kanarie "+slug, "Kanarie in Kürze"
			in.Body, in.Tags, in.Comment = "# Kanarie\n\n[[handbuch:ablauf]]\n", []string{"kanarie"}, "Kanarie im Kommentar"
			if in.Kind == "tool" {
				in.Fields["purpose"], in.Fields["licence"] = "Kanarie", "Kanarie"
			}
			if in.Kind == "unit" {
				in.Fields["short_name"] = "Kanarie"
			}
		})
	}
	h.secret = []page.Page{move(topic, "kanarie-thema"), move(unit, "kanarie-stelle"), move(tool, "kanarie-geraet")}
	h.secret = append(h.secret, h.published(insider, wiki.Input{
		Kind: "process", Space: "tresor", Title: "Kanarie verweist", Slug: "kanarie-verweist", Owner: string(unit.ID), Fields: fields("purpose", "Kanarie"),
		Body:      "[[Ablauf]] [[Norm mit Verweis]] [[handbuch:ablauf|Kanarie]]\n",
		Relations: []page.Relation{{Key: "part_of", Ref: "process/ablauf"}, {Key: "similar_to", Ref: string(proc.ID)}},
	}))
	for _, p := range h.secret[:1] {
		if _, err := h.Attach(h.ctx, insider, p.ID, asGiven{}, wiki.FileInput{Name: "kanarie.txt", Alt: "Kanarie", Read: text("Kanarie")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.store.Each(h.ctx, func(p page.Page) error {
		h.ids = append(h.ids, p.ID)
		if p.Space != "tresor" {
			h.open = append(h.open, p)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	thrown := h.published(insider, wiki.Input{Kind: "guide", Space: "tresor", Title: "Kanarie im Papierkorb", Body: "Kanarie\n"})
	if err := h.Delete(h.ctx, insider, thrown.ID, thrown.Revision, "Kanarie"); err != nil {
		t.Fatal(err)
	}
	h.binned = thrown.ID
	h.ids = append(h.ids, thrown.ID, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "")
	h.indexed()
	return h
}

// written are the methods that change something or give what is no secret; all others must be probed.
var notProbed = map[string]string{
	"Create": "write", "Edit": "write", "Advance": "write", "Confirm": "write", "Restore": "write", "Import": "write", "Attach": "write",
	"RemoveFile": "write", "Delete": "write", "Undelete": "write", "Purge": "write", "Redact": "write", "MayRedact": "a bool on a page that was read", "PurgeOld": "program", "Deletable": "only an error", "MayPurge": "a bool of the actor", "SaveSpace": "write", "Rerender": "program", "RenderOutside": "a page everybody reads, with less in it", "RenderAgain": "program", "Renew": "maintenance, returns no page", "Changed": "program", "NewID": "program",
	"Revise": "program, for a caller who has authorised", "Revised": "program", "InUnit": "a bool about the actor's own units",
	"Kinds": "no page", "IndexStatus": "no page", "State": "no page", "Version": "no page",
	"Space": "spaces are public in the house", "Spaces": "spaces are public in the house", "Writable": "keys of spaces", "Scope": "keys of spaces", "Allowed": "a bool on a page that was read",
}

// probes call every reading use case in every way that could reach a page of the closed space.
func (h *closedHouse) probes() map[string]func(a access.Actor, say func(any, error)) {
	ctx := h.ctx
	addresses := [][2]string{{"tresor", "gibt-es-nicht"}, {"handbuch", "thema"}, {"handbuch", "stelle"}, {"handbuch", "geraet"}, {"normen", "norm-mit-verweis"}}
	for _, p := range slices.Concat(h.secret, h.open) {
		addresses = append(addresses, [2]string{p.Space, p.Slug})
	}
	refs := []string{"Kanarie kanarie-thema", "Thema", "Gerät", "thema", "kanarie-thema", "guide/thema", "unit/stelle", "unit/kanarie-stelle", "tresor:kanarie-thema", "handbuch:thema"}
	for _, id := range h.ids {
		refs = append(refs, string(id))
	}
	return map[string]func(a access.Actor, say func(any, error)){
		"View": func(a access.Actor, say func(any, error)) {
			for _, at := range addresses {
				say(h.View(ctx, a, at[0], at[1]))
			}
		},
		"PageAt": func(a access.Actor, say func(any, error)) {
			for _, at := range addresses {
				say(h.PageAt(ctx, a, at[0], at[1]))
			}
		},
		"Page": func(a access.Actor, say func(any, error)) {
			for _, id := range h.ids {
				say(h.Page(ctx, a, id))
			}
		},
		"PageByRef": func(a access.Actor, say func(any, error)) {
			for _, r := range refs {
				say(h.PageByRef(ctx, a, r))
			}
		},
		"History": func(a access.Actor, say func(any, error)) {
			for _, id := range h.ids {
				say(h.History(ctx, a, id))
			}
		},
		"Revision": func(a access.Actor, say func(any, error)) {
			for _, id := range h.ids {
				for n := range 5 {
					say(h.Revision(ctx, a, id, n))
				}
			}
		},
		"RenderRevision": func(a access.Actor, say func(any, error)) {
			for _, id := range h.ids {
				if p, err := h.Page(ctx, a, id); err == nil {
					for n := 1; n <= p.Revision; n++ {
						old, err := h.Revision(ctx, a, id, n)
						if err != nil {
							say(nil, err)
							continue
						}
						say(h.RenderRevision(ctx, a, p, old.Page))
					}
				}
			}
		},
		"List": func(a access.Actor, say func(any, error)) {
			for _, q := range []wiki.ListQuery{
				{}, {Kind: "guide"}, {Kind: "unit"}, {Kind: "tool", Sort: "field:licence"}, {Space: "tresor"}, {Unit: "kanarie-stelle"}, {Unit: "stelle"}, {Tag: "kanarie"},
				{Text: "kanarie"}, {Owners: []string{"kanarie-stelle", "stelle"}}, {Kind: "tool", Fields: map[string]string{"licence": "Kanarie"}},
				{State: "published", Sort: "-updated"}, {State: "draft"}, {Overdue: h.clock.now().AddDate(5, 0, 0)},
			} {
				pages, n, err := h.List(ctx, a, q)
				say(pages, err)
				q.Offset, q.Limit = 0, 1
				_, again, err := h.List(ctx, a, q)
				if err != nil || again != n || n > len(pages) && len(pages) < 50 {
					h.t.Errorf("%s: %+v gives %d of %d pages, then %d (%v)", a.Name, q, len(pages), n, again, err)
				}
			}
		},
		"FieldValues": func(a access.Actor, say func(any, error)) {
			for _, f := range [][2]string{{"tool", "licence"}, {"tool", "purpose"}, {"unit", "short_name"}, {"unit", "parent"}} {
				say(h.FieldValues(ctx, a, f[0], f[1]))
			}
		},
		"CountKinds": func(a access.Actor, say func(any, error)) {
			counts, err := h.CountKinds(ctx, a)
			say(counts, err)
			for kind, n := range counts {
				if _, total, err := h.List(ctx, a, wiki.ListQuery{Kind: kind}); err != nil || total != n {
					h.t.Errorf("%s: %d pages of kind %s are counted, %d listed (%v)", a.Name, n, kind, total, err)
				}
			}
		},
		"Recent": func(a access.Actor, say func(any, error)) {
			say(h.Recent(ctx, a, nil, nil, 100))
			say(h.Recent(ctx, a, nil, []string{"kanarie-stelle", "stelle", "z"}, 100))
			say(h.Recent(ctx, a, []string{"tool"}, nil, 100))
		},
		"Walk": func(a access.Actor, say func(any, error)) {
			for _, q := range []wiki.WalkQuery{{Limit: 100}, {Kind: "tool"}, {Space: "tresor"}, {Tag: "kanarie"}, {AfterTime: h.clock.now().AddDate(-1, 0, 0), AfterID: "0"}} {
				say(h.Walk(ctx, a, q))
			}
		},
		"Resolve": func(a access.Actor, say func(any, error)) {
			for _, space := range []string{"", "handbuch", "tresor"} {
				found, err := h.Resolve(ctx, a, space, refs)
				targets := make([]page.Target, 0, len(found))
				for _, t := range found {
					targets = append(targets, t)
				}
				say(targets, err)
			}
		},
		"Units": func(a access.Actor, say func(any, error)) { say(h.Units(ctx, a)) },
		"Search": func(a access.Actor, say func(any, error)) {
			for _, q := range []page.Query{
				{Text: "kanarie", Facets: true}, {Text: "kanarie thema"}, {Text: "Ablauf", Facets: true}, {Text: "kanari"}, {Spaces: []string{"tresor"}, Facets: true},
				{Tags: []string{"kanarie"}, Facets: true}, {Units: []string{"kanarie-stelle"}, Facets: true}, {Kinds: []string{"tool"}, Facets: true},
			} {
				res, err := h.Search(ctx, a, q)
				say(res, err)
				if res.Total != len(res.Hits) {
					h.t.Errorf("%s: %+v finds %d, shows %d", a.Name, q, res.Total, len(res.Hits))
				}
			}
		},
		"Suggest": func(a access.Actor, say func(any, error)) {
			for _, s := range []string{"k", "kan", "kanarie", "Thema"} {
				say(h.Suggest(ctx, a, s, nil, 10))
				say(h.Suggest(ctx, a, s, []string{"tool"}, 10))
			}
		},
		"Bin": func(a access.Actor, say func(any, error)) {
			for _, key := range []string{"handbuch", "normen", "tresor", "gibt-es-nicht"} {
				_, list, err := h.Bin(ctx, a, key)
				say(list, err)
			}
		},
		"InBin": func(a access.Actor, say func(any, error)) { say(h.InBin(ctx, a, h.binned)) },
		"Attachments": func(a access.Actor, say func(any, error)) {
			for _, id := range h.ids {
				say(h.Attachments(ctx, a, id))
			}
		},
		"OpenFile": func(a access.Actor, say func(any, error)) {
			for _, at := range addresses {
				f, r, err := h.OpenFile(ctx, a, at[0], at[1], "kanarie.txt")
				say(f, err)
				if err == nil {
					b, err := io.ReadAll(r)
					say(string(b), err)
					if err := r.Close(); err != nil {
						h.t.Error(err)
					}
				}
			}
		},
		"Preview": func(a access.Actor, say func(any, error)) {
			for _, space := range []string{"handbuch", "normen", "tresor", "gibt-es-nicht"} {
				for _, r := range refs {
					if !strings.Contains(strings.ToLower(r), canary) { // what somebody types is shown again
						say(h.Preview(ctx, a, space, "x", "de", "[["+r+"]]"))
					}
				}
			}
		},
		"Steps": func(a access.Actor, say func(any, error)) {
			for _, id := range h.ids {
				if p, err := h.Page(ctx, a, id); err == nil {
					say(h.Steps(ctx, a, p))
				}
			}
		},
	}
}

func TestNothingLeaksFromAClosedSpace(t *testing.T) {
	t.Parallel()
	h := newClosedHouse(t)
	probes := h.probes()
	service := reflect.TypeOf(h.Service)
	for i := range service.NumMethod() {
		name := service.Method(i).Name
		if (probes[name] == nil) == (notProbed[name] == "") {
			t.Errorf("%s must be probed for leaks, or listed with a reason", name)
		}
	}
	for _, a := range []access.Actor{nobody, guest, clerk, other, chief, editor, admin} {
		for name, probe := range probes {
			probe(a, func(got any, err error) {
				if err != nil {
					m, _ := errs.MessageOf(err)
					got = []any{m, errs.FieldsOf(err)}
				}
				b, jerr := json.Marshal(got)
				if jerr != nil {
					t.Fatal(jerr)
				}
				if strings.Contains(strings.ToLower(string(b)), canary) {
					t.Errorf("%s to %q (guest %v): %s", name, a.Name, a.Guest, b)
				}
			})
		}
	}
	// The probes do find what they look for when somebody may see it.
	for name, probe := range probes {
		found := false
		probe(insider, func(got any, err error) {
			b, jerr := json.Marshal(got)
			if err == nil && jerr == nil && strings.Contains(strings.ToLower(string(b)), canary) {
				found = true
			}
		})
		if !found && name != "CountKinds" && name != "Steps" && name != "Units" { // units of closed spaces stand in no tree
			t.Errorf("%s finds nothing for the insider either: the probe proves nothing", name)
		}
	}
}

// Drafts are as closed as spaces, for those who may not write there.
func TestDraftsAreForWriters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.create(insider, wiki.Input{Kind: "guide", Space: "normen", Title: "Kanarie im Entwurf", Tags: []string{"kanarie"}})
	from := h.published(insider, wiki.Input{Kind: "guide", Space: "normen", Title: "Verweis", Body: "[[" + string(d.ID) + "]]\n"})
	h.indexed()
	for _, c := range []struct {
		who  access.Actor
		sees bool
	}{{insider, true}, {editor, true}, {clerk, false}, {admin, false}, {guest, false}} {
		_, err := h.Page(h.ctx, c.who, d.ID)
		if (err == nil) != c.sees {
			t.Errorf("%s: %v", c.who.Name, err)
		}
		res, err := h.Search(h.ctx, c.who, page.Query{Text: "kanarie", Facets: true})
		if err != nil || (res.Total > 0) != c.sees || (len(res.Facets["tag"]) > 0) != c.sees {
			t.Errorf("%s finds %+v, %v", c.who.Name, res, err)
		}
		v, err := h.View(h.ctx, c.who, "normen", from.Slug)
		if err != nil || strings.Contains(v.Rendered.Body, "Kanarie") {
			t.Errorf("%s reads %q, %v", c.who.Name, v.Rendered.Body, err)
		}
	}
}

// Whoever may not do something is told what they would be told if it did not exist.
func TestForbiddenIsUnknown(t *testing.T) {
	t.Parallel()
	h := newClosedHouse(t)
	in := guide("x", "")
	for _, a := range []access.Actor{nobody, guest, clerk, editor, admin} {
		for _, id := range []page.ID{h.secret[0].ID, h.binned, "01ARZ3NDEKTSV4RRFFQ69G5FAV", ""} {
			for name, do := range map[string]func() error{
				"edit":    func() error { _, err := h.Edit(h.ctx, a, id, 3, in); return err },
				"restore": func() error { _, err := h.Restore(h.ctx, a, id, 3, 1); return err },
				"advance": func() error { _, err := h.Advance(h.ctx, a, id, 3, "archive", "x"); return err },
				"confirm": func() error { _, err := h.Confirm(h.ctx, a, id, 3); return err },
				"attach": func() error {
					_, err := h.Attach(h.ctx, a, id, asGiven{}, wiki.FileInput{Name: "x.txt", Read: text("x")})
					return err
				},
				"delete":   func() error { return h.Delete(h.ctx, a, id, 3, "x") },
				"undelete": func() error { _, err := h.Undelete(h.ctx, a, id); return err },
				"purge":    func() error { return h.Purge(h.ctx, a, id) },
				"remove":   func() error { return h.RemoveFile(h.ctx, a, id, "kanarie.txt") },
			} {
				if err := do(); !errs.Is(err, errs.NotFound) {
					t.Errorf("%s of %q by %q: %v", name, id, a.Name, err)
				}
			}
		}
	}
	// A reference to a closed page is refused like one that leads nowhere.
	in = wiki.Input{Kind: "process", Space: "handbuch", Title: "x", Fields: fields("purpose", "x"), Relations: []page.Relation{
		{Key: "uses_tool", Ref: string(h.secret[0].ID)}, {Key: "similar_to", Ref: "01ARZ3NDEKTSV4RRFFQ69G5FAV"}}}
	for _, a := range []access.Actor{clerk, insider} { // not even by somebody who may read it: others will read the page
		_, err := h.Create(h.ctx, a, in)
		wantFields(t, err, "relations.uses_tool", "relations.similar_to")
		for _, f := range errs.FieldsOf(err) {
			if f.Msg.Key != "wiki.ref_missing" {
				t.Errorf("%s: %s", f.Name, f.Msg)
			}
		}
	}
}

// Forbidden and unknown take the same way through the store; this is about order of magnitude, not milliseconds.
func TestForbiddenTakesNoOtherWay(t *testing.T) {
	t.Parallel()
	h := newClosedHouse(t)
	median := func(id page.ID) time.Duration {
		var took []time.Duration
		for range 60 {
			start := time.Now()
			if _, err := h.Page(h.ctx, clerk, id); !errs.Is(err, errs.NotFound) {
				t.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	forbidden, unknown := median(h.secret[0].ID), median("01ARZ3NDEKTSV4RRFFQ69G5FAV")
	if diff := (forbidden - unknown).Abs(); diff > 5*time.Millisecond {
		t.Errorf("forbidden takes %v, unknown %v", forbidden, unknown)
	}
}
