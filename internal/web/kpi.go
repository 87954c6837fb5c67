package web

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/kpi"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// kpis lists the KPIs with their last value and a small line each.
func (s *Server) kpis(q *request) error {
	const size = 25
	k := s.Wiki.Kinds().KindOrMissing("kpi")
	pages, total, err := s.Wiki.List(q.ctx(), q.actor, wiki.ListQuery{Kind: "kpi", Limit: size, Offset: (q.page() - 1) * size})
	if err != nil {
		return err
	}
	v := &view.KPIList{Shell: q.shell("projects", ""), Help: q.text(k.Help), New: q.text(k.New), Pager: q.pager(q.page(), size, total)}
	if sp, err := s.Wiki.Writable(q.ctx(), q.actor); err == nil && len(sp) > 0 {
		v.NewURL = "/new?kind=kpi"
	}
	owners, err := q.owners(pages)
	if err != nil {
		return err
	}
	goals, err := q.kpiGoals(pages)
	if err != nil {
		return err
	}
	for _, p := range pages {
		row := view.KPILine{Goal: goals[p.ID], PageLine: q.line(p, owners), Unit: text(p.Fields["unit"]), Direction: q.choice(k, p, "direction"), Target: targetAt(p, s.Now())}
		row.URL = "/kpis/" + p.Slug
		values, err := s.KPI.Values(q.ctx(), p)
		if err != nil {
			return err
		}
		if n := len(values); n > 0 {
			last := values[n-1]
			row.HasValue, row.Last, row.Period, row.Old = true, last.Value, last.Period, q.old(last)
			row.Sparkline = q.s.View.Sparkline(q.chartData(p, values[max(0, n-24):]))
		}
		v.Rows = append(v.Rows, row)
	}
	counts, err := s.Wiki.CountKinds(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	for _, other := range s.Wiki.Kinds().Kinds() {
		if other.Group == k.Group {
			url := "/kinds/" + other.Key
			v.Kinds = append(v.Kinds, view.KindCount{Label: q.text(other.Plural), URL: url, Count: counts[other.Key], Current: other.Key == "kpi"})
		}
	}
	return q.render(http.StatusOK, v)
}

// kpiPage shows a KPI by its key; ".svg" and ".csv" behind it give the chart and the values alone.
func (s *Server) kpiPage(q *request) error {
	key := q.param("key")
	key, svg := cutSuffix(key, ".svg")
	key, list := cutSuffix(key, ".csv")
	p, err := s.KPI.Page(q.ctx(), q.actor, key)
	if err != nil {
		return err
	}
	q.protect(p.Space)
	if !svg && !list {
		if p.Slug != key {
			return q.Redirect(http.StatusMovedPermanently, "/kpis/"+p.Slug)
		}
		done, err := q.fresh()
		if done || err != nil {
			return err
		}
		v, err := s.Wiki.View(q.ctx(), q.actor, p.Space, p.Slug)
		if err != nil {
			return err
		}
		return q.showPage(http.StatusOK, v, nil)
	}
	values, err := s.KPI.Values(q.ctx(), p)
	if err != nil {
		return err
	}
	if svg {
		var buf bytes.Buffer
		if err := s.View.ChartFile(&buf, q.chartData(p, values)); err != nil {
			return err
		}
		// Opened on its own the picture brings no style sheet; its colours are attributes.
		q.Response().Header().Set(headerPolicy, policyFile)
		return q.Blob(http.StatusOK, "image/svg+xml", buf.Bytes())
	}
	for i := range values { // what people typed must not run in a spreadsheet
		cells := safeCells([]string{values[i].Note, values[i].Source})
		values[i].Note, values[i].Source = cells[0], cells[1]
	}
	var buf bytes.Buffer
	if err := kpi.WriteCSV(&buf, values); err != nil {
		return err
	}
	q.Response().Header().Set("Content-Disposition", contentDisposition("attachment", p.Slug+".csv"))
	return q.Blob(http.StatusOK, "text/csv; charset=utf-8", buf.Bytes())
}

// kpiGoals finds the goal each KPI says it contributes to.
func (q *request) kpiGoals(pages []page.Page) (map[page.ID]view.PageRef, error) {
	refs := map[page.ID]string{}
	var all []string
	for _, p := range pages {
		for _, r := range p.Relations {
			if r.Key == "contributes_to" {
				refs[p.ID] = r.Ref
				all = append(all, r.Ref)
				break
			}
		}
	}
	targets, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", all)
	if err != nil {
		return nil, err
	}
	out := make(map[page.ID]view.PageRef, len(refs))
	for id, ref := range refs {
		if t, ok := targets[ref]; ok {
			out[id] = q.targetRef(t)
		}
	}
	return out, nil
}

func cutSuffix(s, suffix string) (string, bool) {
	cut, ok := strings.CutSuffix(s, suffix)
	return cut, ok
}

// kpiRecord takes a typed value.
func (s *Server) kpiRecord(q *request) error {
	p, err := s.KPI.Page(q.ctx(), q.actor, q.param("key"))
	if err != nil {
		return err
	}
	e := kpi.Entry{Period: q.FormValue("period"), Value: q.FormValue("value"), N: q.FormValue("n"), State: q.FormValue("state"), Note: q.FormValue("note")}
	err = s.KPI.Record(q.ctx(), q.actor, p, e)
	if errs.Is(err, errs.Invalid) {
		v, verr := s.Wiki.View(q.ctx(), q.actor, p.Space, p.Slug)
		if verr != nil {
			return verr
		}
		return q.showPage(http.StatusUnprocessableEntity, v, func(w *view.Wiki) {
			if w.KPI == nil {
				return
			}
			w.KPI.Entry = &view.KPIEntry{Period: e.Period, Value: e.Value, N: e.N, State: e.State, Note: e.Note, Errors: errs.FieldsOf(err)}
		})
	}
	if err != nil {
		return err
	}
	s.Wiki.Changed()
	q.note("value_saved")
	return q.seeOther("/kpis/" + p.Slug)
}

// kpiPanel draws the values of a KPI for its page.
func (q *request) kpiPanel(p page.Page, links []page.LinkedPage, entry *view.KPIEntry) (*view.KPIPanel, error) {
	values, err := q.s.KPI.Values(q.ctx(), p)
	if err != nil {
		return nil, err
	}
	k := q.s.Wiki.Kinds().KindOrMissing(p.Kind)
	v := &view.KPIPanel{
		Key: p.Slug, Name: p.Title, Unit: text(p.Fields["unit"]), Direction: q.choice(k, p, "direction"), Rhythm: q.choice(k, p, "rhythm"),
		Target: targetAt(p, q.s.Now()), CSVURL: "/kpis/" + p.Slug + ".csv", SVGURL: "/kpis/" + p.Slug + ".svg", Entry: entry,
	}
	data := q.chartData(p, values)
	for _, l := range links { // lessons that expect an effect here, by the date they were implemented
		if l.Out || !l.Found || l.Type != page.LinkField && l.Key != "expects_effect_on" {
			continue
		}
		other, err := q.s.Wiki.Page(q.ctx(), q.actor, l.Target.ID)
		if err != nil {
			continue
		}
		at, err := time.Parse(time.DateOnly, text(other.Fields["implemented_on"]))
		if err != nil || slices.ContainsFunc(v.Marks, func(m view.KPIMark) bool { return m.Label == l.Target.Title }) {
			continue
		}
		mark := view.KPIMark{Date: at, Label: l.Target.Title, URL: wiki.Address(l.Target.Space, l.Target.Slug)}
		v.Marks = append(v.Marks, mark)
		data.Marks = append(data.Marks, view.ChartMark{T: at, Label: mark.Label, URL: mark.URL})
	}
	v.Sentence = q.sentence(p, values, v.Target)
	data.Desc = q.s.View.Message(q.lang, v.Sentence)
	if len(values) > 0 {
		v.Chart = q.s.View.LineChart(data)
		last := values[len(values)-1]
		v.Last, v.Old = last.ReceivedAt, q.old(last)
	}
	for _, val := range slices.Backward(values) {
		v.Rows = append(v.Rows, view.KPIRow{
			Period: val.Period, Value: val.Value, N: val.N, Provisional: val.State == "provisional", Note: val.Note,
			Source: q.source(val.Source), Version: val.Version, Received: val.ReceivedAt,
		})
	}
	if q.s.Wiki.Allowed(q.ctx(), q.actor, access.Edit, p) && !p.Archived {
		v.EntryURL = "/kpis/" + p.Slug + "/values"
		if v.Entry == nil {
			v.Entry = &view.KPIEntry{Period: nextPeriod(p, values, q.s.Now()), State: "final"}
		}
	}
	return v, nil
}

func (q *request) source(key string) string {
	if q.s.View.Has(q.lang, "web.source_"+key) {
		return q.tr("web.source_" + key)
	}
	return key
}

func nextPeriod(p page.Page, values []page.KPIValue, now time.Time) string {
	if len(values) > 0 {
		if last, err := kpi.ParsePeriod(values[len(values)-1].Period); err == nil {
			if next := kpi.PeriodOf(last.Rhythm, last.End()); !next.Start.After(now) {
				return next.Text
			}
			return last.Text
		}
	}
	return kpi.PeriodOf(kpi.Rhythm(text(p.Fields["rhythm"])), now).Text
}

// old tells that a newer value should have come long ago: two periods have gone by since the last one ended.
func (q *request) old(v page.KPIValue) bool {
	p, err := kpi.ParsePeriod(v.Period)
	if err != nil {
		return false
	}
	next := kpi.PeriodOf(p.Rhythm, p.End())
	return q.s.Now().After(kpi.PeriodOf(p.Rhythm, next.End()).End())
}

// sentence says what the values show without judging them: range, last value, target.
func (q *request) sentence(p page.Page, values []page.KPIValue, target *float64) errs.Message {
	if len(values) == 0 {
		return errs.Msg("web.kpi_none")
	}
	low, high := values[0].Value, values[0].Value
	for _, v := range values {
		low, high = min(low, v.Value), max(high, v.Value)
	}
	last := values[len(values)-1]
	num := func(f float64) string { return q.s.View.Num(q.lang, f) }
	args := []any{
		"Last", num(last.Value), "Unit", text(p.Fields["unit"]), "Period", q.s.View.Period(q.lang, last.Period),
		"Low", num(low), "High", num(high), "Values", len(values),
	}
	if target == nil {
		return errs.Msg("web.kpi_sentence", args...)
	}
	key := "web.kpi_sentence_target"
	switch dir := text(p.Fields["direction"]); {
	case dir == "less" && last.Value <= *target, dir == "more" && last.Value >= *target:
		key = "web.kpi_sentence_met"
	case dir == "less", dir == "more":
		key = "web.kpi_sentence_missed"
	}
	return errs.Msg(key, append(args, "Target", num(*target))...)
}

func (q *request) chartData(p page.Page, values []page.KPIValue) view.ChartData {
	d := view.ChartData{Title: p.Title, Unit: text(p.Fields["unit"]), Lang: q.lang, ID: "chart-" + p.Slug}
	for _, v := range values {
		d.Points = append(d.Points, view.ChartPoint{Label: q.s.View.Period(q.lang, v.Period), T: v.Start, Value: v.Value, Provisional: v.State == "provisional"})
	}
	for _, t := range targets(p) {
		d.Target = append(d.Target, view.TargetStep{From: t.from, Value: t.value})
	}
	d.Desc = q.s.View.Message(q.lang, q.sentence(p, values, targetAt(p, q.s.Now())))
	return d
}

type target struct {
	from  time.Time
	value float64
}

// targets are the steps of a KPI's target in the order of time.
func targets(p page.Page) []target {
	rows, _ := p.Fields["targets"].([]map[string]any)
	var out []target
	for _, row := range rows {
		v, ok := row["value"].(float64)
		if !ok {
			continue
		}
		from, _ := time.Parse(time.DateOnly, text(row["from"])) // without a date it holds from the beginning
		out = append(out, target{from, v})
	}
	slices.SortStableFunc(out, func(a, b target) int { return a.from.Compare(b.from) })
	return out
}

func targetAt(p page.Page, now time.Time) *float64 {
	var at *float64
	for _, t := range targets(p) {
		if !t.from.After(now) {
			v := t.value
			at = &v
		}
	}
	return at
}

// choice is the label of the chosen value of a field.
func (q *request) choice(k *kind.Kind, p page.Page, key string) string {
	f, ok := k.Field(key)
	if !ok {
		return ""
	}
	for _, c := range f.Choices {
		if c.Key == text(p.Fields[key]) {
			return q.text(c.Label)
		}
	}
	return ""
}
