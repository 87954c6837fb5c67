package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/privacy"
	"lernraum/internal/wiki"
)

func openAt(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, Now: func() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// person is somebody who stands everywhere a person can stand.
func person(t *testing.T, s *Store) (auth.User, page.ID) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.SaveSpace(ctx, page.Space{Key: "bereich", Title: "Bereich", Type: page.SpaceOpen}))
	must(s.CreateUser(ctx, auth.User{ID: "U0", Login: "verwaltung", Name: "Verwaltung", Roles: []access.Role{access.RoleAdmin}}))
	u := auth.User{
		ID: "U1", Login: "xaveria.kanarie", Name: "Xaveria Kanarie", Label: "Frau Kanarie, Z 2", Provider: "bund", Issuer: "https://idp.example", Subject: "kanarie-sub",
		Mail: "kanarie@example.org", Units: []string{"z2"}, Roles: []access.Role{access.RoleEditor}, Spaces: map[string]access.Membership{"bereich": access.Member},
	}
	must(s.CreateUser(ctx, u, audit.Event{Action: audit.AccountCreate, Object: "instance", Actor: "U0", Subject: "U1"}))
	must(s.CreateSession(ctx, auth.Session{Hash: auth.Hash{1}, ID: "s1", UserID: "U1", Device: "firefox windows", Network: "192.0.2.0/24", CreatedAt: time.UnixMilli(1), SeenAt: time.UnixMilli(1), ExpiresAt: time.UnixMilli(2)},
		audit.Event{Action: audit.SignIn, Object: "instance", Actor: "U1", Network: "192.0.2.77"}))
	w := benchWrite(1, 1)
	w.Page.Space, w.Page.Owner, w.UserID, w.By, w.Links, w.Page.ConfirmedRole = "bereich", "", "U1", u.Label, nil, u.Label
	_, err := s.Save(ctx, w)
	must(err)
	next := w
	next.Base, next.Page.Revision, next.Page.Body = 1, 2, "Bitte fragen Sie Frau Kanarie.\n"
	next.Rendered.Body, next.Rendered.Text = "<p>Bitte fragen Sie Frau Kanarie.</p>", "Bitte fragen Sie Frau Kanarie."
	_, err = s.Save(ctx, next)
	must(err)
	clean := next
	clean.Base, clean.Page.Revision, clean.Page.Body, clean.UserID, clean.By = 2, 3, "Bitte fragen Sie die Stelle.\n", "U0", "Verwaltung"
	clean.Rendered.Body, clean.Rendered.Text, clean.Page.ConfirmedRole = "<p>Stelle</p>", "Stelle", "Verwaltung"
	_, err = s.Save(ctx, clean)
	must(err)
	return u, w.Page.ID
}

func named(t *testing.T, dir, word string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if strings.Contains(strings.ToLower(string(b)), word) {
			found = append(found, filepath.Base(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// An erased person is in no byte of the data folder; the chain is whole, their texts stay, and the number is kept.
func TestAnErasedPersonIsNowhere(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	u, id := person(t, s)
	if len(named(t, dir, "kanarie")) == 0 {
		t.Fatal("the name is nowhere to begin with: the test proves nothing")
	}
	traces, err := s.Traces(t.Context(), u)
	if err != nil || len(traces) != 1 || traces[0].First != 1 || traces[0].Last != 2 || traces[0].Space != "bereich" {
		// Revision 1 names her in what it says of its confirmation, revision 2 in its text.
		t.Fatalf("traces %+v, %v", traces, err)
	}
	n, err := s.Erase(t.Context(), "U1", traces, audit.Event{Action: audit.AccountErase, Object: "instance", Actor: "U0"})
	if err != nil || n != 1 {
		t.Fatalf("erased as %d, %v", n, err)
	}
	if list, err := s.NameTraces(t.Context(), "bereich"); err != nil || len(list) != 1 || list[0].N != 1 {
		t.Errorf("noted: %+v, %v", list, err)
	}
	if _, err := s.Redact(t.Context(), id, 1, 2, page.Redaction{Reason: "Name"}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.NameTraces(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("noted after the text is gone: %+v, %v", list, err)
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"kanarie", "xaveria", "192.0.2", "idp.example"} {
		if found := named(t, dir, word); len(found) > 0 {
			t.Errorf("%s is in %v", word, found)
		}
	}
	columns, err := s.maps(t.Context(), "SELECT m.name AS t, i.name AS c FROM sqlite_master m, pragma_table_info(m.name) i WHERE m.type = 'table' AND i.type = 'TEXT'")
	if err != nil || len(columns) < 50 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	for _, c := range columns { // the id of the account is in no column of no table
		if rows, err := s.maps(t.Context(), fmt.Sprintf("SELECT 1 FROM %s WHERE %s = 'U1'", c["t"], c["c"])); err != nil || len(rows) > 0 {
			t.Errorf("%s.%s: %v, %v", c["t"], c["c"], rows, err)
		}
	}
	revs, err := s.Revisions(t.Context(), everything, id)
	if err != nil || len(revs) != 3 || revs[1].UserID != "former-1" || revs[1].By != "Ehemaliges Mitglied #1" || revs[0].UserID != "U0" {
		t.Errorf("history %+v, %v", revs, err)
	}
	chainWhole(t, s)
	sound(t, s)
	if _, err := s.Erase(t.Context(), "U0", nil); !errs.Is(err, errs.Invalid) {
		t.Errorf("the last administrator: %v", err)
	}
	if _, err := s.Erase(t.Context(), "U1", nil); !errs.Is(err, errs.NotFound) {
		t.Errorf("twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func chainWhole(t *testing.T, s *Store) {
	t.Helper()
	var v audit.Verifier
	if err := s.EachAudit(t.Context(), 1, v.Next); err != nil {
		t.Error(err)
	}
}

// A database from before is put in place: persons, pages and texts that were removed since do not come back (R-DS-4).
func TestARestoredDatabaseBringsNothingBack(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	_, id := person(t, s)
	gone := benchWrite(2, 2)
	gone.Page.Space, gone.Page.Owner, gone.Links, gone.Page.Title = "bereich", "", nil, "Kanarie"
	newest := benchWrite(3, 3)
	newest.Page.Space, newest.Page.Owner, newest.Links, newest.Page.Body = "bereich", "", nil, "Kanarie\n"
	if _, err := s.Save(t.Context(), gone, newest); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir)
	newer := newest
	newer.Base, newer.Page.Revision, newer.Page.Body = 1, 2, "Rein.\n"
	_, e1 := s.Save(t.Context(), newer)
	_, e2 := s.Erase(t.Context(), "U1", nil)
	_, e3 := s.Redact(t.Context(), id, 1, 2, page.Redaction{Reason: "Name"})
	_, e4 := s.Redact(t.Context(), newest.Page.ID, 1, 1, page.Redaction{Reason: "Name"})
	_, e5 := s.Delete(t.Context(), gone.Page.ID, 1, wiki.Deletion{Reason: "x"})
	if err := errors.Join(e1, e2, e3, e4, e5, s.Purge(t.Context(), gone.Page.ID), s.Close()); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, RemovedName)); err != nil || strings.Contains(strings.ToLower(string(b)), "kanarie") || strings.Count(string(b), "\n") != 4 {
		t.Fatalf("list of removals: %s, %v", b, err)
	}
	for range 2 { // and it stays so at the next start
		if err := os.WriteFile(filepath.Join(dir, FileName), backup, 0o600); err != nil {
			t.Fatal(err)
		}
		s = openAt(t, dir)
		if _, err := s.User(t.Context(), "U1"); !errs.Is(err, errs.NotFound) {
			t.Errorf("the account is back: %v", err)
		}
		r, err := s.Revision(t.Context(), everything, id, 2)
		if err != nil || r.Page.Body != "" || r.Redacted.At.IsZero() || r.UserID != "former-1" {
			t.Errorf("the text is back: %+v, %v", r, err)
		}
		for _, one := range []page.ID{gone.Page.ID, newest.Page.ID} {
			if _, err := s.Page(t.Context(), everything, one); !errs.Is(err, errs.NotFound) {
				t.Errorf("page %s is back: %v", one, err)
			}
		}
		if _, err := s.InBin(t.Context(), everything, newest.Page.ID); err != nil {
			t.Errorf("a page whose newest text was removed is not in the bin: %v", err)
		}
		sound(t, s)
		chainWhole(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s = openAt(t, dir)
	if err := s.CreateUser(t.Context(), auth.User{ID: "U9", Login: "neu", Name: "Neu"}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Erase(t.Context(), "U9", nil); err != nil || n != 2 { // no number is given twice
		t.Errorf("the next number is %d, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// A line that the end of the process cut short stops nothing.
	f, err := os.OpenFile(filepath.Join(dir, RemovedName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(`{"account":"U`)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := openAt(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
}

// Every table that refers to an account is exported to the person, or listed with a reason, and keeps nothing after an
// erasure (R-DS-1).
func TestEveryTableAboutPersonsIsKnown(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := s.maps(t.Context(), `SELECT m.name AS name, group_concat(i.name) AS columns FROM sqlite_master m, pragma_table_info(m.name) i
		WHERE m.type = 'table' AND (i.name LIKE '%user%' OR i.name LIKE '%account%' OR i.name LIKE '%person%' OR i.name LIKE '%login%') GROUP BY m.name`)
	if err != nil || len(rows) < 8 {
		t.Fatalf("%v, %v", rows, err)
	}
	for _, r := range rows {
		name := r["name"].(string)
		exported := slices.ContainsFunc(ownTables, func(o struct{ table, query string }) bool { return o.table == name })
		if exported == (notOwn[name] != "") {
			t.Errorf("table %s (%s) must be exported to the person, or listed with a reason", name, r["columns"])
		}
	}
	u, _ := person(t, s)
	got := map[string]int{}
	if err := s.OwnData(t.Context(), access.Scope{Read: []string{"bereich"}}, u.ID, func(table string, row map[string]any) error {
		got[table]++
		for name := range row {
			if strings.Contains(name, "hash") || strings.Contains(name, "salt") || name == "tokens" {
				t.Errorf("%s gives %s", table, name)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"account": 1, "account_role": 1, "account_unit": 1, "space_member": 1, "session": 1, "audit_person": 2, "revision": 2} {
		if got[table] != want {
			t.Errorf("%s: %d rows, want %d", table, got[table], want)
		}
	}
	n := 0
	if err := s.OwnData(t.Context(), access.Scope{}, u.ID, func(table string, _ map[string]any) error {
		if table == "revision" {
			n++
		}
		return nil
	}); err != nil || n > 0 {
		t.Errorf("%d texts of pages nobody may read, %v", n, err)
	}
}

func TestNames(t *testing.T) {
	u := auth.User{Login: "ada", Name: "Ada Lovelace", Mail: "a.l@example.org"}
	for text, want := range map[string]bool{
		"Frau Lovelace": true, "LOVELACE, Ada": true, "Lovelaces Idee": true, "lovelaceartig": false, "ada hat": true, "adagio": false, "Radar": false,
		"(a.l@example.org)": true, "": false, "Referat Z 2": false, "Canada": false,
	} {
		if got := privacy.Names(u, text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A label that names nobody is that of a unit: others confirmed pages under it, and what they did stays theirs.
func TestErasingLeavesTheLabelsOfOthers(t *testing.T) {
	for _, label := range []string{"Referat Z 2", ""} {
		s := openAt(t, t.TempDir())
		u, _ := person(t, s)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		w := benchWrite(2, 1)
		w.Page.Space, w.Page.Owner, w.UserID, w.By, w.Links, w.Page.ConfirmedRole = "bereich", "", "U0", label, nil, label
		_, err := s.Save(t.Context(), w)
		must(err)
		must(s.SetName(t.Context(), u.ID, u.Name, label))
		_, err = s.Erase(t.Context(), u.ID, nil)
		must(err)
		p, err := s.Page(t.Context(), everything, w.Page.ID)
		if must(err); p.ConfirmedRole != label {
			t.Errorf("%q became %q", label, p.ConfirmedRole)
		}
		var kept int
		must(s.lookup(t.Context(), "count", func(ctx context.Context, c *conn) error {
			_, err := c.row(ctx, []any{&kept}, "SELECT count(*) FROM revision WHERE by_role LIKE '%Kanarie%' OR head ->> 12 LIKE '%Kanarie%'")
			return err
		}))
		if kept != 0 {
			t.Errorf("%d revisions still name the person", kept)
		}
		must(s.Close())
	}
}

// The list is replayed at every start. Numbers of revisions come again after a restore; their texts are not meant.
func TestWhatIsWrittenAfterARestoreStays(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	open := func() *Store {
		s, err := Open(t.Context(), Options{Dir: dir, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	_, id := person(t, s)
	p, err := s.Page(t.Context(), everything, id)
	if err != nil {
		t.Fatal(err)
	}
	// As after a restore: the list names revisions 2 to 3, and those that are there were saved later.
	if err := s.remember(removal{Page: string(id), From: 2, To: p.Revision, At: p.UpdatedAt.Add(-365 * 24 * time.Hour).UnixMilli()}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	again, err := s.Page(t.Context(), everything, id)
	if err != nil || again.Body != p.Body {
		t.Errorf("%+v, %v", again, err)
	}
	old, err := s.Revision(t.Context(), everything, id, 2)
	if err != nil || !old.Redacted.At.IsZero() {
		t.Errorf("%+v, %v", old, err)
	}
}
