package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/page"
	"lernraum/internal/view"
)

func oversees(a access.Actor) bool { return access.Can(a, access.Oversee, access.Object{}) }

// auditLog shows what the instance recorded of security, newest first.
func (s *Server) auditLog(q *request) error {
	ask := audit.Query{Outcome: audit.Outcome(q.query("outcome")), Person: q.query("person"), Limit: audit.PageSize + 1}
	group := q.query("action")
	for _, a := range audit.Inventory() {
		if group != "" && actionGroup(a) == group {
			ask.Actions = append(ask.Actions, a)
		}
	}
	if group != "" && len(ask.Actions) == 0 {
		ask.Actions = []audit.Action{audit.Action(group)} // nothing is called like that: an empty list
	}
	if n, err := strconv.ParseInt(q.query("before"), 10, 64); err == nil && n > 0 {
		ask.Before = n
	}
	list, err := s.Audit.Entries(q.ctx(), q.actor, ask)
	if err != nil {
		return err
	}
	v := &view.Audit{Shell: q.adminShell("/admin/audit", ""), Persons: audit.Persons(q.actor), Filtered: group != "" || ask.Outcome != "" || ask.Person != "", ClearURL: "/admin/audit"}
	if len(list) > audit.PageSize {
		list = list[:audit.PageSize]
		v.OlderURL = q.with("before", strconv.FormatInt(list[len(list)-1].Seq, 10))
	}
	v.Filters = q.auditFilters(group, ask.Outcome)
	names := map[string]string{}
	if v.Persons {
		var ids []string
		for _, e := range list {
			ids = append(ids, e.Actor, e.Subject)
		}
		if names, err = s.Auth.Names(q.ctx(), q.actor, ids); err != nil {
			return err
		}
	}
	for _, e := range list {
		v.Entries = append(v.Entries, q.auditEntry(e, names))
	}
	if newest, err := s.Audit.Entries(q.ctx(), q.actor, audit.Query{Limit: 1}); err != nil {
		return err
	} else if len(newest) > 0 {
		v.Head = strconv.FormatInt(newest[0].Seq, 10) + " " + newest[0].Hash.String()
	}
	return q.render(http.StatusOK, v)
}

// actionGroup is the part of an action before the point: what it is about.
func actionGroup(a audit.Action) string {
	group, _, _ := strings.Cut(string(a), ".")
	return group
}

func (q *request) auditFilters(group string, outcome audit.Outcome) []view.Filter {
	var groups []string
	for _, a := range audit.Inventory() {
		groups = append(groups, actionGroup(a))
	}
	actions := view.Filter{Name: "action", Label: q.tr("web.audit_about"), Value: group}
	for _, g := range slices.Compact(groups) {
		actions.Options = append(actions.Options, view.Option{Value: g, Label: q.tr("web.audit_group_" + g), Selected: g == group})
	}
	out := view.Filter{Name: "outcome", Label: q.tr("web.audit_outcome"), Value: string(outcome)}
	for _, o := range []audit.Outcome{audit.Done, audit.Refused, audit.Failed} {
		out.Options = append(out.Options, view.Option{Value: string(o), Label: q.tr("web.audit_outcome_" + string(o)), Selected: o == outcome})
	}
	return []view.Filter{actions, out}
}

func (q *request) auditEntry(e audit.Entry, names map[string]string) view.AuditEntry {
	v := view.AuditEntry{Seq: e.Seq, At: e.At, Action: string(e.Action), Object: view.Link{Text: e.Object}, Network: e.Network}
	if slices.Contains(audit.Inventory(), e.Action) {
		v.Action = q.tr("web.audit_" + string(e.Action))
	}
	switch e.Outcome {
	case audit.Done:
	case audit.Refused:
		v.Outcome = view.Badge{Key: "refused", Label: q.tr("web.audit_outcome_refused"), Tone: "warning"}
	default:
		v.Outcome = view.Badge{Key: "failed", Label: q.tr("web.audit_outcome_failed"), Tone: "danger"}
	}
	for _, k := range sortedKeys(e.Detail) {
		v.Details = append(v.Details, k+": "+e.Detail[k])
	}
	what, key, _ := strings.Cut(e.Object, ":")
	switch {
	case what == "instance":
		v.Object.Text = q.tr("web.audit_instance")
	case what == "space":
		v.Object = view.Link{Text: q.tr("web.audit_space") + " " + key}
		if _, err := q.s.Wiki.Space(q.ctx(), q.actor, access.Read, key); err == nil {
			v.Object.URL = "/wiki/" + key
		}
	case what == "page":
		v.Object = view.Link{Text: q.tr("web.audit_page") + " " + key}
		if _, err := q.s.Wiki.Page(q.ctx(), q.actor, page.ID(key)); err == nil {
			v.Object.URL = "/p/" + key
		}
	}
	person := func(id string, hash audit.Hash, otherwise string) view.Link {
		switch {
		case id != "":
			name := or(names[id], q.tr("web.audit_gone"))
			return view.Link{URL: "/admin/audit?person=" + id, Text: name}
		case hash != (audit.Hash{}):
			return view.Link{Text: q.tr("web.audit_erased")}
		}
		return view.Link{Text: otherwise}
	}
	v.Who = person(e.Actor, e.ActorHash, q.tr("web.audit_program"))
	v.Whom = person(e.Subject, e.SubjectHash, "")
	return v
}
