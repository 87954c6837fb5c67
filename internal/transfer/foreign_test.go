package transfer

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// foreignResult is what a foreign tree becomes: every page as a file without its random id.
func foreignResult(t *testing.T, in *instance) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, body := range in.exported() {
		if strings.Contains(name, historyDir) {
			continue
		}
		if strings.HasSuffix(name, ".md") {
			_, rest, ok := bytes.Cut(body, []byte("\nkind: "))
			if !ok {
				t.Fatalf("%s: %s", name, body)
			}
			body = append([]byte("---\nkind: "), rest...)
		}
		out[name] = body
	}
	return out
}

func TestForeignTree(t *testing.T) {
	t.Parallel()
	in := newInstance(t)
	tree := os.DirFS("testdata/foreign")
	dry := in.imports(tree, ImportOptions{Space: "buch", SpaceTitle: "Das Buch", DryRun: true})
	if st := in.seq(); st.Seq != 0 || st.Pages != 0 {
		t.Errorf("the dry run wrote: %+v", st)
	}
	if spaces, err := in.store.Spaces(in.ctx); err != nil || len(spaces) != 0 {
		t.Errorf("the dry run made spaces: %v, %v", spaces, err)
	}
	r := in.imports(tree, ImportOptions{Space: "buch", SpaceTitle: "Das Buch"})
	if dry.Pages[wiki.ImportCreated] != r.Pages[wiki.ImportCreated] || dry.Failed() != r.Failed() {
		t.Errorf("the dry run said %s, the run %s", dry.Summary(), r.Summary())
	}
	var report bytes.Buffer
	if err := r.Print(&report); err != nil {
		t.Fatal(err)
	}
	got := foreignResult(t, in)
	got["report.txt"] = report.Bytes()
	golden(t, "foreign.golden", got)

	before := in.seq()
	again := in.imports(tree, ImportOptions{Space: "buch"})
	if again.Pages[wiki.ImportUnchanged] != r.Pages[wiki.ImportCreated] || again.Attachments != 0 || in.seq() != before {
		t.Errorf("the second run: %s, %d attachments; %v before %v", again.Summary(), again.Attachments, in.seq(), before)
	}
	if all := 10; r.Pages[wiki.ImportCreated]+r.Failed() != all {
		t.Errorf("%s: every one of %d files arrives or is named", r.Summary(), all)
	}
}

// Links to a page of the house in a foreign tree do not reach out of it, whatever they look like.
func TestNothingOutsideTheTreeIsRead(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	secret := filepath.Join(root, "geheim")
	tree := filepath.Join(root, "baum")
	for name, body := range map[string]string{
		"geheim/kanarie.md":        "# Kanarie\n",
		"geheim/kanarie.txt":       "Kanarie",
		"geheim/dir/kanarie.txt":   "Kanarie",
		"geheim/werte.csv":         "period,value\n2026-01,42\n",
		"baum/a.md":                "# A\n\n[x](../geheim/kanarie.txt) [y](/geheim/kanarie.md) [z](../../etc/passwd) [v](" + secret + "/kanarie.txt) ![b](verweis.txt) [w](..%2fgeheim%2fkanarie.txt) [u](file:///etc/passwd)\n",
		"baum/a.files/echt.txt":    "Echt",
		"baum/b.md":                "# B\n",
		"baum/c.md":                "---\nid: 01ARZ3NDEKTSV4RRFFQ69G5A01\ntitle: C\nkind: guide\nspace: s\n---\n",
		"geheim/history.jsonl":     `{"revision":1,"at":"2025-01-01T00:00:00Z","page":{"kind":"guide","space":"s","slug":"c","title":"Kanarie","state":"published","body":"Kanarie"}}` + "\n",
		"baum/.history/.gitignore": "",
	} {
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"verweis.txt": "../geheim/kanarie.txt", "verweis.md": "../geheim/kanarie.md", "ordner": "../geheim", "b.files": "../geheim/dir",
		"a.files/verweis.txt": "../../geheim/kanarie.txt", "b.values.csv": "../geheim/werte.csv", ".history/01ARZ3NDEKTSV4RRFFQ69G5A01.jsonl": "../../geheim/history.jsonl",
	} {
		if err := os.Symlink(to, filepath.Join(tree, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	in := newInstance(t)
	r := in.imports(os.DirFS(tree), ImportOptions{Space: "s"})
	out := in.exported()
	for name, body := range out {
		if strings.Contains(string(body), "Kanarie") || strings.Contains(name, "kanarie") || strings.Contains(string(body), "root:") || strings.Contains(name, "values") {
			t.Errorf("%s came in:\n%s", name, body)
		}
	}
	if string(out["s/a.files/echt.txt"]) != "Echt" {
		t.Errorf("what lies in the tree did not come in: %v", r)
	}
	var report bytes.Buffer
	if err := r.Print(&report); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"verweis.md", "verweis.txt", "a.files/verweis.txt"} {
		if !strings.Contains(report.String(), name+": not a regular file") {
			t.Errorf("%s is not named:\n%s", name, report.String())
		}
	}
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := func(body string) fs.FS { return fstest.MapFS{"a/x.md": {Data: []byte(body)}} }
	for _, c := range []struct {
		name string
		tree fs.FS
		opt  ImportOptions
		kind errs.Kind // of the error; Internal: any
		want string    // in the error, or in the report when ok
		ok   bool
	}{
		{"no space", file("# X\n"), ImportOptions{}, errs.Usage, "a/x.md names no space; say one with --space", false},
		{"no such kind", file("# X\n"), ImportOptions{Space: "s", Kind: "nix"}, errs.Usage, `no kind "nix"`, false},
		{"a space that is no key", file("# X\n"), ImportOptions{Space: "Übel/.."}, errs.Invalid, "Übel/..", false},
		{"an id that is none", file("---\nid: 7\ntitle: x\n---\n"), ImportOptions{Space: "s"}, 0, `id "7" is not a ULID`, true},
		{"tags that are none", file("---\ntags: {a: b}\n---\n"), ImportOptions{Space: "s"}, 0, "tags: want a list of words", true},
		{"a date that is none", file("---\nreview_due: bald\n---\n"), ImportOptions{Space: "s"}, 0, `review_due: want a date like 2026-11-21, not "bald"`, true},
		{"a title that is none", file("---\ntitle: [a]\n---\n"), ImportOptions{Space: "s"}, 0, "title: want a text", true},
		{"fields that are none", file("---\nfields: 7\n---\n"), ImportOptions{Space: "s"}, 0, "fields: want keys with values", true},
		{"relations that are none", file("---\nrelations: [a]\n---\n"), ImportOptions{Space: "s"}, 0, "relations: want keys with lists of references", true},
		{"a relation of nobody", file("---\nrelations: {loves: [x]}\n---\n"), ImportOptions{Space: "s"}, 0, "wiki.relation_unknown", true},
		{"a state of nobody, with an id", file("---\nid: 01ARZ3NDEKTSV4RRFFQ69G5A01\ntitle: x\nkind: guide\nspace: s\nstate: nix\n---\n"), ImportOptions{}, 0, "wiki.state_unknown", true},
		{"a space of one page that is no key", fstest.MapFS{
			"a.md": {Data: []byte("---\nspace: ../x\n---\n# A\n")}, "b.md": {Data: []byte("---\nspace: gut\n---\n# B\n")},
		}, ImportOptions{}, 0, "a.md", true},
		{"a space file that is none", fstest.MapFS{"s/_space.yaml": {Data: []byte("key: [")}, "s/a.md": {Data: []byte("# A\n")}}, ImportOptions{Space: "s"}, 0, "s/_space.yaml", false},
		{"a history that is none", fstest.MapFS{
			"a.md": {Data: []byte("---\nid: 01ARZ3NDEKTSV4RRFFQ69G5A01\ntitle: x\nspace: s\n---\n")},
			".history/01ARZ3NDEKTSV4RRFFQ69G5A01.jsonl": {Data: []byte("{\"revision\":2}\n")},
		}, ImportOptions{}, 0, "line 1: revision 2, want 1", true},
		{"values that are none", fstest.MapFS{
			"a.md": {Data: []byte("---\nkind: kpi\ntitle: x\nspace: s\n---\n")}, "a.values.csv": {Data: []byte("period,value\n2026-13,1\n")},
		}, ImportOptions{}, 0, "a.values.csv", true},
		{"two pages at one address", fstest.MapFS{
			"a.md": {Data: []byte("---\nid: 01ARZ3NDEKTSV4RRFFQ69G5A01\ntitle: x\nslug: x\nspace: s\n---\n")},
			"b.md": {Data: []byte("---\nid: 01ARZ3NDEKTSV4RRFFQ69G5A02\ntitle: x\nslug: x\nspace: s\n---\n")},
		}, ImportOptions{}, 0, "b.md", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := newInstance(t)
			c.opt.Actor = access.Program("Test")
			r, err := Import(in.ctx, in.Parts, c.tree, c.opt)
			if !c.ok {
				if err == nil || !strings.Contains(err.Error(), c.want) || c.kind != 0 && !errs.Is(err, c.kind) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var report bytes.Buffer
			if err := r.Print(&report); err != nil {
				t.Fatal(err)
			}
			if r.Failed() != 1 || !strings.Contains(report.String(), c.want) {
				t.Errorf("%d failures:\n%s", r.Failed(), report.String())
			}
		})
	}
}

// A page that was moved and edited here keeps its place when the folder is imported again.
func TestSecondRunAfterWorkHere(t *testing.T) {
	t.Parallel()
	in := newInstance(t)
	tree := fstest.MapFS{"a.md": {Data: []byte("# A\n\n[b](b.md)\n")}, "b.md": {Data: []byte("# B\n")}}
	in.imports(tree, ImportOptions{Space: "s"})
	clerk := access.Actor{UserID: "u", Label: "Referat"}
	p, err := in.Wiki.PageAt(in.ctx, clerk, "s", "b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Wiki.Confirm(in.ctx, clerk, p.ID, p.Revision); err != nil {
		t.Fatal(err)
	}
	if r := in.imports(tree, ImportOptions{Space: "s"}); r.Pages[wiki.ImportUnchanged] != 2 {
		t.Errorf("%s", r.Summary())
	}
}

// corpora are real handbooks; the folder is not part of the repository.
func corpora(t *testing.T, name string) fs.FS {
	t.Helper()
	root := os.Getenv("LERNRAUM_CORPORA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpora")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("corpora are not here: ", err)
	}
	return os.DirFS(dir)
}

func TestRealHandbooks(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	for name, kind := range map[string]string{"handbook-de": "", "handbook-en": "", "postmortems": "postmortem"} {
		t.Run(name, func(t *testing.T) {
			tree := corpora(t, name)
			files := 0
			if err := fs.WalkDir(tree, ".", func(_ string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && isMarkdown(d.Name()) && !strings.HasPrefix(d.Name(), ".") {
					files++
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			in := newInstance(t)
			r := in.imports(tree, ImportOptions{Space: name, Kind: kind})
			if r.Pages[wiki.ImportCreated]+r.Failed() != files || r.Failed() > 0 {
				t.Errorf("%d files: %s", files, r.Summary())
			}
			linked := 0
			if err := in.store.Each(in.ctx, func(p page.Page) error {
				linked += strings.Count(p.Body, "[["+name+":")
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if linked == 0 && name == "handbook-de" { // the others link by address or by a generator's tags
				t.Error("no link between files became a link between pages")
			}
			before := in.seq()
			again := in.imports(tree, ImportOptions{Space: name, Kind: kind})
			if again.Pages[wiki.ImportUnchanged] != files || again.Attachments > 0 || in.seq() != before {
				t.Errorf("second run: %s, %d attachments", again.Summary(), again.Attachments)
			}
			out := in.exported()
			next := newInstance(t)
			if r := next.imports(mapFS(maps.Clone(out)), ImportOptions{}); r.Failed() > 0 {
				t.Errorf("import of the export: %s", r.Summary())
			}
			sameTree(t, "export of the second house", next.exported(), out)
			t.Logf("%d pages, %d links between them, %d attachments, %d lost links, %d constructs, %d other files", files, linked, r.Attachments, len(r.Links), len(r.Constructs), len(r.Files))
		})
	}
}
