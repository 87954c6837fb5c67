package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// refreshDue lets a quarter of an hour pass for the session of somebody: their groups are read again at the next request.
func (s signOn) refreshDue(t *testing.T, subject string) {
	t.Helper()
	s.alter(t, `UPDATE session SET read_at = read_at - 901000 WHERE user_id = (SELECT id FROM account WHERE issuer = ? AND subject = ?)`, s.issuer, subject)
}

// may says whether somebody sees the settings of the space that the group "redaktion" manages.
func (s signOn) may(p *person) bool {
	p.t.Helper()
	return p.get("/spaces/hilfe/edit").status == http.StatusOK
}

// TestGroups is R-OIDC-4: what a group gives and takes, at sign-in and while somebody is signed in.
func TestGroups(t *testing.T) {
	t.Parallel() // it waits more than it works
	eachProvider(t, func(t *testing.T, s signOn) {
		emil := s.signIn(t, "emil")
		if !s.may(emil) {
			t.Fatal("the group gives nothing at sign-in")
		}
		t.Run("a group that is taken away takes its right at the next refresh", func(t *testing.T) {
			s.groups(t, "u5", "unbekannt")
			s.refreshDue(t, "u5")
			s.eventually(t, "the right ends", func() bool { return !s.may(emil) })
			if !s.signedIn(emil) {
				t.Error("the session ended")
			}
		})
		t.Run("a group that is added gives its right at the next refresh", func(t *testing.T) {
			s.groups(t, "u5", "redaktion")
			s.refreshDue(t, "u5")
			s.eventually(t, "the right comes", func() bool { return s.may(emil) })
		})
		t.Run("a group that is taken away takes its right at the next sign-in", func(t *testing.T) {
			s.groups(t, "u5")
			if again := s.signIn(t, "emil"); s.may(again) {
				t.Error("the right is still there")
			}
			s.eventually(t, "the right ends in the other session too", func() bool { return !s.may(emil) })
			s.groups(t, "u5", "redaktion")
			s.signIn(t, "emil")
		})
		t.Run("a right that was set by hand stays", func(t *testing.T) {
			s.alter(t, `INSERT INTO space_member (user_id, space, level, source) SELECT id, 'hilfe', 2, 'hand' FROM account WHERE issuer = ? AND subject = 'u5'`, s.issuer)
			s.groups(t, "u5")
			s.refreshDue(t, "u5")
			s.get(t, emil, "/account")
			if !s.may(emil) {
				t.Error("it is gone with the group")
			}
			s.alter(t, `DELETE FROM space_member WHERE source = 'hand' AND user_id = (SELECT id FROM account WHERE issuer = ? AND subject = 'u5')`, s.issuer)
			s.eventually(t, "the right ends", func() bool { return !s.may(emil) })
		})
		t.Run("a pointer in the place of groups at a refresh takes nothing for granted", func(t *testing.T) {
			clara := s.signIn(t, "clara")
			if !s.may(clara) {
				t.Fatal("the group gives nothing at sign-in")
			}
			pointer := func(b map[string]any) {
				delete(b, "groups")
				b["_claim_names"] = map[string]any{"groups": "src1"}
			}
			defer s.changing(s.end.userinfo, func(_ *testing.T, b map[string]any) { pointer(b) })()
			defer s.forging(func(_ *testing.T, _ signOn, f *forgery) { pointer(f.claims) })()
			s.refreshDue(t, "u3")
			s.eventually(t, "the session ends", func() bool { return !s.signedIn(clara) })
		})
		t.Run("an ID token of somebody else at a refresh ends the session", func(t *testing.T) {
			clara := s.signIn(t, "clara")
			defer s.forging(func(_ *testing.T, _ signOn, f *forgery) { f.claims["sub"] = "u1" })()
			s.refreshDue(t, "u3")
			s.eventually(t, "the session ends", func() bool { return !s.signedIn(clara) })
		})
		t.Run("somebody who is gone at the provider is signed out at the next refresh", func(t *testing.T) {
			anna := s.signIn(t, "anna")
			s.tell(t, "/remove", map[string]any{"id": "u1"})
			s.refreshDue(t, "u1")
			s.eventually(t, "the session ends", func() bool { return !s.signedIn(anna) })
			if n := s.number(t, `SELECT count(*) FROM session JOIN account ON account.id = user_id WHERE issuer = ? AND subject = 'u1'`, s.issuer); n != 0 {
				t.Errorf("%d sessions are still stored", n)
			}
		})
	})
}

// Where the provider gives nothing to refresh with, the browser goes there and back, without the person where the
// provider allows it.
func TestGroupsWithoutRefresh(t *testing.T) {
	t.Parallel() // it waits more than it works
	eachProviderWith(t, passing, func(t *testing.T, s signOn) {
		emil := s.signIn(t, "emil")
		if !s.may(emil) {
			t.Fatal("the group gives nothing at sign-in")
		}
		var end int
		session := func() int {
			return s.number(t, `SELECT expires_at FROM session JOIN account ON account.id = user_id WHERE issuer = ? AND subject = 'u5'`, s.issuer)
		}
		end = session()
		s.groups(t, "u5")
		s.refreshDue(t, "u5")
		var a reply
		s.eventually(t, "the browser is sent to the provider", func() bool {
			a = emil.get("/account")
			return strings.HasPrefix(a.next(), s.base+startPath(s.key))
		})
		at := emil.get(a.next()).next()
		if param(t, at, "prompt") != "none" {
			t.Fatalf("the browser is sent to %q", at)
		}
		back := emil.get(emil.atProvider(at, "emil", ""))
		if s.key == "node" {
			if back.next() != s.base+"/account" || !s.signedIn(emil) || s.may(emil) {
				t.Errorf("back with %d to %q; the right is still there: %v", back.status, back.next(), s.may(emil))
			}
			if session() > end {
				t.Error("the session lasts longer than before")
			}
			return
		}
		// The example of zitadel never lets anybody in without asking.
		if !strings.HasPrefix(back.next(), s.base+startPath(s.key)) || s.sessions(t) != 0 {
			t.Fatalf("back with %d to %q", back.status, back.next())
		}
		back = emil.get(emil.atProvider(emil.get(back.next()).next(), "emil", passwordOf("emil")))
		if back.next() != s.base+"/account" || !s.signedIn(emil) || s.may(emil) {
			t.Errorf("back with %d to %q; the right is still there: %v", back.status, back.next(), s.may(emil))
		}
	})
}

func (s signOn) get(t *testing.T, p *person, path string) reply {
	t.Helper()
	a := p.get(path)
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: %d to %q", path, a.status, a.next())
	}
	return a
}

// TestKeyRotation is R-OIDC-7: new keys are found, and forged tokens cannot have them read again and again.
func TestKeyRotation(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		s.signIn(t, "anna")
		if n := s.asked(s.end.keys); n != 1 {
			t.Errorf("the keys were read %d times for one sign-in", n)
		}
		s.signIn(t, "anna")
		s.tell(t, "/rotate", nil)
		rotated := time.Now()
		s.signIn(t, "anna")
		s.signIn(t, "anna")
		if n := s.asked(s.end.keys); n != 2 {
			t.Errorf("the keys were read %d times until after the rotation", n)
		}
		for range 5 {
			f := s.logoutToken(t, "u1")
			f.header["kid"], f.key = "unbekannt", ownKey(t)
			if a := s.deliver(t, f.token(t)); a.status != http.StatusBadRequest {
				t.Errorf("a token of an unknown key: %d", a.status)
			}
		}
		if n := s.asked(s.end.keys); n > 2+int(time.Since(rotated)/time.Minute) {
			t.Errorf("the keys were read %d times: five tokens of an unknown key had them read again and again", n)
		}
		s.signIn(t, "anna")
	})
}

// TestProviderDown is R-OIDC-6 and 7: what goes on without the provider.
func TestProviderDown(t *testing.T) {
	t.Parallel() // it waits more than it works
	eachProvider(t, func(t *testing.T, s signOn) {
		anna, bernd := s.signIn(t, "anna"), s.signIn(t, "bernd")
		s.provider.stop(t)
		t.Run("who is signed in goes on, over a refresh too", func(t *testing.T) {
			s.get(t, anna, "/account")
			s.refreshDue(t, "u1")
			before := s.asked(s.end.token)
			s.eventually(t, "the house asks the provider", func() bool {
				s.get(t, anna, "/account")
				return s.asked(s.end.token) > before
			})
			s.get(t, anna, "/account")
		})
		t.Run("beginning says that the provider does not answer", func(t *testing.T) {
			a := newPerson(t, s.base).get(startPath(s.key))
			if a.status != http.StatusServiceUnavailable && a.next() != s.base+"/login" && !s.isAt(a.next()) {
				t.Errorf("%d to %q", a.status, a.next())
			}
		})
		t.Run("signing out works", func(t *testing.T) {
			before := s.sessions(t)
			a := bernd.post("/logout", map[string][]string{})
			if a.status != http.StatusSeeOther || s.signedIn(bernd) || s.sessions(t) != before-1 {
				t.Errorf("%d to %q", a.status, a.next())
			}
		})
		t.Run("the house starts without the provider", func(t *testing.T) {
			h := newHouse(t, lasting, s.provider)
			a := newPerson(t, h.base).get("/login")
			if a.status != http.StatusOK || !strings.Contains(a.body, "nicht erreichbar") {
				t.Errorf("the page to sign in does not say that the provider is away: %d\n%s", a.status, visible(a.body))
			}
		})
	})
}
