package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

// auditHouse is a store with an audit log of n entries and a head signed over each thousandth.
type auditHouse struct {
	*Store
	dir    string
	clock  time.Time
	signer audit.Signer
	heads  bytes.Buffer
}

func newAuditHouse(t *testing.T, n int) *auditHouse {
	t.Helper()
	h := &auditHouse{dir: t.TempDir(), clock: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	var err error
	if h.signer, err = audit.NewSigner(bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	h.reopen(t)
	for done := 0; done < n; {
		var batch []audit.Event
		for range min(1000, n-done) {
			done++
			e := audit.Event{Action: audit.SignIn, Object: "instance", Actor: "PERSON" + strconv.Itoa(done%500), Network: "192.0.2.1"}
			if done%7 == 0 {
				e = audit.Event{Action: audit.MemberSet, Object: "space:tresor", Actor: "ADMIN", Subject: "PERSON" + strconv.Itoa(done%500), Detail: map[string]string{"level": "member"}}
			}
			batch = append(batch, e)
		}
		if err := h.Record(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
		h.sign(t)
		h.clock = h.clock.Add(time.Minute)
	}
	return h
}

func (h *auditHouse) reopen(t *testing.T) {
	t.Helper()
	var err error
	o := options(t, h.dir)
	o.Now = func() time.Time { return h.clock }
	if h.Store, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
}

func (h *auditHouse) sign(t *testing.T) {
	t.Helper()
	last, err := h.LastAudit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.heads.WriteString("Nov 02 host lernraum[1]: INFO audit " + h.signer.Sign(last, h.clock).String() + "\n")
}

func (h *auditHouse) verify() (audit.Report, error) {
	return audit.Verify(context.Background(), h, bytes.NewReader(h.heads.Bytes()), h.signer.Public())
}

// tamper does to the file what somebody with the file can do.
func (h *auditHouse) tamper(t *testing.T, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(h.dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, name := range []string{"audit_is_immutable", "audit_is_kept", "audit_person_is_immutable"} {
		statements = append([]string{"DROP TRIGGER IF EXISTS " + name}, statements...)
	}
	for _, s := range append([]string{"PRAGMA busy_timeout = 5000"}, statements...) {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// R-LOG-3: of 100,000 entries one is changed, deleted, inserted, put elsewhere, or the end is cut off. Each is found, at
// its place; the truncation by the signed heads only, which is why they are kept elsewhere.
func TestTamperingWithTheAuditLogIsFound(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() {
		n = 3_000
	}
	mid := n / 2
	at := strconv.Itoa(mid)
	h := newAuditHouse(t, n)
	r, err := h.verify()
	if err != nil || r.Entries != n || r.First != 1 || r.Last != int64(n) || r.Heads != (n+999)/1000 {
		t.Fatalf("untouched: %+v, %v", r, err)
	}
	all := "seq, at, action, outcome, object, detail, actor_hash, subject_hash, hash"
	for _, c := range []struct {
		name       string
		do, undo   []string
		first, end int // where it may be found
	}{
		{"changed", []string{"UPDATE audit SET object = 'space:anderswo' WHERE seq = " + at}, []string{"UPDATE audit SET object = (SELECT object FROM kept WHERE seq = " + at + ") WHERE seq = " + at}, mid, mid},
		{"deleted", []string{"PRAGMA foreign_keys = OFF", "DELETE FROM audit WHERE seq = " + at}, []string{"INSERT INTO audit SELECT * FROM kept WHERE seq = " + at}, mid, mid},
		{"inserted", []string{"PRAGMA foreign_keys = OFF", "UPDATE audit SET seq = -seq WHERE seq >= " + at, "UPDATE audit SET seq = 1 - seq WHERE seq < 0",
			"INSERT INTO audit SELECT " + all + " FROM kept WHERE seq = " + at}, []string{"DELETE FROM audit", "INSERT INTO audit SELECT * FROM kept"}, mid, mid + 1},
		{"reordered", []string{"PRAGMA foreign_keys = OFF", "UPDATE audit SET seq = -1 WHERE seq = " + at, "UPDATE audit SET seq = " + at + " WHERE seq = " + at + " + 1",
			"UPDATE audit SET seq = " + at + " + 1 WHERE seq = -1"}, []string{"DELETE FROM audit", "INSERT INTO audit SELECT * FROM kept"}, mid, mid + 1},
		{"truncated", []string{"PRAGMA foreign_keys = OFF", "DELETE FROM audit WHERE seq > " + at}, []string{"INSERT INTO audit SELECT * FROM kept WHERE seq > " + at}, mid + 1, mid + 1},
		{"personal part changed", []string{"UPDATE audit_person SET user_id = 'SOMEBODY' WHERE seq = " + at + " AND part = 'actor'"},
			[]string{"UPDATE audit_person SET user_id = (SELECT user_id FROM kept_person WHERE seq = " + at + " AND part = 'actor') WHERE seq = " + at + " AND part = 'actor'"}, mid, mid},
	} {
		h.tamper(t, append([]string{"DROP TABLE IF EXISTS kept", "CREATE TABLE kept AS SELECT * FROM audit", "DROP TABLE IF EXISTS kept_person", "CREATE TABLE kept_person AS SELECT * FROM audit_person"}, c.do...)...)
		_, err := h.verify()
		b, ok := errors.AsType[audit.Broken](err)
		if !ok || b.Seq < int64(c.first) || b.Seq > int64(c.end) {
			t.Errorf("%s: %v, want a break at %d to %d", c.name, err, c.first, c.end)
		}
		h.tamper(t, append([]string{"PRAGMA foreign_keys = OFF"}, c.undo...)...)
		if _, err := h.verify(); err != nil {
			t.Fatalf("%s, taken back: %v", c.name, err)
		}
	}
}

// The whole chain computed anew, as somebody with the program could do it, is found by the heads.
func TestAForgedChainIsFoundByTheHeads(t *testing.T) {
	h := newAuditHouse(t, 2500)
	var last audit.Entry
	var forged []audit.Entry
	if err := h.EachAudit(t.Context(), 0, func(e audit.Entry) error {
		if e.Seq != 1200 {
			last = audit.Append(last, e.Event, e.At)
			forged = append(forged, last)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	other := newAuditHouse(t, 0)
	for _, e := range forged {
		if err := other.Record(t.Context(), e.Event); err != nil {
			t.Fatal(err)
		}
	}
	other.heads = h.heads
	if _, err := other.verify(); err == nil {
		t.Error("nobody noticed")
	}
	if _, err := audit.Verify(t.Context(), other, nil, other.signer.Public()); err != nil {
		t.Errorf("without heads a forged chain looks whole: %v", err)
	}
	h.heads.WriteString(strings.Replace(h.heads.String()[strings.LastIndex(strings.TrimSpace(h.heads.String()), "\n")+1:], " 2500 ", " 2501 ", 1))
	if _, err := h.verify(); err == nil {
		t.Error("a changed head is taken")
	}
}

// When the time of the oldest entries is over they go, an entry of the chain says so, and what is left is whole.
func TestAuditLogIsCutInTheOpen(t *testing.T) {
	h := newAuditHouse(t, 5000)
	start := h.clock.Add(-5 * time.Minute)
	gone, err := h.CutAudit(t.Context(), start.Add(2*time.Minute))
	if err != nil || gone != 2000 {
		t.Fatalf("%d, %v", gone, err)
	}
	r, err := h.verify()
	if err != nil || r.First != 2001 || r.Entries != 3001 || r.Heads != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	if gone, err := h.CutAudit(t.Context(), start.Add(3*time.Minute)); err != nil || gone != 1000 {
		t.Fatalf("%d, %v", gone, err)
	}
	if _, err := h.verify(); err != nil {
		t.Fatal(err)
	}
	if gone, err := h.CutAudit(t.Context(), h.clock.AddDate(5, 0, 0)); err != nil || gone != 2001 { // all but the newest
		t.Fatalf("%d, %v", gone, err)
	}
	if r, err := h.verify(); err != nil || r.Entries != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	// A beginning that is gone without a word is found.
	h.tamper(t, "PRAGMA foreign_keys = OFF", "INSERT INTO audit_cut SELECT seq, hash FROM audit ORDER BY seq LIMIT 1", "DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)")
	if _, err := h.verify(); err == nil {
		t.Error("nobody noticed")
	}
}

func TestPersonalPartsOfTheAuditLogGo(t *testing.T) {
	h := newAuditHouse(t, 3000)
	gone, err := h.ErasePersons(t.Context(), h.clock.Add(-90*time.Second))
	if err != nil || gone == 0 {
		t.Fatal(gone, err)
	}
	if r, err := h.verify(); err != nil || r.Erased != gone {
		t.Fatalf("%d erased, %+v, %v", gone, r, err)
	}
	old, err := h.AuditEntries(t.Context(), audit.Query{Before: 1001, Limit: 1})
	if err != nil || len(old) != 1 || old[0].Actor != "" || old[0].Network != "" || old[0].Subject != "" {
		t.Errorf("%+v, %v", old, err)
	}
	own, err := h.AuditEntries(t.Context(), audit.Query{Person: "PERSON7", Limit: 500})
	if err != nil || len(own) == 0 {
		t.Fatal(own, err)
	}
	for _, e := range own {
		if e.Actor != "PERSON7" && e.Subject != "PERSON7" {
			t.Errorf("%+v is about somebody else", e)
		}
	}
}

// Entries can be changed or deleted neither by mistake nor by a statement of this program.
func TestAuditEntriesAreKept(t *testing.T) {
	h := newAuditHouse(t, 10)
	for _, q := range []string{"DELETE FROM audit WHERE seq = 5", "UPDATE audit SET object = 'x'", "UPDATE audit_person SET user_id = 'x'"} {
		err := h.write(t.Context(), "tamper", func(ctx context.Context, c *conn) error {
			_, err := c.exec(ctx, q)
			return err
		})
		if err == nil {
			t.Errorf("%s went through", q)
		}
	}
}

// What a deed records stands in the log exactly when the deed was done.
func TestDeedAndEntryAreOne(t *testing.T) {
	h := newAuditHouse(t, 1)
	e := audit.Event{Action: audit.AccountCreate, Object: "instance", Subject: "U1"}
	u := auth.User{ID: "U1", Login: "person", Name: "Person"}
	if err := h.CreateUser(t.Context(), u, e); err != nil {
		t.Fatal(err)
	}
	if err := h.CreateUser(t.Context(), u, e); err == nil {
		t.Fatal("twice")
	}
	if err := h.SetPassword(t.Context(), "nobody", "x", e); err == nil {
		t.Fatal("nobody has a password")
	}
	list, err := h.AuditEntries(t.Context(), audit.Query{Actions: []audit.Action{audit.AccountCreate}})
	if err != nil || len(list) != 1 || list[0].Subject != "U1" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, a := range audit.Inventory() {
		if err := h.Record(t.Context(), audit.Event{Action: a, Object: "x\n\x1b[2J\"", Detail: map[string]string{"k\n": "v\u2028"}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.verify(); err != nil {
		t.Error(err)
	}
}
