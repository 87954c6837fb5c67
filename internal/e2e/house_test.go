package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // to look at what is stored, and to let time pass
)

// house is a server that lets people in through the two providers.
type house struct {
	*instance
	db     *sql.DB
	ending sync.Once
}

const (
	clientID     = "lernraum"
	clientSecret = "ein-geheimnis-das-in-keinem-protokoll-steht"
	otherClient  = "anderes-programm"
)

// providersFile describes the providers as an operator does. The group "leitung" gives a role, "redaktion" manages a
// space, "z2" is a unit that does not exist.
func providersFile(scopes string, providers ...*provider) string {
	var b strings.Builder
	b.WriteString("providers:\n")
	prompt := ""
	if scopes == lasting {
		prompt = "    prompt: consent\n" // without, oidc-provider gives no refresh token
	}
	for _, p := range providers {
		fmt.Fprintf(&b, `  - key: %s
    label: {de: "Anmelden über %s", en: "Sign in with %s"}
    issuer: %s
    client-id: %s
    client-secret-file: client-secret
    scopes: [%s]
    groups-claim: groups
    organisation: "Behörde %s"
    groups:
      leitung: {roles: [controller]}
      redaktion: {spaces: {hilfe: manager}}
      z2: {units: [gibt-es-nicht]}
%s`, p.key, p.key, p.key, p.issuer, clientID, scopes, p.key, prompt)
	}
	return b.String()
}

// Scopes with which the house may read groups again by itself, and with which the browser has to come by.
const (
	lasting = "openid, profile, email, offline_access"
	passing = "openid, profile, email"
)

// newHouse serves an empty instance that knows the providers, whether they run or not.
func newHouse(t *testing.T, scopes string, providers ...*provider) *house {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"providers.yaml": providersFile(scopes, providers...), "client-secret": clientSecret + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in, err := serve(demo.bin, dir, "--listen", "127.0.0.1:0", "--providers", filepath.Join(dir, "providers.yaml"), "--log-level", "debug")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{instance: in}
	t.Cleanup(func() { h.close(t) })
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "lernraum.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.db = db
	return h
}

// close stops the server, once.
func (h *house) close(t *testing.T) {
	h.ending.Do(func() {
		if err := h.stop(); err != nil {
			t.Errorf("the server did not end as it should: %v", err)
		}
	})
}

// number asks the database for one number.
func (h *house) number(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	if err := h.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// alter does what no page offers: it lets time pass for a row.
func (h *house) alter(t *testing.T, statement string, args ...any) {
	t.Helper()
	res, err := h.db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: nothing is changed (%v)", statement, err)
	}
}

// sessions counts those who are signed in.
func (h *house) sessions(t *testing.T) int {
	t.Helper()
	return h.number(t, `SELECT count(*) FROM session`)
}

// command runs the program on the data of the house.
func (h *house) command(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(h.bin, append(args, "--data", filepath.Join(h.dir, "data"))...)
	cmd.Dir, cmd.Stdin = h.dir, bytes.NewBufferString(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("lernraum %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// client is how the providers know the house.
func (h *house) client(p *provider, id string) opClient {
	return opClient{
		ID: id, Secret: clientSecret, Redirects: []string{h.base + callbackPath},
		PostLogout: []string{h.base + signedOutPath}, Backchannel: h.base + backchannelPath(p.key),
	}
}
