package auth

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/access"
)

func reasonOf(err error) string {
	r, _ := errors.AsType[Refusal](err)
	return r.Reason
}

func TestGroups(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat(`"g",`, 201), ",")
	for _, c := range []struct {
		claims, path string
		want         []string
		found        bool
		reason       string
	}{
		{`{"groups":["a","b"]}`, "groups", []string{"a", "b"}, true, ""},
		{`{"groups":"a"}`, "groups", []string{"a"}, true, ""},
		{`{"groups":[]}`, "groups", nil, true, ""},
		{`{}`, "groups", nil, false, ""},
		{`{"groups":["a"]}`, "", nil, false, ""},
		{`{"a":{"b":{"c":["x"]}}}`, "a b c", []string{"x"}, true, ""},
		{`{"a":[{"b":["x"]}]}`, "a b", nil, false, ""},
		{`{"a.b":["x"]}`, "a.b", []string{"x"}, true, ""},
		{`{"groups":{"a":1}}`, "groups", nil, false, "groups_form"},
		{`{"groups":["a",1]}`, "groups", nil, false, "groups_form"},
		{`{"groups":["a",null]}`, "groups", nil, false, "groups_form"},
		{`{"groups":["a",["b"]]}`, "groups", nil, false, "groups_form"},
		{`{"groups":[""]}`, "groups", nil, false, "groups_form"},
		{`{"groups":7}`, "groups", nil, false, "groups_form"},
		{`{"groups":["` + strings.Repeat("x", 1025) + `"]}`, "groups", nil, false, "groups_form"},
		{`{"groups":[` + many + `]}`, "groups", nil, false, "overage"},
		{`{"_claim_names":{"groups":"src1"}}`, "groups", nil, false, "overage"},
		{`{"_claim_names":{"groups":"src1"},"groups":["a"]}`, "groups", nil, false, "overage"},
		{`{"_claim_names":{"address":"src1"},"groups":["a"]}`, "groups", []string{"a"}, true, ""},
		{`{"hasgroups":true}`, "groups", nil, false, "overage"},
		{`{"hasgroups":"true"}`, "groups", nil, false, "overage"},
		{`{"hasgroups":false}`, "groups", nil, false, ""},
		{`{"hasgroups":true}`, "roles", nil, false, ""},
	} {
		cs, err := decodeClaims([]byte(c.claims))
		if err != nil {
			t.Fatal(err)
		}
		got, found, err := cs.groups(strings.Fields(c.path))
		if !slices.Equal(got, c.want) || found != c.found || reasonOf(err) != c.reason {
			t.Errorf("%.80s at %q: %v, %v, %v", c.claims, c.path, got, found, err)
		}
	}
	for _, bad := range []string{"", "null", "[]", `"x"`, "{", "7"} {
		if _, err := decodeClaims([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestRightsOfGroups(t *testing.T) {
	t.Parallel()
	p := Provider{Groups: map[string]Rights{
		"a": {Roles: []access.Role{access.RoleEditor, access.RoleAdmin}, Units: []string{"z2"}, Spaces: map[string]access.Membership{"x": access.Manager}},
		"b": {Roles: []access.Role{access.RoleAdmin}, Units: []string{"z1"}, Spaces: map[string]access.Membership{"x": access.Member, "y": access.Member}},
	}}
	for _, groups := range [][]string{{"a", "b"}, {"b", "a", "a", "unbekannt"}} {
		want := Rights{
			Roles: []access.Role{access.RoleAdmin, access.RoleEditor}, Units: []string{"z1", "z2"},
			Spaces: map[string]access.Membership{"x": access.Manager, "y": access.Member},
		}
		if diff := cmp.Diff(want, p.rightsOf(groups)); diff != "" {
			t.Error(diff)
		}
	}
	// To the letter: neither case nor blanks nor a part of the name will do.
	if r := p.rightsOf([]string{"A", "a ", " a", "aa", "", "b\u0000"}); len(r.Roles)+len(r.Units)+len(r.Spaces) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestPerson(t *testing.T) {
	t.Parallel()
	p := Provider{Key: "bund", Issuer: "https://op.test", Organisation: "Amt"}
	login := p.login("17")
	if validLogin(login) || login != p.login("17") || login == p.login("18") || !strings.HasPrefix(login, "bund:") || len(login) > maxLogin {
		t.Errorf("login %q", login)
	}
	for _, c := range []struct{ id, info, name, mail, verified string }{
		{`{"name":"Anna"}`, `{"name":"Berta"}`, "Anna", "", ""},
		{`{}`, `{"name":"Berta"}`, "Berta", "", ""},
		{`{"given_name":"Anna","family_name":"Beispiel"}`, ``, "Anna Beispiel", "", ""},
		{`{"preferred_username":"anna"}`, ``, "anna", "", ""},
		{`{}`, ``, login, "", ""},
		{`{"name":"  A\u202e\u0000n\nn\u200ba\t "}`, ``, "An na", "", ""},
		{`{"name":7}`, ``, login, "", ""},
		{`{"name":"\u202e"}`, ``, login, "", ""},
		{`{"name":"` + strings.Repeat("ä", 300) + `"}`, ``, strings.Repeat("ä", 200), "", ""},
		{`{"name":"x","email":"a@b.test","email_verified":true}`, ``, "x", "a@b.test", "yes"},
		{`{"name":"x","email":"a@b.test"}`, ``, "x", "a@b.test", ""},
		{`{"name":"x","email":"a@b.test","email_verified":"true"}`, ``, "x", "a@b.test", ""},
		{`{"name":"x","email":"a@b.test","email_verified":1}`, ``, "x", "a@b.test", ""},
		{`{"name":"x","email":"a@b.test","email_verified":"false"}`, ``, "x", "a@b.test", ""},
		{`{"name":"x","email":"a@b.test","email_verified":[true]}`, ``, "x", "a@b.test", ""},
		// What one document verifies is not the address of the other.
		{`{"name":"x","email":"a@b.test"}`, `{"email":"c@d.test","email_verified":true}`, "x", "a@b.test", ""},
		{`{"name":"x","email_verified":true}`, `{"email":"c@d.test"}`, "x", "c@d.test", ""},
		{`{"name":"x","email":"a b@c.test","email_verified":true}`, ``, "x", "", ""},
		{`{"name":"x","email":"a@b@c.test","email_verified":true}`, ``, "x", "", ""},
		{`{"name":"x","email":"<a>@b.test","email_verified":true}`, ``, "x", "", ""},
		{`{"name":"x","email":"a@b.test\r\nBcc: c@d.test","email_verified":true}`, ``, "x", "", ""},
	} {
		id, err := decodeClaims([]byte(c.id))
		if err != nil {
			t.Fatal(err)
		}
		var info claimSet
		if c.info != "" {
			if info, err = decodeClaims([]byte(c.info)); err != nil {
				t.Fatal(err)
			}
		}
		who := p.person("17", id, info, nil)
		if who.Name != c.name || who.Mail != c.mail || who.MailVerified != (c.verified != "") || who.Organisation != "Amt" || who.Login != login {
			t.Errorf("%s %s: %+v", c.id, c.info, who)
		}
	}
}

func FuzzClaims(f *testing.F) {
	f.Add([]byte(`{"groups":["a"],"name":"Anna","email":"a@b.test","email_verified":true}`), "groups")
	f.Add([]byte(`{"a":{"b":["x"]},"_claim_names":{"a":"s"}}`), "a.b")
	f.Add([]byte(`{"groups":{"x":[]},"name":"\u202e"}`), "groups.x")
	f.Fuzz(func(t *testing.T, b []byte, path string) {
		c, err := decodeClaims(b)
		if err != nil {
			return
		}
		groups, found, err := c.groups(strings.Split(path, "."))
		if len(groups) > maxGroups || (err != nil || !found) && groups != nil || err != nil && reasonOf(err) == "" {
			t.Errorf("%d groups, %v, %v", len(groups), found, err)
		}
		p := Provider{Key: "k", Issuer: "https://op.test", OrgClaim: []string{"org"}, LabelClaim: strings.Split(path, ".")}
		who := p.person("1", c, c, groups)
		for _, s := range []string{who.Name, who.Label, who.Organisation} {
			if len(checkName("x", s, false)) > 0 {
				t.Errorf("%q is no name", s)
			}
		}
		if who.Name == "" || strings.ContainsFunc(who.Mail, unicode.IsSpace) || who.MailVerified && who.Mail == "" {
			t.Errorf("%+v", who)
		}
	})
}

func TestSealer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret.key")
	quiet := New(newMemory(), Options{}).log
	s, err := openSealer(path, quiet)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.seal("ein Geheimnis", Hash{1})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(sealed), "Geheimnis") {
		t.Error("it can be read")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := openSealer(path, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	var got string
	if err := again.open(sealed, Hash{1}, &got); err != nil || got != "ein Geheimnis" {
		t.Errorf("%q, %v", got, err)
	}
	changed := slices.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for what, err := range map[string]error{
		"beside another session": again.open(sealed, Hash{2}, &got), "changed": again.open(changed, Hash{1}, &got), "empty": again.open(nil, Hash{1}, &got),
	} {
		if err == nil {
			t.Errorf("%s: opened", what)
		}
	}
	if err := os.WriteFile(path, []byte("kurz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openSealer(path, quiet); err == nil {
		t.Error("a short key is taken")
	}
}
