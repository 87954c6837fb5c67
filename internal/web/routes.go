package web

import "net/http"

// route is one address of the product. Every one is listed here, so that tests can walk over all of them.
type route struct {
	method  string
	path    string
	handler func(*request) error
}

func (s *Server) routes() []route {
	get := func(path string, h func(*request) error) route { return route{http.MethodGet, path, h} }
	post := func(path string, h func(*request) error) route { return route{http.MethodPost, path, h} }
	return []route{
		get("/", s.start),
		get("/search", s.search),
		get("/suggest", s.suggest),
		get("/contacts", s.contacts),
		get("/kinds/:kind", s.kindList),
		get("/lessons", s.lessons),
		get("/projects", s.projects),
		get("/goals", s.goals),
		get("/kpis", s.kpis),
		get("/kpis/:key", s.kpiPage),
		post("/kpis/:key/values", s.kpiRecord),

		get("/new", s.newPage),
		post("/new", s.createPage),
		get("/p/:id", s.permanent),
		get("/wiki/:space", s.spacePage),
		get("/wiki/:space/:slug", s.wikiPage),
		get("/wiki/:space/:slug/edit", s.editPage),
		post("/wiki/:space/:slug/edit", s.savePage),
		get("/wiki/:space/:slug/history", s.history),
		get("/wiki/:space/:slug/revisions/:n", s.revision),
		get("/wiki/:space/:slug/revisions/:n/restore", s.askRestore),
		post("/wiki/:space/:slug/revisions/:n/restore", s.restore),
		get("/wiki/:space/:slug/diff", s.diff),
		get("/wiki/:space/:slug/links", s.links),
		post("/wiki/:space/:slug/confirm", s.confirm),
		post("/wiki/:space/:slug/advance", s.advance),
		post("/wiki/:space/:slug/files", s.attach),
		get("/wiki/:space/:slug/files/:name", s.file),
		get("/wiki/:space/:slug/files/:name/remove", s.askRemoveFile),
		post("/wiki/:space/:slug/files/:name/remove", s.removeFile),

		get("/spaces", s.spaces),
		get("/spaces/closed", s.closedSpaces),
		get("/spaces/new", s.newSpace),
		post("/spaces/new", s.createSpace),
		get("/spaces/:key/edit", s.editSpace),
		post("/spaces/:key/edit", s.saveSpace),

		get("/login", s.login),
		post("/login", s.signIn),
		post("/logout", s.signOut),
		get("/setup", s.setup),
		post("/setup", s.doSetup),
		get("/account", s.account),
		post("/account/password", s.changePassword),
		post("/account/sessions/end", s.endSessions),
		post("/prefs", s.prefs),
		get("/admin", s.admin),
		get("/info/:page", s.info),

		get("/healthz", s.healthz),
		get("/readyz", s.readyz),
	}
}
