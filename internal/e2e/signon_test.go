package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Addresses of signing in at a provider.
func startPath(key string) string       { return "/login/" + key }
func backchannelPath(key string) string { return "/auth/backchannel/" + key }

const (
	callbackPath  = "/auth/callback"
	signedOutPath = "/login"
)

// people are at both providers, with the same subjects and the same mail addresses: nothing but (issuer, subject) may
// tell them apart.
func people() []opUser {
	return []opUser{
		{ID: "u1", Login: "anna", Password: "geheim-1", Name: "Anna Beispiel", Mail: "anna@amt.example", Verified: true, Groups: []string{"leitung", "unbekannt"}},
		{ID: "u2", Login: "bernd", Password: "geheim-2", Name: "Bernd Muster", Mail: "anna@amt.example", Verified: true},
		{ID: "u3", Login: "clara", Password: "geheim-3", Name: "Clara Probe", Mail: "clara@amt.example", Groups: []string{"redaktion", "z2"}},
		{ID: "u4", Login: "dora", Password: "geheim-4", Name: "Dora Ausgesperrt", Mail: "dora@amt.example", Verified: true},
		{ID: "u5", Login: "emil", Password: "geheim-5", Name: "Emil Abgang", Mail: "emil@amt.example", Verified: true, Groups: []string{"redaktion"}},
	}
}

func passwordOf(login string) string {
	for _, u := range people() {
		if u.Login == login {
			return u.Password
		}
	}
	return ""
}

// signOn is a house and one of its providers, and the other one.
type signOn struct {
	*house
	*provider
	other *provider
}

// eachProvider runs a test against both providers with one house that knows both.
func eachProvider(t *testing.T, test func(t *testing.T, s signOn)) {
	t.Helper()
	eachProviderWith(t, lasting, test)
}

func eachProviderWith(t *testing.T, scopes string, test func(t *testing.T, s signOn)) {
	t.Helper()
	providers := []*provider{newProvider(t, "go"), newProvider(t, "node")}
	h := newHouse(t, scopes, providers...)
	for _, p := range providers {
		p.run(t, people(), h.client(p, clientID), h.client(p, otherClient))
	}
	for i, p := range providers {
		t.Run(p.key, func(t *testing.T) { test(t, signOn{h, p, providers[1-i]}) })
	}
	t.Run("log", func(t *testing.T) { nothingSecret(t, h, providers...) })
}

// begin sends somebody off to the provider and gives the address there.
func (s signOn) begin(p *person, back string) string {
	p.t.Helper()
	a := p.get(startPath(s.key) + "?return=" + url.QueryEscape(back))
	to := a.next()
	if !s.isAt(to) {
		p.t.Fatalf("sign-in at %s begins with %d to %q", s.key, a.status, to)
	}
	return to
}

// callback goes through the provider and gives the address it sends the browser back to.
func (s signOn) callback(p *person, login string) string {
	p.t.Helper()
	return p.atProvider(s.begin(p, "/account"), login, passwordOf(login))
}

// signIn signs somebody in and expects that it works.
func (s signOn) signIn(t *testing.T, login string) *person {
	t.Helper()
	p := newPerson(t, s.base)
	a := p.get(s.callback(p, login))
	if a.status != http.StatusSeeOther || !s.signedIn(p) {
		t.Fatalf("sign in of %s at %s: %d to %q\n%s", login, s.key, a.status, a.next(), visible(a.body))
	}
	return p
}

// signedIn says whether somebody has a session.
func (s signOn) signedIn(p *person) bool {
	p.t.Helper()
	return p.get("/account").status == http.StatusOK
}

// reason gives the word with which an answer says why it refuses.
func (a reply) reason() string {
	if m := reasonIn.FindStringSubmatch(a.body); m != nil {
		return m[1] + m[2]
	}
	return ""
}

var reasonIn = regexp.MustCompile(`<code>([a-z_]+)</code>|"error_description":\s*"([a-z_]+)"`)

// with changes parameters of an address; a nil value takes one away.
func with(t *testing.T, address string, change map[string][]string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, values := range change {
		if values == nil {
			q.Del(name)
		} else {
			q[name] = values
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func param(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

// visible is the text of the page between <main> and its end, for messages of tests.
func visible(body string) string {
	if _, main, ok := strings.Cut(body, "<main"); ok {
		body, _, _ = strings.Cut(main, "</main>")
	}
	return body
}

// refusedCase is one thing that must not lead to a session.
type refusedCase struct {
	name   string
	reason string // one of these words, with | between them
	opened int    // sessions that come about on the way, rightly
	do     func(t *testing.T, s signOn) reply
}

// refuseAll runs the cases, checks of each that it is refused with a page in words and that nobody is signed in by it,
// and prints the list.
func refuseAll(t *testing.T, s signOn, cases []refusedCase) {
	t.Helper()
	var list strings.Builder
	good := 0
	for i, c := range cases {
		ok := t.Run(fmt.Sprintf("%02d %s", i+1, c.name), func(t *testing.T) {
			before := s.sessions(t)
			a := c.do(t, s)
			if after := s.sessions(t); after != before+c.opened {
				t.Errorf("%d sessions, before there were %d", after, before)
			}
			if a.status != http.StatusBadRequest {
				t.Errorf("answered with %d to %q", a.status, a.next())
			}
			if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && !strings.Contains(a.body, "<main") {
				t.Errorf("no page:\n%s", a.body)
			}
			if !strings.Contains("|"+c.reason+"|", "|"+a.reason()+"|") {
				t.Errorf("refused because of %q, expected %s\n%s", a.reason(), c.reason, visible(a.body))
			}
		})
		result := "refused, 0 sessions"
		if ok {
			good++
		} else {
			result = "NOT AS IT SHOULD BE"
		}
		fmt.Fprintf(&list, "%-5s %2d  %-70s %s\n", s.key, i+1, c.name, result)
	}
	fmt.Fprintf(&list, "%-5s %d of %d refused\n", s.key, good, len(cases))
	fmt.Fprint(os.Stdout, list.String())
}

// nothingSecret looks for what must not be in a log: tokens, codes' owners, secrets, names and addresses of people.
func nothingSecret(t *testing.T, h *house, providers ...*provider) {
	t.Helper()
	h.close(t) // only then everything has been written
	text := h.log.String()
	if !strings.Contains(text, "/callback") {
		t.Error("the log tells nothing of signing in: this looks at the wrong text")
	}
	atRest(t, h, providers...)
	secrets := []string{"eyJ", clientSecret, "code=", "code_verifier", "state=", "Bearer ", "Basic ", "refresh_token", "id_token=", "logout_token="}
	for _, u := range people() {
		secrets = append(secrets, u.Password, u.Name, u.Mail)
	}
	for _, p := range providers {
		secrets = append(secrets, p.passed()...)
	}
	for _, secret := range secrets {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("the log has %q: …%s…", secret, text[max(0, i-200):min(len(text), i+100)])
		}
	}
}

// atRest looks for codes and tokens in all files of the house: what is kept of them is sealed.
func atRest(t *testing.T, h *house, providers ...*provider) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(h.dir, "data"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, p := range providers {
			for _, secret := range append(p.passed(), clientSecret) {
				if bytes.Contains(content, []byte(secret)) {
					t.Errorf("%s holds what it should not: %.12s…", d.Name(), secret)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
