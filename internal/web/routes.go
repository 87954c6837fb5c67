package web

import (
	"fmt"
	"net/http"

	"lernraum/internal/access"
	"lernraum/internal/api"
)

// route is one address of the product. Every one is listed here, so that tests can walk over all of them, and says
// what it is about and what is done to it: a program with a route that does not say so does not start.
type route struct {
	method  string
	path    string
	about   about
	action  access.Action
	handler func(*request) error
	api     *api.Operation       // of the JSON API; it has no handler
	ended   func(*request) error // answers guests who send a form that needs a sign-in; nil: they are sent to the sign-in page
}

// kept gives a route that hands guests back what they typed.
func (r route) kept(h func(*request) error) route {
	r.ended = h
	return r
}

// about is the kind of object a route concerns.
type about string

const (
	aboutOpen  about = "open"  // nothing that is protected: signing in, the texts every house has to publish
	aboutList  about = "list"  // what is listed, counted or suggested, from the actor's scope only
	aboutPage  about = "page"  // one page, named by :space and :slug, :id, or the :key of a KPI
	aboutFile  about = "file"  // a file of a page
	aboutSpace about = "space" // a space, named by :space or :key, or chosen in a form
	aboutOwn   about = "own"   // what belongs to whoever asks: their account, sessions, tokens
	aboutHouse about = "house" // the instance
)

// declared says what is missing of a route.
func (r route) declared() error {
	switch r.about {
	case aboutOpen, aboutList, aboutPage, aboutFile, aboutSpace, aboutOwn, aboutHouse:
	default:
		return fmt.Errorf("route %s %s does not say what it is about", r.method, r.path)
	}
	switch r.action {
	case access.Read, access.Create, access.Edit, access.Advance, access.Manage, access.Members, access.Answer, access.Ask, access.Admin, access.Oversee:
		return nil
	}
	return fmt.Errorf("route %s %s does not say what is done", r.method, r.path)
}

func (s *Server) routes() []route {
	get := func(path string, o about, act access.Action, h func(*request) error) route {
		return route{method: http.MethodGet, path: path, about: o, action: act, handler: h}
	}
	post := func(path string, o about, act access.Action, h func(*request) error) route {
		return route{method: http.MethodPost, path: path, about: o, action: act, handler: h}
	}
	views := []route{
		get("/", aboutList, access.Read, s.start),
		get("/search", aboutList, access.Read, s.search),
		get("/suggest", aboutList, access.Read, s.suggest),
		get("/contacts", aboutList, access.Read, s.contacts),
		get("/kinds/:kind", aboutList, access.Read, s.kindList),
		get("/lessons", aboutList, access.Read, s.lessons),
		get("/projects", aboutList, access.Read, s.projects),
		get("/goals", aboutList, access.Read, s.goals),
		get("/kpis", aboutList, access.Read, s.kpis),
		get("/kpis/:key", aboutPage, access.Read, s.kpiPage),
		post("/kpis/:key/values", aboutPage, access.Edit, s.kpiRecord),

		get("/new", aboutSpace, access.Create, s.newPage),
		post("/new", aboutSpace, access.Create, s.createPage).kept(s.createEnded),
		get("/p/:id", aboutPage, access.Read, s.permanent),
		get("/wiki/:space", aboutSpace, access.Read, s.spacePage),
		get("/wiki/:space/:slug", aboutPage, access.Read, s.wikiPage),
		get("/wiki/:space/:slug/edit", aboutPage, access.Edit, s.editPage),
		post("/wiki/:space/:slug/edit", aboutPage, access.Edit, s.savePage).kept(s.saveEnded),
		get("/wiki/:space/:slug/history", aboutPage, access.Read, s.history),
		get("/wiki/:space/:slug/revisions/:n", aboutPage, access.Read, s.revision),
		get("/wiki/:space/:slug/revisions/:n/restore", aboutPage, access.Edit, s.askRestore),
		post("/wiki/:space/:slug/revisions/:n/restore", aboutPage, access.Edit, s.restore),
		get("/wiki/:space/:slug/revisions/:n/redact", aboutPage, access.Edit, s.askRedact),
		post("/wiki/:space/:slug/revisions/:n/redact", aboutPage, access.Edit, s.redact),
		get("/wiki/:space/:slug/diff", aboutPage, access.Read, s.diff),
		get("/wiki/:space/:slug/links", aboutPage, access.Read, s.links),
		get("/wiki/:space/:slug/access", aboutPage, access.Read, s.whoSees),
		get("/wiki/:space/:slug/delete", aboutPage, access.Edit, s.askDelete),
		post("/wiki/:space/:slug/delete", aboutPage, access.Edit, s.deletePage),
		post("/wiki/:space/:slug/confirm", aboutPage, access.Advance, s.confirm),
		post("/wiki/:space/:slug/advance", aboutPage, access.Advance, s.advance),
		post("/wiki/:space/:slug/files", aboutPage, access.Edit, s.attach),
		get("/wiki/:space/:slug/files/:name", aboutFile, access.Read, s.file),
		get("/wiki/:space/:slug/files/:name/remove", aboutFile, access.Edit, s.askRemoveFile),
		post("/wiki/:space/:slug/files/:name/remove", aboutFile, access.Edit, s.removeFile),

		get("/spaces", aboutList, access.Read, s.spaces),
		get("/spaces/closed", aboutList, access.Read, s.closedSpaces),
		get("/spaces/new", aboutHouse, access.Manage, s.newSpace),
		post("/spaces/new", aboutHouse, access.Manage, s.createSpace),
		get("/spaces/:key/names", aboutSpace, access.Edit, s.namesIn),
		post("/spaces/:key/names", aboutSpace, access.Edit, s.settleName),
		get("/spaces/:key/bin", aboutSpace, access.Edit, s.bin),
		post("/spaces/:key/bin/:id/restore", aboutSpace, access.Edit, s.undelete),
		get("/spaces/:key/bin/:id/purge", aboutSpace, access.Edit, s.askPurge),
		post("/spaces/:key/bin/:id/purge", aboutSpace, access.Edit, s.purge),
		get("/spaces/:key/edit", aboutSpace, access.Manage, s.editSpace),
		post("/spaces/:key/edit", aboutSpace, access.Manage, s.saveSpace),
		get("/spaces/:key/people", aboutSpace, access.Members, s.people),
		post("/spaces/:key/people", aboutSpace, access.Members, s.setMember),
		get("/spaces/:key/people/remove", aboutSpace, access.Members, s.askRemoveMember),
		get("/spaces/:key/request", aboutSpace, access.Ask, s.askAccess),
		post("/spaces/:key/request", aboutSpace, access.Ask, s.sendAsk),
		get("/spaces/:key/requests", aboutSpace, access.Answer, s.requests),
		post("/spaces/:key/requests", aboutSpace, access.Answer, s.answerAsk),

		get("/login", aboutOpen, access.Read, s.login),
		post("/login", aboutOpen, access.Read, s.signIn),
		get("/login/link", aboutOpen, access.Read, s.loginLink),
		post("/login/link", aboutOpen, access.Read, s.useLink),
		get("/login/:provider", aboutOpen, access.Read, s.loginAt),
		get("/auth/callback", aboutOpen, access.Read, s.callback),
		post("/auth/backchannel/:provider", aboutOpen, access.Read, s.backchannel),
		post("/logout", aboutOpen, access.Read, s.signOut),
		get("/logout/done", aboutOpen, access.Read, s.logoutDone),
		get("/logout/provider", aboutOpen, access.Read, s.logoutProvider),
		get("/setup", aboutOpen, access.Read, s.setup),
		post("/setup", aboutOpen, access.Read, s.doSetup),
		get("/account", aboutOwn, access.Read, s.account),
		post("/account/password", aboutOwn, access.Edit, s.changePassword),
		post("/account/sessions/end", aboutOwn, access.Edit, s.endSessions),
		post("/account/sessions/others", aboutOwn, access.Edit, s.endOtherSessions),
		post("/account/sessions/:id/end", aboutOwn, access.Edit, s.endSession),
		get("/account/export", aboutOwn, access.Read, s.exportOwn),
		get("/account/erase", aboutOwn, access.Read, s.askEraseOwn),
		post("/account/erase", aboutOwn, access.Edit, s.eraseOwn),
		get("/admin/people/:id/erase", aboutHouse, access.Admin, s.askErase),
		post("/admin/people/:id/erase", aboutHouse, access.Admin, s.erase),
		get("/account/tokens", aboutOwn, access.Read, s.tokens),
		post("/account/tokens", aboutOwn, access.Edit, s.createToken),
		post("/account/tokens/:id/revoke", aboutOwn, access.Edit, s.revokeToken),
		get("/admin/people", aboutHouse, access.Admin, s.accounts),
		get("/admin/people/new", aboutHouse, access.Admin, s.newPerson),
		post("/admin/people/new", aboutHouse, access.Admin, s.createPerson),
		get("/admin/people/:id", aboutHouse, access.Admin, s.person),
		post("/admin/people/:id", aboutHouse, access.Admin, s.changePerson),
		post("/admin/people/:id/link", aboutHouse, access.Admin, s.personLink),
		post("/admin/people/:id/close", aboutHouse, access.Admin, s.closePerson),
		post("/admin/people/:id/open", aboutHouse, access.Admin, s.openPerson),
		post("/admin/people/:id/sessions/end", aboutHouse, access.Admin, s.endSessionsOf),
		post("/admin/sessions/:id/end", aboutHouse, access.Admin, s.endSessionOf),
		get("/admin/roles", aboutHouse, access.Admin, s.roles),
		get("/login/password", aboutOpen, access.Read, s.setPasswordPage),
		post("/login/password", aboutOpen, access.Read, s.setPassword),
		get("/admin/tokens", aboutHouse, access.Admin, s.adminTokens),
		post("/admin/tokens/:id/revoke", aboutHouse, access.Admin, s.adminRevokeToken),
		get("/login/confirm", aboutOwn, access.Read, s.confirmPage),
		post("/login/confirm", aboutOwn, access.Edit, s.confirmAnswer),
		get("/login/confirmed", aboutOwn, access.Read, s.confirmDone),
		post("/prefs", aboutOpen, access.Read, s.prefs),
		get("/admin", aboutHouse, access.Admin, s.admin),
		get("/admin/spaces", aboutHouse, access.Admin, s.adminSpaces),
		get("/admin/kinds", aboutHouse, access.Admin, s.adminKinds),
		get("/admin/settings", aboutHouse, access.Admin, s.settings),
		post("/admin/settings", aboutHouse, access.Admin, s.saveSettings),
		get("/admin/audit", aboutHouse, access.Oversee, s.auditLog),
		get(unitsPath, aboutHouse, access.Manage, s.unitTree),
		get(importPath, aboutHouse, access.Manage, s.importForm),
		post(importPath, aboutHouse, access.Manage, s.importUnits),
		get(unitsPath+"/history", aboutHouse, access.Manage, s.reorganisations),
		get(unitsPath+"/history/:id", aboutHouse, access.Manage, s.reorganisation),
		post(unitsPath+"/history/:id/undo", aboutHouse, access.Manage, s.undoReorganisation),
		get(unitsPath+"/:slug/reorganise", aboutHouse, access.Manage, s.reorganise),
		post(unitsPath+"/:slug/reorganise", aboutHouse, access.Manage, s.doReorganise),
		get("/handover", aboutOwn, access.Read, s.handover),
		get("/evaluations", aboutOwn, access.Read, s.evaluationList),
		get(api.DocPath, aboutOpen, access.Read, s.apiDoc),
		get("/info/:page", aboutOpen, access.Read, s.info),
		post(reportPath, aboutOpen, access.Read, s.cspReport),

		get("/healthz", aboutOpen, access.Read, s.healthz),
		get("/readyz", aboutOpen, access.Read, s.readyz),
	}
	return append(views, s.apiRoutes()...)
}
