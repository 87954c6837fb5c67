package web

import (
	"net/http"

	"lernraum/internal/access"
	"lernraum/internal/view"
)

// adminPages are the pages of the administration, in the order of their navigation. Titles are keys of the catalogue;
// who may not see a page is not told of it.
var adminPages = []struct {
	path, title string
	may         func(access.Actor) bool
}{
	{"/admin", "web.admin_health", administrates},
	{"/admin/people", "web.admin_people", administrates},
	{"/admin/roles", "web.admin_roles", administrates},
	{"/admin/tokens", "web.admin_tokens", administrates},
	{"/admin/spaces", "web.admin_spaces", administrates},
	{"/admin/kinds", "web.admin_kinds", administrates},
	{"/admin/settings", "web.admin_settings", administrates},
	{"/admin/audit", "web.admin_audit", oversees},
	{unitsPath, "web.admin_units", organises},
}

func administrates(a access.Actor) bool { return access.Can(a, access.Admin, access.Object{}) }

// adminShell starts a page of the administration; path is its row in adminPages, or the one it belongs to.
func (q *request) adminShell(path, title string) view.Shell {
	sh := q.shell("", title)
	for _, p := range adminPages {
		switch {
		case !p.may(q.actor):
		case p.path == path && q.Request().URL.Path == path:
			sh.Beside = append(sh.Beside, view.Link{Text: q.tr(p.title)})
		default:
			sh.Beside = append(sh.Beside, view.Link{URL: p.path, Text: q.tr(p.title)})
		}
	}
	return sh
}

// admin shows an administrator how the instance is.
func (s *Server) admin(q *request) error {
	v, err := s.Status(q.ctx())
	if err != nil {
		return err
	}
	v.Shell = q.adminShell("/admin", "")
	return q.render(http.StatusOK, &v)
}
