package web

import (
	"net/http"

	"lernraum/internal/access"
	"lernraum/internal/view"
)

// evaluation is one thing the system counts, lists or keeps. A staff council approves the system by the list of all of
// them, so it has to be complete: a test asks every route about lists and about the house for its row.
type evaluation struct {
	key    string   // of its texts in the catalogue
	url    string   // "" for none
	routes []string // the addresses it covers
	who    string   // who sees it: end of a key of the catalogue
}

// evaluations of the content of the house, none of them about persons.
var evaluations = []evaluation{
	{"start", "/", []string{"/"}, "everyone"},
	{"search", "/search", []string{"/search", "/suggest"}, "readers"},
	{"contacts", "/contacts", []string{"/contacts"}, "readers"},
	{"kinds", "/kinds/process", []string{"/kinds/:kind", "/lessons", "/projects", "/goals"}, "readers"},
	{"kpis", "/kpis", []string{"/kpis"}, "readers"},
	{"spaces", "/spaces", []string{"/spaces", "/spaces/closed", "/spaces/new"}, "everyone"},
	{"api", "/info/api", []string{"/api/v1/pages", "/api/v1/search", "/api/v1/suggest", "/api/v1/kinds", "/api/v1/spaces"}, "readers"},
	{"evaluations", "", []string{"/evaluations"}, "everyone"},
	{"health", "/admin", []string{"/admin"}, "admin"},
	{"people", "/admin/people", []string{"/admin/people", "/admin/people/new", "/admin/people/:id", "/admin/roles"}, "admin"},
	{"tokens", "/admin/tokens", []string{"/admin/tokens"}, "admin"},
	{"adminspaces", "/admin/spaces", []string{"/admin/spaces"}, "admin"},
	{"adminkinds", "/admin/kinds", []string{"/admin/kinds", "/admin/settings"}, "admin"},
	{"erase", "", []string{"/admin/people/:id/erase"}, "admin"},
	{"names", "", nil, "managers"},
	{"audit", "/admin/audit", []string{"/admin/audit"}, "overseers"},
	{"units", unitsPath, []string{unitsPath, unitsPath + "/history", unitsPath + "/history/:id", unitsPath + "/:slug/reorganise", importPath}, "organisers"},
}

// logs are what is kept about persons, and why; never for an evaluation.
var logs = []evaluation{
	{"account", "", nil, "self_admin"},
	{"session", "", nil, "self_admin"},
	{"token", "", nil, "self_admin"},
	{"history", "", nil, "readers"},
	{"auditlog", "", nil, "overseers"},
	{"requestlog", "", nil, "operator"},
}

// evaluationList is for everybody who is signed in: what is recorded about people is no secret to them.
func (s *Server) evaluationList(q *request) error {
	v := &view.Evaluations{Shell: q.shell("", "")}
	if oversees(q.actor) {
		v.Shell = q.adminShell("/admin/audit", "")
	}
	for _, e := range evaluations {
		row := view.Evaluation{Name: q.tr("web.eval_" + e.key), URL: e.url, Shows: q.tr("web.eval_" + e.key + "_shows"), Who: q.tr("web.eval_who_" + e.who)}
		if e.who == "admin" && !administrates(q.actor) || e.who == "overseers" && !access.Can(q.actor, access.Oversee, access.Object{}) || e.who == "organisers" && !organises(q.actor) {
			row.URL = ""
		}
		v.Lists = append(v.Lists, row)
	}
	for _, e := range logs {
		v.Logs = append(v.Logs, view.Evaluation{
			Name: q.tr("web.eval_" + e.key), Shows: q.tr("web.eval_" + e.key + "_shows"), Who: q.tr("web.eval_who_" + e.who), Keeps: q.tr("web.eval_" + e.key + "_keeps"),
		})
	}
	return q.render(http.StatusOK, v)
}
