package web

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// withoutID is a body without the id of its request.
func (a answer) withoutID() string {
	return strings.ReplaceAll(a.body, a.Header().Get("X-Request-Id"), "ID")
}

// same asks for what is closed and for what is not there, one after the other: the answers are the same byte for byte, but
// for the id of the request and the address that was asked for.
func (s *site) same(actor, method, closed, unknown string) {
	s.t.Helper()
	form := url.Values{}
	if method == http.MethodGet {
		form = nil
	}
	a, b := s.ask(actor, method, closed, form), s.ask(actor, method, unknown, form)
	var own []string // the parts of the two addresses in which they differ, which answers may repeat
	for i, part := range strings.Split(closed, "/") {
		if other := strings.Split(unknown, "/"); i < len(other) && other[i] != part && len(part) > 3 {
			own = append(own, part, "PART", other[i], "PART")
		}
	}
	strip := func(a answer, address string) string {
		body := a.withoutID()
		for _, form := range []string{url.QueryEscape(address), strings.ToLower(url.QueryEscape(address)), strings.ReplaceAll(url.QueryEscape(address), "%2F", "%2f"), address, strings.ReplaceAll(address, "&", "&amp;")} {
			body = strings.ReplaceAll(body, form, "ADDRESS")
		}
		return strings.NewReplacer(own...).Replace(body)
	}
	if a.Code != b.Code || strip(a, closed) != strip(b, unknown) {
		s.t.Errorf("%s %s %s: %d and %d differ\n%s", actor, method, closed, a.Code, b.Code, firstDifference(strip(a, closed), strip(b, unknown)))
	}
	ha, hb := a.Header().Clone(), b.Header().Clone()
	for _, name := range []string{"X-Request-Id", "Etag", "Location", "Content-Length"} {
		if (ha.Get(name) == "") != (hb.Get(name) == "") {
			s.t.Errorf("%s %s %s: only one answer has %s", actor, method, closed, name)
		}
		ha.Del(name)
		hb.Del(name)
	}
	for name := range ha {
		if strings.Join(ha[name], ",") != strings.Join(hb[name], ",") {
			s.t.Errorf("%s %s %s: %s is %q and %q", actor, method, closed, name, ha[name], hb[name])
		}
	}
	if len(ha) != len(hb) {
		s.t.Errorf("%s %s %s: headers %v and %v", actor, method, closed, ha, hb)
	}
}

func firstDifference(a, b string) string {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(la), len(lb)) {
		if la[i] != lb[i] {
			return la[i] + "\n" + lb[i]
		}
	}
	return "in length"
}

// TestForbiddenIsUnknown200 (C-AUT-2): what is forbidden and an id drawn at random, 200 times each in turn, for pages, files,
// revisions, spaces and KPIs.
func TestForbiddenIsUnknown200(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := rand.New(rand.NewPCG(2, 7))
	word := func(like string) string {
		b := []byte(like)
		for i := range b {
			if b[i] != '-' {
				b[i] = byte('a' + r.IntN(26))
			}
		}
		return string(b)
	}
	id := func() string {
		const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
		b := []byte(s.pages["verborgen"].ID)
		for i := 10; i < len(b); i++ {
			b[i] = digits[r.IntN(len(digits))]
		}
		return string(b)
	}
	n := 0
	for range 200 {
		for _, pair := range [][2]string{
			{"/wiki/tresor/verborgen", "/wiki/tresor/" + word("verborgen")},
			{"/wiki/normen/unfertige-norm", "/wiki/normen/" + word("unfertige-norm")},
			{"/wiki/tresor/verborgen/files/anlage.txt", "/wiki/tresor/verborgen/files/" + word("anlage") + ".txt"},
			{"/wiki/normen/unfertige-norm/files/anlage.txt", "/wiki/normen/" + word("unfertige-norm") + "/files/anlage.txt"},
			{"/wiki/normen/unfertige-norm/revisions/1", "/wiki/normen/unfertige-norm/revisions/" + fmt.Sprint(3+r.IntN(7))},
			{"/p/" + string(s.pages["verborgen"].ID), "/p/" + id()},
			{"/wiki/tresor", "/wiki/" + word("tresor")},
			{"/spaces/tresor/edit", "/spaces/" + word("tresor") + "/edit"},
			{"/kpis/geheime-dauer.csv", "/kpis/" + word("geheime-dauer") + ".csv"},
		} {
			s.same([]string{"clerk", "guest", "admin"}[n%3], http.MethodGet, pair[0], pair[1])
			n++
		}
	}
	t.Logf("C-AUT-2: %d pairs", n)
}

// BenchmarkRefused (C-AUT-2) is what a refusal costs: of a page that is there and closed, and of one that is not there.
func BenchmarkRefused(b *testing.B) {
	s := newSite(b)
	for name, address := range map[string]string{
		"forbidden_page": "/wiki/tresor/verborgen", "unknown_page": "/wiki/tresor/verbargen", "forbidden_draft": "/wiki/normen/unfertige-norm", "unknown_draft": "/wiki/normen/unfertige-narm",
		"forbidden_id": "/p/" + string(s.pages["verborgen"].ID), "unknown_id": "/p/01ARZ3NDEKTSV4RRFFQ69G5FAV",
	} {
		b.Run(name, func(b *testing.B) {
			took := make([]time.Duration, 0, b.N)
			for b.Loop() {
				start := time.Now()
				s.get("clerk", address)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/median")
		})
	}
}
