package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// published makes a page of the clerk's unit that holds.
func (s *site) published(in wiki.Input) page.Page {
	s.t.Helper()
	in.Owner = "unit/z2"
	if in.ReviewDue.IsZero() {
		in.ReviewDue = s.clock.now().AddDate(1, 0, 0)
	}
	out, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{State: "published", Input: in}}, nil)
	if err != nil || out[0].Err != nil {
		s.t.Fatal(err, out)
	}
	p, err := s.wiki.Page(s.ctx, program, out[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// edited saves another text of a page.
func (s *site) edited(p page.Page, change func(*wiki.Input)) page.Page {
	s.t.Helper()
	in := wiki.InputOf(p)
	change(&in)
	out, err := s.wiki.Edit(s.ctx, program, p.ID, p.Revision, in)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func at(p page.Page, rest string) string { return wiki.Address(p.Space, p.Slug) + rest }

func revision(p page.Page, pairs ...string) url.Values {
	v := url.Values{"revision": {strconv.Itoa(p.Revision)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func TestOutdatedStepKeepsItsReason(t *testing.T) {
	s := newSite(t)
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "antrag", Title: "Antrag", Body: "Alt.\n"})
	newer := s.edited(p, func(in *wiki.Input) { in.Body = "Inzwischen neu.\n" })
	const reason = "Die Frist ist jetzt <vier> Wochen"
	shown := "Die Frist ist jetzt &lt;vier&gt; Wochen"

	got := s.post("clerk", at(p, "/advance"), revision(p, "transition", "ask_review", "reason", reason))
	s.want("an outdated step", got, 409, shown+"</textarea>", "Fassung 2", "Inzwischen neu.", `<details class="lr-objection" open>`,
		`name="revision" value="2"`)
	got = s.post("clerk", at(p, "/confirm"), revision(p))
	s.want("an outdated confirmation", got, 409, "Noch nicht bestätigt", "Fassung 2", "Inzwischen neu.", "!Ihr Text steht")
	got = s.post("clerk", at(p, "/revisions/1/restore"), revision(p))
	s.want("an outdated restoring", got, 409, "Nicht wiederhergestellt", "Inzwischen neu.", `href="`+at(p, "/history")+`"`, "!Ihr Text steht")

	// The page has moved on so far that the step is no longer there: the reason still is.
	if _, err := s.wiki.Advance(s.ctx, program, p.ID, newer.Revision, "archive", "Weg"); err != nil {
		t.Fatal(err)
	}
	got = s.post("clerk", at(p, "/advance"), revision(newer, "transition", "ask_review", "reason", reason))
	s.want("a step that is gone", got, 409, "Sie hatten geschrieben:", shown)
}

func TestPressingTwiceConfirmsOnce(t *testing.T) {
	s := newSite(t)
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "antrag", Title: "Antrag", Body: "Text.\n"})
	for range 2 {
		s.want("confirming", s.post("clerk", at(p, "/confirm"), revision(p)), 303)
	}
	now, err := s.wiki.Page(s.ctx, program, p.ID)
	if err != nil || now.Revision != p.Revision+1 {
		t.Errorf("revision %d, %v; want %d", now.Revision, err, p.Revision+1)
	}
}

func TestErrorLeadsBackToThePage(t *testing.T) {
	s := newSite(t)
	p := s.pages["offen"]
	s.want("a form that is too large", s.post("clerk", at(p, "/edit"), url.Values{"body": {strings.Repeat("x", 3<<20)}}), 413, `<a href="/wiki/handbuch/offen">Zurück</a>`)
	s.want("a guest's confirmation", s.post("guest", at(p, "/confirm"), revision(p)), 401, "!Zurück</a>")
}

func TestObjectionShowsUntilSomebodyHasLooked(t *testing.T) {
	s := newSite(t)
	due := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "alt", Title: "Aaa nur alt", ReviewDue: s.clock.now().AddDate(0, -1, 0)})
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "frist", Title: "Zzz Frist", Body: "Acht Wochen.\n"})
	s.want("a page that holds", s.get("clerk", at(p, "")), 200, "Stimmt noch", "Stimmt nicht mehr", `id="objection"`, "!Zu prüfen")
	s.want("a page for guests", s.get("guest", at(p, "")), 200, "!Stimmt nicht mehr")
	s.want("an objection without a reason", s.post("clerk", at(p, "/advance"), revision(p, "transition", "ask_review")), 422,
		`<details class="lr-objection" open>`, "Bitte nennen Sie den Grund")

	got := s.post("clerk", at(p, "/advance"), revision(p, "transition", "ask_review", "reason", "Es sind vier."))
	s.want("an objection", got, 303)
	note := got.Result().Cookies()[0]
	shown := s.get("clerk", at(p, ""), "Cookie", note.Name+"="+note.Value)
	s.want("the page afterwards", shown, 200, "Referat Z 2 sieht ihn unter „Zu prüfen“", "Es sind vier.", "02.11.2026", "Zu prüfen: Es gibt einen Hinweis.",
		"Stimmt noch", "!Stimmt nicht mehr", "!Nächste Prüfung am")
	s.want("the page for guests", s.get("guest", at(p, "")), 200, "Es sind vier.")

	start := s.get("clerk", "/")
	s.want("the start page", start, 200, "Zu prüfen", p.Title, due.Title)
	if strings.Index(start.body, p.Title) > strings.Index(start.body, due.Title) {
		t.Error("what is due by the calendar stands before what somebody says is wrong")
	}

	now, err := s.wiki.Page(s.ctx, program, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.edited(now, func(in *wiki.Input) { in.Body = "Vier Wochen.\n" })
	s.want("after an edit", s.get("clerk", at(p, "")), 200, "Es sind vier.", "Stimmt noch")
	now, err = s.wiki.Page(s.ctx, program, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.want("confirming", s.post("clerk", at(p, "/confirm"), revision(now)), 303)
	s.want("after confirming", s.get("clerk", at(p, "")), 200, "!Es sind vier.", "!Es gibt einen Hinweis", "Stimmt nicht mehr")
}

func TestComparisonMarksWhatChangedInARecord(t *testing.T) {
	s := newSite(t)
	step := func(what string, more ...string) map[string]any {
		row := map[string]any{"what": what}
		for i := 0; i+1 < len(more); i += 2 {
			row[more[i]] = more[i+1]
		}
		return row
	}
	steps := func(rows ...map[string]any) page.Fields {
		return page.Fields{"purpose": "Zweck bleibt.", "steps": rows}
	}
	p := s.published(wiki.Input{Kind: "process", Space: "handbuch", Slug: "anmelden", Title: "Anmelden", Fields: steps(
		step("Veranstaltung im Katalog suchen\nund merken", "role", "unit/z2"), step("Formular ausfüllen"), step("Absenden"))})
	s.edited(p, func(in *wiki.Input) {
		in.Fields = steps(step("Veranstaltung im Katalog finden\nund merken", "role", "unit/z2"), step("Kosten mit der Leitung klären"), step("Formular ausfüllen"), step("Absenden"))
	})
	got := s.get("clerk", at(p, "/diff?from=1&to=2"))
	s.want("the comparison", got, 200, "suchen<span", "finden<span", "Kosten mit der Leitung klären", "Referat Z 2",
		"Schritte, Nr. 1", "Schritte, Nr. 2", "!Schritte, Nr. 3", "!unit/z2", "!Absenden", "!Formular", "!Zweck bleibt")
	if strings.Contains(got.body, "<del class=\"lr-diff__del\"><span class=\"kern-sr-only\">entfallen: </span>Was") {
		t.Error("the whole record is marked")
	}
	if !strings.Contains(got.body, "\nRolle: Referat Z 2") {
		t.Error("the parts of a record stand in one line")
	}
}

func TestOnlyKPIsHaveValues(t *testing.T) {
	s := newSite(t)
	s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "anders", Title: "kpi/foo", Body: "Text.\n"})
	s.want("a guide that is called like a KPI", s.get("clerk", "/kpis/foo"), 404)
	s.want("its values", s.get("clerk", "/kpis/foo.csv"), 404)
	s.want("a value for it", s.post("clerk", "/kpis/foo/values", url.Values{"period": {"2026-09"}, "value": {"3"}}), 404)
	s.want("a value that is none", s.post("clerk", "/kpis/foo/values", url.Values{"value": {"x"}}), 404)
}

func TestSafeCellsLookBehindWhiteSpace(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", " =1+1": "' =1+1", "\n=1+1": "'\n=1+1", "\u200b=1+1": "'\u200b=1+1", "＝1+1": "'＝1+1", "-2+3": "'-2+3", "@x": "'@x",
		"-3,5": "-3,5", "-3.5": "-3.5", "+49 30 1234": "'+49 30 1234", "-3 5": "'-3 5", "": "", "a=b": "a=b", " ": " ",
	} {
		if got := safeCells([]string{in})[0]; got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestEndedSessionKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "antrag", Title: "Antrag", Body: "Alt.\n"})
	typed := controls(t, s.get("clerk", at(p, "/edit")).body, at(p, "/edit"))
	typed.Set("body", "Eine Stunde Arbeit.")
	for _, actor := range []string{"guest", "stranger"} {
		got := s.post(actor, at(p, "/edit"), typed)
		s.want("saving after the session has ended", got, 401, "Ihre Anmeldung ist beendet", "Eine Stunde Arbeit.", `action="`+at(p, "/edit")+`"`, `target="_blank"`)
		again := controls(t, got.body, at(p, "/edit"))
		if actor == "stranger" {
			s.want("saving when signed in again", s.post("clerk", at(p, "/edit"), again), 303)
		}
	}
	if now, err := s.wiki.Page(s.ctx, program, p.ID); err != nil || now.Body != "Eine Stunde Arbeit.\n" || now.Revision != 2 {
		t.Errorf("stored %q in revision %d, %v", now.Body, now.Revision, err)
	}
	got := s.post("guest", "/new", url.Values{"kind": {"guide"}, "space": {"handbuch"}, "title": {"Neu"}, "body": {"Viel."}})
	s.want("a new page", got, 401, "Ihre Anmeldung ist beendet", "Viel.", `<option value="handbuch" selected>`)
	s.want("the new page, signed in", s.post("clerk", "/new", controls(t, got.body, "/new")), 303)
	s.want("a kind that is none", s.post("guest", "/new", url.Values{"kind": {"x"}}), 401)
}

func TestBusyStoreKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	for name, fail := range map[string]error{
		"busy": errs.Wrap(errs.Unavailable, "store", io.ErrNoProgress), "late": fmt.Errorf("save: %w", context.DeadlineExceeded),
	} {
		s.store.fail.Store(&fail)
		got := s.post("clerk", "/new", url.Values{"kind": {"guide"}, "space": {"handbuch"}, "title": {"Neu"}, "body": {"Viel getippt."}})
		s.want(name, got, 503, "Viel getippt.", "!comment:", `role="alert"`)
		if got.Header().Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", name)
		}
	}
}

func TestInfoShowsOnlyPagesOfTheHouse(t *testing.T) {
	s := newSite(t)
	s.want("the imprint", s.get("stranger", "/info/imprint"), 200, "Wir.")
	s.edited(s.pages["impressum"], func(in *wiki.Input) { in.Space = "tresor" })
	s.want("the imprint in a closed space", s.get("guest", "/info/imprint"), 404, "!Wir.")
	if _, err := s.wiki.Advance(s.ctx, program, s.pages["datenschutz"].ID, 1, "archive", "Alt"); err != nil {
		t.Fatal(err)
	}
	s.want("an archived page", s.get("guest", "/info/privacy"), 404, "!Wenig.")
}

func TestClosedSpacesAreKeptNowhere(t *testing.T) {
	s := newSite(t)
	p := s.pages["verborgen"]
	for _, target := range []string{at(p, ""), at(p, "/history"), at(p, "/diff"), at(p, "/revisions/1"), at(p, "/links"), at(p, "/edit"),
		at(p, "/files/anlage.txt"), "/wiki/tresor", "/kpis/geheime-dauer", "/kpis/geheime-dauer.csv", "/kpis/geheime-dauer.svg"} {
		got := s.get("insider", target, "Accept-Encoding", "gzip")
		s.want(target, got, 200)
		if cc := got.Header().Get("Cache-Control"); cc != "private, no-store" || got.Header().Get("ETag") != "" {
			t.Errorf("%s: Cache-Control %q, ETag %q", target, cc, got.Header().Get("ETag"))
		}
	}
	if got := s.get("clerk", "/wiki/handbuch/offen"); got.Header().Get("Cache-Control") != "private, no-cache" || got.Header().Get("ETag") == "" {
		t.Errorf("an open page: %v", got.Header())
	}
	// A former address in an open space leads to a page that is closed now.
	moved := s.edited(s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "wandert", Title: "Wandert", Body: "Zu.\n"}), func(in *wiki.Input) { in.Space = "tresor" })
	for _, rest := range []string{"/history", "/edit", "/links"} {
		if got := s.get("insider", "/wiki/handbuch/"+moved.Slug+rest); got.Code != 200 || got.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s of a moved page: %d %v", rest, got.Code, got.Header())
		}
	}
}

func TestReadySaysWhatIsMissing(t *testing.T) {
	s := newSite(t)
	s.want("ready", s.get("guest", "/readyz"), 200, "ready\n")
	s.open.Ready = func(context.Context) error {
		return fmt.Errorf("%w: %w", NotReady("the search index is 2000 changes behind"), io.ErrUnexpectedEOF)
	}
	s.want("not ready", s.get("guest", "/readyz"), 503, "not ready: the search index is 2000 changes behind\n", "!EOF")
}

func TestFullHouseSaysComeBack(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(l, 1, time.Now)
	in := make(chan net.Conn)
	go func() {
		defer close(in)
		for {
			c, err := g.Accept()
			if err != nil {
				return
			}
			in <- c
		}
	}()
	dial := func() net.Conn {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := dial()
	inside := <-in
	second := dial()
	fmt.Fprint(second, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(second), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || len(body) == 0 {
		t.Errorf("%d %v %q %v", res.StatusCode, res.Header, body, err)
	}
	for _, c := range []net.Conn{first, second, inside, inside} { // closing twice gives one place free
		_ = c.Close()
	}
	third := dial()
	(<-in).Close()
	third.Close()
	l.Close()
	<-in
}

// slow is a body that says when its last byte was read.
type slow struct {
	io.Reader
	end time.Time
}

func (s *slow) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err == io.EOF {
		s.end = time.Now()
	}
	return n, err
}

func TestTimeOfTheWorkBeginsAfterTheBody(t *testing.T) {
	s := newSite(t)
	body := &slow{Reader: strings.NewReader("a=b")}
	h := s.open.limits(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		until, ok := r.Context().Deadline()
		if !ok || body.end.IsZero() || until.Before(body.end.Add(s.open.RequestTimeout)) {
			t.Errorf("read until %v, work until %v", body.end, until)
		}
		if err := r.ParseForm(); err != nil || r.Form.Get("a") != "b" {
			t.Error(r.Form, err)
		}
	}))
	r := httptest.NewRequest(http.MethodPost, "/new", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(httptest.NewRecorder(), r)
}

func TestOldTextsLeaveRoomForSaving(t *testing.T) {
	s := newSite(t)
	p := s.pages["offen"]
	s.open.old <- struct{}{} // somebody renders an old text and does not end
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, at(p, "/revisions/1"), nil)
	if got := s.send("clerk", r); got.Code == 200 {
		t.Error("two old texts are rendered at once")
	}
	typed := controls(t, s.get("clerk", at(p, "/edit")).body, at(p, "/edit"))
	typed.Set("title", "Anders")
	s.want("saving meanwhile", s.post("clerk", at(p, "/edit"), typed), 303)
	<-s.open.old
	first := s.get("clerk", at(p, "/revisions/1"), "Accept-Encoding", "gzip")
	s.want("an old text", first, 200)
	s.open.old <- struct{}{}
	s.want("the same again", s.get("clerk", at(p, "/revisions/1"), "Accept-Encoding", "gzip"), 200)
	<-s.open.old
}

func TestWhySoNamesOnlyWhatCameIntoForce(t *testing.T) {
	s := newSite(t)
	for _, l := range []struct{ slug, state string }{{"gilt", "implemented"}, {"kommt", "submitted"}, {"aus", "not_pursued"}} {
		out, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{State: l.state, Input: wiki.Input{
			Kind: "lesson", Space: "handbuch", Slug: l.slug, Title: "Erkenntnis " + l.slug, Relations: []page.Relation{{Key: "changes", Ref: "handbuch:norm"}, {Key: "changes", Ref: "normen:norm"}}}}}, nil)
		if err != nil || out[0].Err != nil {
			t.Fatal(err, out)
		}
	}
	got := s.get("clerk", "/wiki/normen/norm")
	s.want("a page that lessons changed", got, 200, "Wegen <a href=\"/wiki/handbuch/gilt\"", "!Wegen <a href=\"/wiki/handbuch/kommt\"", "!Wegen <a href=\"/wiki/handbuch/aus\"", "Erkenntnis kommt")
	if n := strings.Count(got.body, "Erkenntnis gilt"); n != 1 {
		t.Errorf("a cause is named %d times", n)
	}
}

func TestMistakesAreNamedAtOnceAndOnce(t *testing.T) {
	s := newSite(t)
	got := s.post("clerk", "/new", url.Values{"kind": {"lesson"}, "review_due": {"bald"}})
	s.want("a form with many mistakes", got, 422, `href="#f-review-due"`, `href="#f-title"`, `href="#f-space"`, `href="#f-fields-direction"`)
	for _, id := range []string{"f-review-due", "f-title", "f-space", "f-fields-direction"} {
		if n := strings.Count(got.body, `href="#`+id+`"`); n != 1 {
			t.Errorf("%s is named %d times", id, n)
		}
	}
}

func TestPrintPromisesNoCheckThatWasNotMade(t *testing.T) {
	s := newSite(t)
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "antrag", Title: "Antrag", Body: "Text.\n"})
	s.want("a page nobody has checked", s.get("clerk", at(p, "")), 200, "!geprüft bis")
	s.want("confirming", s.post("clerk", at(p, "/confirm"), revision(p)), 303)
	s.want("a page somebody has checked", s.get("clerk", at(p, "")), 200, "geprüft bis")
}

func TestTableHasUnitsInItsHead(t *testing.T) {
	f := &kind.Field{Type: kind.TypeNumber, Label: kind.Text{DE: "Größe", EN: "Size"}, Unit: kind.Text{DE: "Plätze", EN: "seats"}}
	if got := headOf(f, "de") + headOf(f, "en") + headOf(&kind.Field{Label: f.Label}, "de"); got != "Größe (Plätze)Size (seats)Größe" {
		t.Error(got)
	}
}
