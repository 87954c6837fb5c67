package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// TestSignOnInChromium walks through each provider's own pages in a browser, in both languages, and out again. With
// -shots DIR it takes pictures of what people see on the way.
func TestSignOnInChromium(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		for _, lang := range []string{"de", "en"} {
			t.Run(lang, func(t *testing.T) {
				b := newTab(t)
				b.visit(s.base, s.issuer)
				b.look(look{lang, "light", false})
				b.open("/login?return=" + "%2Faccount")
				b.pictures(t, s.key+"-login-"+lang)
				label := map[string]string{"de": "Anmelden über " + s.key, "en": "Sign in with " + s.key}[lang]
				b.follow(text("main a, main button", label), 200)
				if !s.isAt(b.where()) {
					t.Fatalf("the button leads to %s", b.where())
				}
				b.pictures(t, s.key+"-provider-"+lang)
				for name, value := range map[string]string{"username": "anna", "password": passwordOf("anna")} {
					b.click(sel("[name=" + name + "]"))
					b.run("fill "+name, input.InsertText(value))
				}
				b.follow(sel("button[type=submit]"), 200)
				if s.key == "node" { // asks whether Lernraum may know
					b.follow(sel("button[type=submit]"), 200)
				}
				if b.where() != "/account" {
					t.Fatalf("the sign-in ends at %s", b.where())
				}
				b.reads("Anna Beispiel")
				b.pictures(t, s.key+"-account-"+lang)
				b.follow(sel(`form[action="/logout"] button`), 200)
				if s.key == "node" { // asks whether its own session is to end as well
					s.eventually(t, "the browser is at the provider", func() bool { return s.isAt(b.where()) && b.has(sel("button[name=logout]")) })
					b.follow(sel("button[name=logout]"), 200)
				}
				s.eventually(t, "the browser comes back", func() bool { return b.where() == signedOutPath })
				b.pictures(t, s.key+"-left-"+lang)
				if n := s.sessions(t); n != 0 {
					t.Errorf("%d sessions are left", n)
				}
			})
		}
	})
}

// pictures takes the page wide and narrow, where pictures are wanted.
func (b *tab) pictures(t *testing.T, name string) {
	t.Helper()
	if *shots == "" {
		return
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{1280, 360} {
		b.size(width, 800)
		b.picture(filepath.Join(*shots, fmt.Sprintf("signon-%s-%d.png", name, width)))
	}
	b.size(1280, 800)
}
