package web

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"lernraum/internal/access"
)

// A program with a route that does not say what it is about, or what it does, does not start.
func TestUndeclaredRouteEndsTheStart(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	never := func(*request) error { t.Error("the handler was reached"); return nil }
	whole := route{method: http.MethodGet, path: "/x", about: aboutPage, action: access.Read, handler: never}
	if err := s.open.mount(echo.New(), []route{whole}); err != nil {
		t.Errorf("a route that says all: %v", err)
	}
	for name, change := range map[string]func(*route){
		"no object": func(r *route) { r.about = "" }, "an unknown object": func(r *route) { r.about = "thing" },
		"no action": func(r *route) { r.action = "" }, "an unknown action": func(r *route) { r.action = "look" },
	} {
		r := whole
		change(&r)
		if err := s.open.mount(echo.New(), []route{whole, r}); err == nil {
			t.Errorf("%s: the program starts", name)
		}
	}
}

// The pages about the house are for everybody; what they link to is not. A guest of a closed house learns no title.
func TestHousePagesTellGuestsNoTitles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want("at the closed door", s.get("stranger", "/info/privacy"), 200, "Wenig.", "so", "Impressum", "!Offene Seite", "!/wiki/handbuch")
	s.want("at the open door", s.get("guest", "/info/privacy"), 200, "Offene Seite")
	s.want("inside", s.get("clerk", "/info/privacy"), 200, "Offene Seite")
}
