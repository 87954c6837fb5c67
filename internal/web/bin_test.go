package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A page goes into the bin with a reason, is unknown then, comes back, and goes for good; wrong input loses nothing.
func TestDeleteRestorePurge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want("the question", s.get("clerk", "/wiki/handbuch/z2/delete"), http.StatusOK, "Referat Z 2")
	a := s.get("clerk", "/wiki/handbuch/offen/delete")
	s.want("the question with files", a, http.StatusOK, "anlage.txt", `name="revision" value="2"`)
	if strings.Contains(a.body, canary) {
		t.Error("the question shows what is closed")
	}
	s.want("no reason", s.post("clerk", "/wiki/handbuch/offen/delete", url.Values{"revision": {"2"}, "reason": {" "}}), http.StatusUnprocessableEntity, `href="#ask-reason"`)
	s.want("an old revision", s.post("clerk", "/wiki/handbuch/offen/delete", url.Values{"revision": {"1"}, "reason": {"doppelt & falsch"}}), http.StatusConflict, "doppelt &amp; falsch")
	s.want("a unit that answers for pages", s.post("clerk", "/wiki/handbuch/redaktion/delete", url.Values{"revision": {"1"}, "reason": {"x"}}), http.StatusUnprocessableEntity, "zuständig")
	a = s.post("clerk", "/wiki/handbuch/offen/delete", url.Values{"revision": {"2"}, "reason": {"doppelt"}})
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/spaces/handbuch/bin" {
		t.Fatalf("deleting: %d to %s", a.Code, a.Header().Get("Location"))
	}
	id := string(s.pages["offen"].ID)
	for _, actor := range []string{"clerk", "insider", "editor", "admin"} {
		for _, suffix := range []string{"", "/edit", "/history", "/revisions/1", "/diff", "/links", "/files/anlage.txt", "/delete"} {
			if a := s.get(actor, "/wiki/handbuch/offen"+suffix); a.Code != http.StatusNotFound {
				t.Errorf("%s at %s: %d", actor, suffix, a.Code)
			}
		}
		if a := s.get(actor, "/p/"+id); a.Code != http.StatusNotFound {
			t.Errorf("%s by the permanent address: %d", actor, a.Code)
		}
	}
	s.want("the bin", s.get("clerk", "/spaces/handbuch/bin"), http.StatusOK, "Offene Seite", "doppelt", "noch 90 Tage", "/restore")
	if a := s.get("clerk", "/spaces/handbuch/bin"); strings.Contains(a.body, "/purge") {
		t.Error("a clerk is offered to remove for good")
	}
	s.want("the space leads there", s.get("clerk", "/wiki/handbuch"), http.StatusOK, "/spaces/handbuch/bin")
	if a := s.post("clerk", "/spaces/handbuch/bin/"+id+"/purge", nil); a.Code != http.StatusNotFound {
		t.Errorf("a clerk removes for good: %d", a.Code)
	}
	if a := s.post("clerk", "/spaces/handbuch/bin/"+id+"/restore", nil); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/wiki/handbuch/offen" {
		t.Errorf("restoring: %d to %s", a.Code, a.Header().Get("Location"))
	}
	s.want("it is back", s.get("clerk", "/wiki/handbuch/offen"), http.StatusOK, "anlage.txt")
	if a := s.post("clerk", "/wiki/handbuch/offen/delete", url.Values{"revision": {"2"}, "reason": {"doch"}}); a.Code != http.StatusSeeOther {
		t.Fatalf("deleting again: %d", a.Code)
	}
	s.want("asking before the end", s.get("editor", "/spaces/handbuch/bin/"+id+"/purge"), http.StatusOK, "nicht rückgängig")
	if a := s.post("editor", "/spaces/handbuch/bin/"+id+"/purge", nil); a.Code != http.StatusSeeOther {
		t.Errorf("removing for good: %d", a.Code)
	}
	s.want("the bin is empty", s.get("clerk", "/spaces/handbuch/bin"), http.StatusOK, "Der Papierkorb ist leer.")
}
