package web

import (
	"slices"
	"testing"
	"time"

	"lernraum/internal/audit"
)

// What is refused to somebody signed in and exists is recorded once an hour for each kind of object; what does not exist,
// what guests try, and what is missing for another reason is not.
func TestDeniedIsRecorded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	seen := 0
	recorded := func() []string {
		t.Helper()
		s.open.refusals.work.Wait()
		var out []string
		n := 0
		if err := s.store.EachAudit(s.ctx, 1, func(e audit.Entry) error {
			if e.Action == audit.Denied {
				if n++; n > seen {
					out = append(out, e.Object+" "+e.Detail["action"])
					if e.Actor == "" || e.Outcome != audit.Refused {
						t.Errorf("%+v", e)
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		seen = n
		return out
	}
	closed := "page:" + string(s.pages["verborgen"].ID)
	for _, c := range []struct {
		actor, address string
		want           []string
	}{
		{"guest", "/wiki/tresor/verborgen", nil},
		{"clerk", "/wiki/tresor/gibt-es-nicht", nil},
		{"clerk", "/wiki/handbuch/offen/revisions/99", nil},
		{"clerk", "/wiki/handbuch/offen", nil},
		{"clerk", "/wiki/tresor/verborgen", []string{closed + " read"}},
		{"clerk", "/wiki/tresor/verborgen/edit", nil}, // the same kind of object in the same hour
		{"clerk", "/p/" + string(s.pages["unfertige-norm"].ID), nil},
		{"clerk", "/wiki/tresor", []string{"space:tresor read"}},
		{"clerk", "/wiki/tresor/verborgen/files/anlage.txt", []string{closed + " read"}}, // a file is another kind
		{"clerk", "/admin", []string{"instance admin"}},
		{"editor", "/kpis/geheime-dauer", []string{"page:" + string(s.pages["geheime-dauer"].ID) + " read"}},
		{"admin", "/spaces/tresor/people", []string{"space:tresor members"}},
		{"admin", "/admin", nil},
	} {
		s.get(c.actor, c.address)
		if got := recorded(); !slices.Equal(got, c.want) {
			t.Errorf("%s at %s: %q, want %q", c.actor, c.address, got, c.want)
		}
	}
	s.clock.pass(time.Hour)
	s.get("clerk", "/wiki/normen/unfertige-norm")
	if got := recorded(); len(got) != 1 {
		t.Errorf("an hour later: %q", got)
	}
}
