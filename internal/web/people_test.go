package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lernraum/internal/auth"
)

func (s *site) user(login string) auth.User {
	s.t.Helper()
	u, err := s.auth.UserByLogin(s.ctx, program, login)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

func TestPeopleOfASpace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const at = "/spaces/tresor/people"
	s.want("who belongs", s.get("insider", at), 200, "Member", "Personalstelle", "geheime-einheit", "1 offene Anfrage", "von Hand", "!Clerk")
	if cc := s.get("insider", at).Header().Get("Cache-Control"); cc != "private, no-store" {
		t.Errorf("a list of persons may be kept: %s", cc)
	}
	s.want("a search for one letter", s.get("insider", at+"?q=c"), 422, "people-q-err", `value="c"`)
	s.want("a search", s.get("insider", at+"?q=cler"), 200, "Clerk", "Als Mitglied aufnehmen", "!Teller")
	s.want("nobody", s.get("insider", at+"?q=niemand"), 200, "niemand gefunden")
	clerk, insider := s.user("clerk").ID, s.user("insider").ID
	s.want("before", s.get("clerk", "/wiki/tresor/verborgen"), 404)
	s.want("added", s.post("insider", at, url.Values{"person": {clerk}, "level": {"member"}}), 303)
	s.want("said", s.get("insider", at, "Cookie", "lr_note=member_saved"), 200, "Das Recht gilt sofort", "Clerk")
	s.want("reads", s.get("clerk", "/wiki/tresor/verborgen"), 200, inTresor)
	s.want("and does not manage", s.get("clerk", at), 404)
	s.want("asks before", s.get("insider", at+"/remove?person="+clerk), 200, "Clerk aus dem Bereich nehmen?", `name="level" value="none"`)
	s.want("removed", s.post("insider", at, url.Values{"person": {clerk}, "level": {"none"}}), 303)
	s.want("reads no more", s.get("clerk", "/wiki/tresor/verborgen"), 404)
	s.want("an account that is none", s.post("insider", at, url.Values{"person": {"01ARZ3NDEKTSV4RRFFQ69G5FAV"}}), 404)
	s.want("the last manager", s.post("insider", at, url.Values{"person": {insider}, "level": {"none"}}), 422, "braucht jemanden, der ihn verwaltet")

	// Delegation: the unit z2 manages, clerk with it.
	s.want("a unit that cannot be", s.post("insider", at, url.Values{"unit": {"zwei worte"}, "level": {"member"}}), 422, `value="zwei worte"`, "people-unit-err")
	s.want("a unit manages", s.post("insider", at, url.Values{"unit": {"unit/z2"}, "level": {"manager"}}), 303)
	s.want("clerk manages", s.get("clerk", at), 200, "Referat Z 2", "durch die Einheit z2 (Verwaltung)")
	s.want("whoever goes is not stranded", s.post("insider", at, url.Values{"person": {insider}, "level": {"none"}}), 303)
	s.want("gone", s.get("insider", "/wiki/tresor"), 404)
	s.want("the last unit", s.post("clerk", at, url.Values{"unit": {"z2"}, "level": {"member"}}), 422, "braucht jemanden")
	s.want("administrators name managers of open spaces", s.post("admin", "/spaces/handbuch/people", url.Values{"person": {insider}, "level": {"manager"}}), 303)
	s.want("and of no closed ones", s.post("admin", at, url.Values{"person": {s.user("admin").ID}, "level": {"manager"}}), 404)
}

var requestField = regexp.MustCompile(`name="request" value="([0-9A-Z]{26})"`)

func TestAskingForAccess(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want("the public list", s.get("clerk", "/spaces/closed"), 200, `href="/spaces/tresor/request"`, "!"+canary)
	s.want("the form", s.get("clerk", "/spaces/tresor/request"), 200, "Personaldaten", "!"+canary)
	s.want("no reason", s.post("clerk", "/spaces/tresor/request", url.Values{"reason": {" "}}), 422, "request-reason-err")
	s.want("too long", s.post("clerk", "/spaces/tresor/request", url.Values{"reason": {strings.Repeat("ä", 501)}}), 422, "Möglich sind 500")
	s.want("not closed", s.post("clerk", "/spaces/handbuch/request", url.Values{"reason": {"x"}}), 404)
	s.want("asked", s.post("clerk", "/spaces/tresor/request", url.Values{"reason": {"Für die <Vertretung>"}}), 303)
	s.want("in the account", s.get("clerk", "/account"), 200, "Für die &lt;Vertretung&gt;", "offen", "Personalsachen")
	s.want("on the list", s.get("clerk", "/spaces/closed"), 200, "Sie haben Zugang angefragt", `!/spaces/tresor/request"`)
	s.want("twice", s.post("clerk", "/spaces/tresor/request", url.Values{"reason": {"bitte"}}), 422, "!bitte</textarea>")

	s.want("the front door of the unit", s.get("owner", "/"), 200, "/spaces/tresor/requests", "Anfragen um Zugang")
	s.want("of somebody else", s.get("clerk", "/"), 200, "!/spaces/tresor/requests")
	list := s.get("owner", "/spaces/tresor/requests")
	s.want("to be answered", list, 200, "Für die &lt;Vertretung&gt;", inRequest, "!mit Verwaltung")
	s.want("who answers does not read", s.get("owner", "/wiki/tresor"), 404)
	found := requestField.FindAllStringSubmatch(list.body, -1)
	if len(found) != 2 {
		t.Fatalf("%d requests", len(found))
	}
	var id string
	for _, r := range found { // the one of clerk stands before its form
		if strings.LastIndex(list.body[:strings.Index(list.body, r[1])], "Clerk") > strings.LastIndex(list.body[:strings.Index(list.body, r[1])], "Asker") {
			id = r[1]
		}
	}
	s.want("no without a why", s.post("owner", "/spaces/tresor/requests", url.Values{"request": {id}, "do": {"decline"}}), 422, "request-"+id+"-err")
	s.want("a request of no space", s.post("teller", "/spaces/kasse/requests", url.Values{"request": {id}, "do": {"accept"}}), 404)
	s.want("yes", s.post("owner", "/spaces/tresor/requests", url.Values{"request": {id}, "do": {"accept"}, "level": {"manager"}}), 303)
	s.want("reads", s.get("clerk", "/wiki/tresor/verborgen"), 200)
	s.want("and no more than that", s.get("clerk", "/spaces/tresor/people"), 404)
	s.want("in the account", s.get("clerk", "/account"), 200, "Zugang gegeben", `href="/wiki/tresor"`)
	s.want("twice", s.post("owner", "/spaces/tresor/requests", url.Values{"request": {id}, "do": {"accept"}}), 422, "inzwischen")
}

func TestWhoSeesAPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want("a link to it", s.get("clerk", "/wiki/handbuch/offen"), 200, "/wiki/handbuch/offen/access")
	s.want("open", s.get("clerk", "/wiki/handbuch/offen/access"), 200, "Alle, die sich anmelden können", "Auch Gäste", "das dürfen alle Angemeldeten", "!Anmeldename")
	s.want("to a guest", s.get("guest", "/wiki/handbuch/offen/access"), 200, "Auch Gäste", "!Wer gehört zum Bereich?")
	s.want("published", s.get("clerk", "/wiki/normen/norm/access"), 200, "und die Redaktion", "Personen aus: Personalrat", "!Insider")
	s.want("a draft", s.get("insider", "/wiki/normen/unfertige-norm/access"), 200, "Nur wer in diesem Bereich schreiben darf")
	s.want("closed, to a member", s.get("member", "/wiki/tresor/verborgen/access"), 200, "Nur Personen, die zum Bereich gehören", "Personen aus: Personalrat, Personalstelle", "geheime-einheit", "Personaldaten",
		"liest geschlossene Bereiche nicht", "die Person ist Mitglied", "!Insider (", "!name=\"login\"")
	s.want("closed, to a manager", s.get("insider", "/wiki/tresor/verborgen/access"), 200, "Insider (Verwaltung)", "Member (Mitglied)")
	s.want("what an administrator may", s.get("insider", "/wiki/tresor/verborgen/access?login=admin"), 200, "technische Administration gibt dort kein Recht", "<strong>nein</strong>")
	s.want("what a member may", s.get("insider", "/wiki/tresor/verborgen/access?login=MEMBER"), 200, "<strong>ja</strong>: die Person ist Mitglied")
	s.want("nobody", s.get("insider", "/wiki/tresor/verborgen/access?login=niemand"), 422, `value="niemand"`, "access-login-err")
	s.want("an administrator looks into open pages", s.get("admin", "/wiki/handbuch/offen/access?login=clerk"), 200, "<strong>ja</strong>")
	s.want("others do not", s.get("clerk", "/wiki/handbuch/offen/access?login=admin"), 200, "!<strong>")
}
