package auth

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

const providersYAML = `providers:
  - key: bund
    label: {de: "Mit dem Bundeskonto", en: "With the federal account"}
    issuer: https://sso.bund.test/realms/haus
    client-id: lernraum
    client-secret-file: bund.secret
    scopes: [openid, profile, offline_access]
    prompt: consent
    hosts: ["keys.bund.test:8443"]
    groups-claim: resource_access.lernraum.roles
    organisation-claim: [org, "https://bund.test/name"]
    label-claim: department
    groups:
      redaktion: {roles: [editor], spaces: {handbuch: manager}}
      "/haus/z2": {units: [z2]}
  - key: land
    label: {de: Land, en: State}
    issuer: http://127.0.0.1:4000
    client-id: lernraum
    client-secret: geheim
    organisation: Landesamt
`

func readProviders(text string) ([]Provider, error) {
	return ReadProviders("/etc/p.yaml", func(name string) ([]byte, error) {
		switch name {
		case "/etc/p.yaml":
			return []byte(text), nil
		case "/etc/bund.secret":
			return []byte("aus-der-datei\n"), nil
		case "/etc/leer":
			return []byte("\n"), nil
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	})
}

func TestProvidersFile(t *testing.T) {
	t.Parallel()
	got, err := readProviders(providersYAML)
	if err != nil {
		t.Fatal(err)
	}
	want := []Provider{{
		Key: "bund", LabelDE: "Mit dem Bundeskonto", LabelEN: "With the federal account", Issuer: "https://sso.bund.test/realms/haus", ClientID: "lernraum",
		ClientSecret: NewSecret("aus-der-datei"), Scopes: []string{"openid", "profile", "offline_access"}, Prompt: "consent", Hosts: []string{"keys.bund.test:8443"},
		GroupsClaim: []string{"resource_access", "lernraum", "roles"}, OrgClaim: []string{"org", "https://bund.test/name"}, LabelClaim: []string{"department"},
		Groups: map[string]Rights{
			"redaktion": {Roles: []access.Role{access.RoleEditor}, Spaces: map[string]access.Membership{"handbuch": access.Manager}},
			"/haus/z2":  {Units: []string{"z2"}},
		},
	}, {
		Key: "land", LabelDE: "Land", LabelEN: "State", Issuer: "http://127.0.0.1:4000", ClientID: "lernraum", ClientSecret: NewSecret("geheim"),
		Scopes: []string{"openid", "profile", "email"}, Organisation: "Landesamt",
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Secret{})); diff != "" {
		t.Error(diff)
	}
}

// Every mistake is named with file and line, and none with a secret.
func TestMistakesInProvidersFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{"client-id: lernraum\n    client-secret-file", "client-idd: lernraum\n    client-secret-file", `line 5: "client-idd" is not known here`},
		{"client-id: lernraum\n    client-secret-file", "client-secret-file", "line 2: client-id is missing"},
		{"    prompt: consent\n", "    prompt: consent\n    prompt: login\n", "line 9: prompt stands here a second time"},
		{"prompt: consent", "prompt: never", "line 8: prompt is"},
		{"key: land", "key: bund", `line 16: the key "bund" stands here a second time`},
		{"key: land", "key: Land", "line 16: a key has"},
		{"key: land", "key: confirm", "line 16: a key has"},
		{"key: land", `key: "a/b"`, "line 16: a key has"},
		{"issuer: http://127.0.0.1:4000", "issuer: https://sso.bund.test/realms/haus", "a second time"},
		{"issuer: http://127.0.0.1:4000", "issuer: http://10.0.0.1:4000", "line 18: issuer must begin with https://"},
		{"issuer: http://127.0.0.1:4000", "issuer: http://127.0.0.1.evil.test", "line 18: issuer must begin with https://"},
		{"issuer: http://127.0.0.1:4000", "issuer: https://u:p@op.test", "line 18: issuer is no address"},
		{"issuer: http://127.0.0.1:4000", "issuer: https://op.test/?x=1", "line 18: issuer is no address"},
		{"issuer: http://127.0.0.1:4000", "issuer: op.test", "line 18: issuer is no address"},
		{"issuer: http://127.0.0.1:4000", "issuer: 'javascript:alert(1)'", "line 18: issuer is no address"},
		{"client-secret: geheim", "client-secret: geheim\n    client-secret-file: bund.secret", "are both set"},
		{"    client-secret: geheim\n", "", "client-secret or client-secret-file is missing"},
		{"client-secret: geheim", "client-secret: [geheim]", "line 20: expected one line of text"},
		{"bund.secret", "fehlt", "line 6: client-secret-file: open /etc/fehlt"},
		{"bund.secret", "leer", "line 6: client-secret-file: /etc/leer is empty"},
		{"[openid, profile, offline_access]", "[profile]", "line 7: scopes must hold openid"},
		{"resource_access.lernraum.roles", "resource_access..roles", "line 10: a path of a claim"},
		{"    groups-claim: resource_access.lernraum.roles\n", "", "groups-claim does not say"},
		{"roles: [editor]", "roles: [boss]", `line 14: there is no role "boss"`},
		{"handbuch: manager", "handbuch: owner", "line 14: a membership is member or manager"},
		{"handbuch: manager", "handbuch: none", "line 14: a membership is member or manager"},
		{`"/haus/z2": {units: [z2]}`, `redaktion: {units: [z2]}`, `line 15: the group "redaktion" stands here a second time`},
		{`{units: [z2]}`, `{unit: [z2]}`, `line 15: "unit" is not known here`},
		{"organisation: Landesamt", "organisation: Landesamt\n    organisation-claim: org", "are both set"},
		{"label: {de: Land, en: State}", "label: {de: Land}", "line 17: en is missing"},
		{"providers:", "provider:", `line 1: "provider" is not known here`},
		{providersYAML, "providers: []\n", "line 1: providers must be a list"},
		{providersYAML, "", "EOF"},
		{providersYAML, "- a\n", "line 1: expected lines"},
		{providersYAML, providersYAML + "---\na: b\n", "more than one document"},
	} {
		text := strings.Replace(providersYAML, c.old, c.new, 1)
		_, err := readProviders(text)
		if !errs.Is(err, errs.Usage) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "/etc/p.yaml") {
			t.Errorf("%q: %v, want %q", c.new, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "aus-der-datei")) {
			t.Errorf("%q: the secret is told: %v", c.new, err)
		}
	}
	if _, err := ReadProviders("/etc/none", func(string) ([]byte, error) { return nil, fs.ErrNotExist }); !errs.Is(err, errs.Usage) {
		t.Errorf("no file: %v", err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	list, err := readProviders(providersYAML)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "provider", list[0], "secret", list[0].ClientSecret)
	all := string(b) + log.String() + fmt.Sprintf("%v %+v %#v %s %q", list, list, list, list[0].ClientSecret, list[0].ClientSecret)
	if strings.Contains(all, "aus-der-datei") || strings.Contains(all, `"geheim"`) || strings.Contains(all, "geheim}") {
		t.Error(all)
	}
}
