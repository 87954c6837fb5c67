package transfer

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func mapFS(files map[string][]byte) fstest.MapFS {
	out := fstest.MapFS{}
	for name, body := range files {
		out[name] = &fstest.MapFile{Data: body, Mode: 0o644}
	}
	return out
}

// TestRoundTrip: what a tree with every kind of unpleasant value becomes stands in testdata/tree.export; a house
// that is filled from that export exports the same bytes, and the first one does not change by it either.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	first := newInstance(t)
	r := first.imports(os.DirFS("testdata/tree"), ImportOptions{})
	if r.Failed() > 0 || r.Pages[wiki.ImportCreated] != 6 || len(r.Files) > 0 || r.Attachments != 2 || r.Values != 3 {
		t.Errorf("%+v", r)
	}
	out := first.exported()
	golden(t, "tree.export", out)

	before := first.seq()
	r = first.imports(mapFS(out), ImportOptions{})
	if r.Pages[wiki.ImportUnchanged] != 6 || r.Attachments != 0 || r.Values != 0 || r.Failed() > 0 || first.seq() != before {
		t.Errorf("importing the own export: %s, %d files, %d values; %v, before %v", r.Summary(), r.Attachments, r.Values, first.seq(), before)
	}
	r = first.imports(os.DirFS("testdata/tree"), ImportOptions{})
	if r.Pages[wiki.ImportUnchanged] != 6 || r.Attachments != 0 || r.Values != 0 || first.seq() != before {
		t.Errorf("importing the tree again: %s", r.Summary())
	}

	second := newInstance(t)
	r = second.imports(mapFS(out), ImportOptions{})
	if r.Pages[wiki.ImportCreated] != 6 || r.Failed() > 0 {
		t.Errorf("%+v", r)
	}
	sameTree(t, "export of the second house", second.exported(), out)
}

// A house in use: everything the use cases write survives the way through files.
func TestRoundTripOfAHouseInUse(t *testing.T) {
	t.Parallel()
	first := newInstance(t)
	w := first.Wiki
	clerk := access.Actor{UserID: "u1", Name: "Erika Mustermann", Label: "Referat Z 2 (Süd)", Units: []string{"z2"}}
	for _, sp := range []page.Space{
		{Key: "handbuch", Title: "Handbuch", Type: page.SpaceOpen, Summary: "x"},
		{Key: "leer", Title: "Ohne Seiten", Type: page.SpaceRestricted, Reason: "Grund", ReviewDue: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := w.SaveSpace(first.ctx, access.Program("Test"), sp, true); err != nil {
			t.Fatal(err)
		}
	}
	must := func(p page.Page, err error) page.Page {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	tool := must(w.Create(first.ctx, clerk, wiki.Input{Kind: "tool", Space: "handbuch", Title: "E-Reise", Fields: page.Fields{"purpose": "x", "type": "software"}}))
	p := must(w.Create(first.ctx, clerk, wiki.Input{Kind: "process", Space: "handbuch", Title: "Reise", Body: "\tText\n\n    Code\n", Fields: page.Fields{"purpose": "\u00a0Zweck\u2003"}}))
	p = must(w.Advance(first.ctx, clerk, p.ID, p.Revision, "publish", ""))
	in := wiki.InputOf(p)
	in.Slug, in.Comment = "dienstreise", "kürzer: \"ja\"\\"
	in.Relations = []page.Relation{{Key: "uses_tool", Ref: "tool/e-reise"}, {Key: "similar_to", Ref: "process/reise"}, {Key: "uses_tool", Ref: string(tool.ID)}}
	p = must(w.Edit(first.ctx, clerk, p.ID, p.Revision, in))
	p = must(w.Confirm(first.ctx, clerk, p.ID, p.Revision))
	p = must(w.Restore(first.ctx, clerk, p.ID, p.Revision, 1))
	must(w.Edit(first.ctx, clerk, p.ID, p.Revision, in))

	files := map[string][]byte{"foto.jpg": jpegImage(t), "anlage.txt": []byte("Text"), "_files.yaml.txt": []byte("a: b\n"), "Foto.values.txt": []byte("x"), "seite.txt": []byte("# Kein Kapitel\n")}
	for name, body := range files {
		if _, err := w.Attach(first.ctx, clerk, p.ID, first.Files, wiki.FileInput{Name: name, Alt: "zu " + name, Read: bytes.NewReader(body)}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	out := first.exported()
	for name, body := range out {
		if strings.Contains(string(body), "Erika") || strings.Contains(string(body), "u1\"") {
			t.Errorf("%s names a person", name)
		}
	}
	before := first.seq()
	r := first.imports(mapFS(out), ImportOptions{})
	if r.Pages[wiki.ImportUnchanged] != 2 || r.Attachments != 0 || first.seq() != before {
		t.Errorf("importing the own export: %s, %d files", r.Summary(), r.Attachments)
	}
	second := newInstance(t)
	if r := second.imports(mapFS(out), ImportOptions{}); r.Failed() > 0 || r.Attachments != len(files) || len(r.Files) > 0 {
		t.Errorf("%+v", r)
	}
	sameTree(t, "second house", second.exported(), out)
	if got, err := second.Wiki.PageAt(second.ctx, clerk, "handbuch", "reise"); err != nil || got.Slug != "dienstreise" {
		t.Errorf("the former address leads to %q, %v", got.Slug, err)
	}
}

func jpegImage(t testing.TB) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			img.Set(x, y, color.RGBA{uint8(x * 6), uint8(y * 8), uint8(x * y), 255})
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestExportRefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	in := newInstance(t)
	dir := t.TempDir()
	if n, err := Export(in.ctx, in.Parts, dir, nil); err != nil || n != 0 {
		t.Errorf("an empty house into an empty folder: %d, %v", n, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Export(in.ctx, in.Parts, dir, nil); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v", err)
	}
}

// The text that is rendered once for all readers of a space names no page of a closed one, whichever way it came in.
func TestImportKeepsClosedTitlesClosed(t *testing.T) {
	t.Parallel()
	open := func(slug, body string) string {
		return "---\nkind: guide\nspace: offen\nslug: " + slug + "\ntitle: " + slug + "\nstate: published\n---\n" + body
	}
	const links = "[[Kanarientitel]] [[zu:kanarie]] [[guide/kanarie]] [[kanarie]] [[01ARZ3NDEKTSV4RRFFQ69G5A09]] [[Kanarienentwurf]] [[decision/entwurf]]\n"
	files := map[string][]byte{
		"a.md":        []byte(open("a", links)),
		"kanarie.md":  []byte("---\nid: 01ARZ3NDEKTSV4RRFFQ69G5A09\nkind: guide\nspace: zu\nslug: kanarie\ntitle: Kanarientitel\nstate: published\n---\n"),
		"entwurf.md":  []byte("---\nkind: decision\nspace: offen\nslug: entwurf\ntitle: Kanarienentwurf\nfields: {context: x}\n---\n"),
		"entwurf2.md": []byte("---\nkind: guide\nspace: offen\nslug: entwurf2\ntitle: Kanarienentwurf\nstate: draft\n---\n"),
		"z.md":        []byte(open("z", links)),
	}
	closed := page.Space{Key: "zu", Title: "Zu", Type: page.SpaceRestricted, Reason: "x", ReviewDue: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)}
	for name, prepare := range map[string]func(*instance, map[string][]byte){
		"the space is there": func(in *instance, _ map[string][]byte) {
			if err := in.Wiki.SaveSpace(in.ctx, access.Program("Test"), closed, true); err != nil {
				t.Fatal(err)
			}
		},
		"the space comes with the tree": func(_ *instance, files map[string][]byte) {
			files["zu/_space.yaml"] = []byte("key: zu\ntitle: Zu\ntype: restricted\nreason: x\nreview_due: 2027-05-01\n")
		},
		"the tree calls a closed space open": func(in *instance, files map[string][]byte) {
			if err := in.Wiki.SaveSpace(in.ctx, access.Program("Test"), closed, true); err != nil {
				t.Fatal(err)
			}
			files["zu/_space.yaml"] = []byte("key: zu\ntitle: Zu\ntype: open\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := newInstance(t)
			files := maps.Clone(files)
			prepare(in, files)
			for run := range 2 {
				if r := in.imports(mapFS(files), ImportOptions{}); r.Failed() > 0 {
					t.Fatal(r.Summary())
				}
				for _, slug := range []string{"a", "z"} {
					v, err := in.Wiki.View(in.ctx, access.Program("Test"), "offen", slug)
					if err != nil {
						t.Fatal(err)
					}
					for _, leak := range []string{`href="/wiki/zu/`, `/wiki/offen/entwurf`} {
						if strings.Contains(v.Rendered.Body, leak) {
							t.Errorf("run %d: %s shows %s:\n%s", run, slug, leak, v.Rendered.Body)
						}
					}
				}
			}
		})
	}
}

// An image that went through an export stays as it is: its bytes are made anew once, not with each house.
func TestImagesSettle(t *testing.T) {
	t.Parallel()
	in := newInstance(t)
	tree := map[string][]byte{"s/a.md": []byte("# A\n"), "s/a.files/foto.jpg": jpegImage(t), "s/a.files/p.gif": gif(t)}
	in.imports(mapFS(tree), ImportOptions{Space: "s"})
	out := in.exported()
	for range 2 {
		next := newInstance(t)
		next.imports(mapFS(out), ImportOptions{})
		sameTree(t, "next house", next.exported(), out)
	}
}

// gif is the smallest picture there is.
func gif(t testing.TB) []byte {
	b, err := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
