package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// hostile is an instance in which everything that can be written holds attacks.
type hostile struct {
	t       *testing.T
	in      *instance
	c       *client
	session string          // cookie of its administrator, whose name is an attack too
	vectors []string        // without control characters, which no field takes
	at      map[string]int  // how far each kind of field has got through the vectors
	placed  map[string]bool // vector and kind of field
	fields  map[string]bool
	pages   []string            // addresses
	forms   map[string]formSpec // of kinds
}

type formSpec struct{ inputs []formField }

type formField struct {
	name  string
	area  bool
	typ   string
	max   int
	first string // of a choice
}

// fromHouse is a request from a page of the house, wherever that is served.
var fromHouse = http.Header{"Sec-Fetch-Site": {"same-origin"}}

const bossPassword = "ein langes Kennwort zum Testen"

func newHostile(t *testing.T, vectors []string) *hostile {
	t.Helper()
	newTab(t) // skips where there is no browser
	h := &hostile{t: t, at: map[string]int{}, placed: map[string]bool{}, fields: map[string]bool{}, forms: map[string]formSpec{}}
	for _, v := range vectors {
		if v = clean(v); v != "" {
			h.vectors = append(h.vectors, v)
		}
	}
	dir := t.TempDir()
	add := exec.CommandContext(t.Context(), demo.bin, "user", "add", "boss", "--data", filepath.Join(dir, "data"), "--name", h.fill("account name", 120), "--label", h.fill("account label", 120),
		"--role", "admin", "--role", "editor", "--role", "controller", "--role", "coordination")
	add.Stdin = strings.NewReader(bossPassword + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("add an account: %v\n%s", err, out)
	}
	var err error
	if h.in, err = serve(demo.bin, dir, "--listen", "127.0.0.1:0", "--house-name", h.fill("house", 100), "--feedback-mail", "a@b.example"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.in.stop(); err != nil {
			t.Error(err)
		}
	})
	h.c = newClientAt(t, h.in.base)
	a := h.c.post("/login", url.Values{"login": {"boss"}, "password": {bossPassword}}, fromHouse)
	if a.status != http.StatusSeeOther {
		t.Fatalf("sign in: %d", a.status)
	}
	h.session, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
	return h
}

func clean(v string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == utf8.RuneError {
			return -1
		}
		return r
	}, v))
}

// fill gives the next attacks for a kind of field, as many as fit into so many characters; at least a part of one.
func (h *hostile) fill(field string, most int) string { return h.join(field, " ", most) }

func (h *hostile) join(field, sep string, most int) string {
	var parts []string
	length := 0
	h.fields[field] = true
	for range h.vectors {
		v := h.vectors[h.at[field]%len(h.vectors)]
		if sep != "\n\n" {
			v = strings.ReplaceAll(v, "\n", " ")
		}
		n := utf8.RuneCountInString(v) + len(sep)
		if length+n > most && len(parts) > 0 {
			break
		}
		h.at[field]++
		if n > most { // too long for this kind of field
			continue
		}
		h.placed[field+"\x00"+v] = true
		parts, length = append(parts, v), length+n
	}
	return strings.Join(parts, sep)
}

// form reads which fields the form of a kind has, with a row in each list.
func (h *hostile) form(kind string) formSpec {
	h.t.Helper()
	if f, ok := h.forms[kind]; ok {
		return f
	}
	body := h.c.mustGet("/new?kind=" + kind).body
	v := url.Values{"kind": {kind}, "space": {"labor"}, "do": nil}
	for _, m := range regexp.MustCompile(`name="do" value="(add:[^"]*)"`).FindAllStringSubmatch(body, -1) {
		v.Set("do", m[1])
		body += h.c.post("/new", v, fromHouse).body
	}
	var f formSpec
	seen := map[string]bool{}
	doc := parse(h.t, body)
	walk(doc, func(n *html.Node) {
		name := attr(n, "name")
		if n.Type != html.ElementNode || seen[name] || !strings.Contains(" title summary comment tags body owner slug ", " "+name+" ") && !strings.HasPrefix(name, "fields.") && !strings.HasPrefix(name, "relations.") {
			return
		}
		in := formField{name: name, area: n.Data == "textarea", typ: attr(n, "type"), max: 900}
		if m := attr(n, "maxlength"); m != "" {
			_, _ = fmt.Sscan(m, &in.max)
		}
		switch n.Data {
		case "select":
			in.typ = "select"
			walk(n, func(o *html.Node) {
				if o.Data == "option" && in.first == "" {
					in.first = attr(o, "value")
				}
			})
		case "input", "textarea":
			if in.typ == "radio" {
				in.typ, in.first = "select", attr(n, "value")
			}
		default:
			return
		}
		seen[name] = true
		f.inputs = append(f.inputs, in)
	})
	if len(f.inputs) < 8 {
		h.t.Fatalf("the form of %s has %d fields", kind, len(f.inputs))
	}
	f.inputs = append(f.inputs, formField{name: "comment", max: 290})
	h.forms[kind] = f
	return f
}

// values fills a form. Where everything is bad, it also fills what no attack can be stored in.
func (h *hostile) values(kind string, bad bool) url.Values {
	v := url.Values{"kind": {kind}, "space": {"labor"}, "do": {"save"}, "revision": {"0"}}
	for _, in := range h.form(kind).inputs {
		field := in.name
		if strings.HasPrefix(field, "fields.") {
			field = kind + " " + field
		}
		switch {
		case in.typ == "select":
			v.Set(in.name, in.first)
		case in.name == "slug", in.typ == "date", in.typ == "number", in.typ == "email", in.typ == "url", in.typ == "tel":
			if bad {
				v.Set(in.name, h.fill("refused", 200))
			}
		case in.typ == "checkbox", in.typ == "hidden":
		case in.name == "tags":
			var tags []string
			for range 20 {
				tags = append(tags, strings.NewReplacer(",", " ", ";", " ").Replace(h.fill("tag", 60)))
			}
			v.Set("tags", strings.Join(tags, ","))
		case in.name == "body":
			v.Set(in.name, h.join(in.name, "\n\n", 60_000))
		case strings.HasPrefix(in.name, "relations."):
			v.Set(in.name, h.join("relation", "\n", 400))
		case in.name == "summary":
			v.Set(in.name, h.fill(in.name, in.max-10))
		case in.area:
			v.Set(in.name, h.join(field, "\n\n", 4000))
		default:
			v.Set(in.name, h.fill(field, in.max-10))
		}
	}
	return v
}

var fieldOfError = regexp.MustCompile(`href="#f-([a-z0-9-]+)"`)

// plainly is what fields with a form of their own take.
var plainly = map[string]string{"date": "2027-01-01", "number": "1", "email": "a@b.example", "tel": "030 1", "url": "https://a.example/"}

func or(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// write creates a page; fields that refuse attacks are left empty after they have refused one.
func (h *hostile) write(kind string) string {
	h.t.Helper()
	v := h.values(kind, false)
	a := h.c.post("/new", v, fromHouse)
	for try := 0; a.status == http.StatusUnprocessableEntity && try < 6; try++ {
		refused := fieldOfError.FindAllStringSubmatch(a.body, -1)
		if len(refused) == 0 {
			break
		}
		for _, in := range h.form(kind).inputs {
			name := in.name
			id := strings.NewReplacer(".", "-", "_", "-").Replace(name)
			for _, m := range refused {
				switch {
				case m[1] != id && !strings.HasPrefix(m[1], id+"-"):
				case try == 0:
					v.Del(name)
				case in.typ == "select":
					v.Set(name, in.first)
				case name == "slug":
					v.Set(name, fmt.Sprint("seite-", len(h.pages)))
				default: // it has to be there
					v.Set(name, or(plainly[in.typ], "unit/einheit"))
				}
			}
		}
		a = h.c.post("/new", v, fromHouse)
	}
	if a.status != http.StatusSeeOther {
		h.t.Fatalf("a hostile %s is refused: %d %s", kind, a.status, excerpt(a.body, `class="lr-errors__list"`))
	}
	at := a.location()
	h.pages = append(h.pages, at)
	// A second revision, so that there is a history and something to compare; then files.
	v.Set("revision", "1")
	v.Set("comment", h.fill("comment", 290))
	v.Set("body", h.join("body", "\n\n", 20_000))
	if a := h.c.post(at+"/edit", v, fromHouse); a.status != http.StatusSeeOther {
		h.t.Fatalf("edit %s: %d %s", at, a.status, excerpt(a.body, `class="lr-errors__list"`))
	}
	return at
}

// attach puts a file onto a page.
func (h *hostile) attach(at, name, content string) int {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = w.WriteField("alt", h.fill("alt", 280))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return h.c.do(http.MethodPost, at+"/files", w.FormDataContentType(), &b, fromHouse).status
}

var kindOfNew = regexp.MustCompile(`/new\?kind=([a-z_]+)`)

// furnish writes until every attack has stood in a title.
func (h *hostile) furnish() {
	h.t.Helper()
	for i, key := range []string{"labor", "labor-zwei", "labor-drei"} {
		a := h.c.post("/spaces/new", url.Values{
			"key": {key}, "title": {h.fill("space title", 100)}, "summary": {h.fill("space summary", 250)}, "reason": {h.fill("space reason", 250)},
			"type": {[]string{"open", "published", "restricted"}[i]}, "review_due": {"2027-01-01"},
		}, fromHouse)
		if a.status != http.StatusSeeOther {
			h.t.Fatalf("a hostile space is refused: %d %s", a.status, excerpt(a.body, `class="lr-errors__list"`))
		}
	}
	unit := h.c.post("/new", url.Values{"kind": {"unit"}, "space": {"labor"}, "do": {"save"}, "slug": {"einheit"}, "title": {h.fill("title", 190)}, "fields.short_name": {h.fill("unit short name", 40)}, "fields.type": {"team"}}, fromHouse)
	if a := h.c.post(unit.location()+"/advance", url.Values{"revision": {"1"}, "transition": {"publish"}}, fromHouse); unit.status != http.StatusSeeOther || a.status != http.StatusSeeOther {
		h.t.Fatalf("a unit with a hostile title: %d, published: %d", unit.status, a.status)
	}
	var kinds []string
	for _, m := range kindOfNew.FindAllStringSubmatch(h.c.mustGet("/new").body, -1) {
		if !slices.Contains(kinds, m[1]) {
			kinds = append(kinds, m[1])
		}
	}
	if len(kinds) < 10 {
		h.t.Fatalf("only the kinds %v", kinds)
	}
	for i := 0; h.at["title"] < len(h.vectors); i++ {
		at := h.write(kinds[i%len(kinds)])
		for _, ending := range []string{".txt", ".svg", ".pdf"} {
			content := "<!DOCTYPE html><script>alert(1)</script>"
			switch ending {
			case ".svg":
				content = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><image href="//lr.invalid/x"/></svg>`
			case ".pdf":
				content = "%PDF-1.4\n1 0 obj\n<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
			}
			if status := h.attach(at, h.fill("file name", 150)+ending, content); status != http.StatusSeeOther && ending != ".txt" {
				h.t.Logf("%s: a file %s answers %d", at, ending, status)
			}
		}
	}
}

// measure writes values with hostile notes for a KPI.
func (h *hostile) measure() {
	h.t.Helper()
	v := h.values("kpi", false)
	v.Set("slug", "messwert")
	v.Set("fields.rhythm", "month")
	v.Set("fields.direction", "less")
	for name := range v {
		if strings.HasPrefix(name, "fields.") && strings.ContainsAny(name, "0123456789") || name == "fields.data_owner" || name == "owner" || strings.HasPrefix(name, "relations.") {
			v.Del(name)
		}
	}
	a := h.c.post("/new", v, fromHouse)
	if a.status != http.StatusSeeOther {
		h.t.Fatalf("a hostile KPI is refused: %d %s", a.status, excerpt(a.body, `class="lr-errors__list"`))
	}
	h.pages = append([]string{a.location()}, h.pages...)
	h.c.post(a.location()+"/advance", url.Values{"revision": {"1"}, "transition": {"activate"}}, fromHouse)
	for i := range 8 {
		a := h.c.post("/kpis/messwert/values", url.Values{"period": {fmt.Sprintf("2025-%02d", i+1)}, "value": {fmt.Sprint(i * 3 % 7)}, "state": {"final"}, "note": {h.fill("KPI note", 290)}}, fromHouse)
		if a.status != http.StatusSeeOther {
			h.t.Fatalf("a value with a hostile note is refused: %d %s", a.status, excerpt(a.body, "kern-error"))
		}
	}
}

// throwAway puts the last page into the bin.
func (h *hostile) throwAway() {
	h.t.Helper()
	last := h.pages[len(h.pages)-1]
	h.pages = h.pages[:len(h.pages)-1]
	m := regexp.MustCompile(`name="revision" value="([0-9]+)"`).FindStringSubmatch(h.c.mustGet(last + "/delete").body)
	if m == nil {
		h.t.Fatalf("%s cannot be deleted", last)
	}
	if a := h.c.post(last+"/delete", url.Values{"revision": {m[1]}, "reason": {h.fill("reason of deleting", 200)}}, fromHouse); a.status != http.StatusSeeOther {
		h.t.Fatalf("delete %s: %d", last, a.status)
	}
}

// shape is an address without what differs between pages of the same kind.
var (
	pagePart = regexp.MustCompile(`^/wiki/[^/?]+/[^/?]+`)
	filePart = regexp.MustCompile(`/files/[^/?]+`)
	idPart   = regexp.MustCompile(`/[0-9A-Z]{26}`)
	number   = regexp.MustCompile(`/[0-9]+`)
)

func shape(address string) string {
	path, query, _ := strings.Cut(address, "?")
	path = pagePart.ReplaceAllString(path, "/wiki/:space/:slug")
	path = number.ReplaceAllString(idPart.ReplaceAllString(filePart.ReplaceAllString(path, "/files/:name"), "/:id"), "/:n")
	if strings.HasPrefix(path, "/kpis/") || strings.HasPrefix(path, "/kinds/") {
		path = path[:strings.LastIndex(path, "/")] + "/:key"
	}
	if query != "" {
		path += "?"
	}
	return path
}

// addresses are so many of the pages with their histories and forms, and of what is linked anywhere so many of a shape.
func (h *hostile) addresses(pages, each int) []string {
	h.t.Helper()
	always := map[string]bool{}
	queue := []string{"/", "/spaces", "/spaces/closed", "/account", "/admin", "/evaluations", "/contacts", "/kpis", "/goals", "/lessons", "/projects", "/kinds/guide?format=csv", "/kpis/messwert", "/kpis/messwert.svg", "/kpis/messwert.csv"}
	for i, p := range h.pages[:min(pages, len(h.pages))] {
		views := []string{p}
		if i%3 == 0 || pages == len(h.pages) {
			views = append(views, p+"/history", p+"/edit", p+"/diff?from=1&to=2")
		}
		for _, v := range views {
			always[v] = true
			queue = append(queue, v)
		}
	}
	return linked(h.t, h.c, queue, always, each)
}

// linked follows links from some addresses and gives so many of each shape, and those that are wanted always.
func linked(t *testing.T, c *client, queue []string, always map[string]bool, each int) []string {
	t.Helper()
	taken, shapes := map[string]bool{}, map[string]int{}
	var out []string
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		key := shape(at)
		if taken[at] || shapes[key] >= each && !always[at] {
			continue
		}
		taken[at] = true
		shapes[key]++
		out = append(out, at)
		a := c.get(at)
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.status != http.StatusOK {
			continue
		}
		walk(parse(t, a.body), func(n *html.Node) {
			u, err := url.Parse(attr(n, "href"))
			if err != nil || n.Data != "a" || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "/static/") {
				return
			}
			u.Fragment, u.RawFragment = "", ""
			queue = append(queue, u.String())
		})
	}
	return out
}

// asked are addresses that carry attacks themselves.
func (h *hostile) asked() []string {
	var out []string
	for h.at["query"] < len(h.vectors) {
		out = append(out, "/search?q="+url.QueryEscape(h.fill("query", 1500)))
	}
	{
		v := h.fill("address", 600)
		q, p := url.QueryEscape(v), url.PathEscape(strings.ReplaceAll(v, "/", "∕"))
		out = append(out, "/suggest?q="+q, "/contacts?q="+q, "/kinds/guide?title="+q+"&state="+q+"&space="+q+"&sort="+q+"&page="+q, "/search?q=x&kind="+q+"&space="+q+"&unit="+q+"&sort="+q,
			"/login?return="+q, "/new?kind="+q, "/new?kind=guide&title="+q+"&space="+q, "/wiki/"+p, "/wiki/labor/"+p, "/kpis/"+p, "/kpis/"+p+".svg", "/kpis/"+p+".csv", "/kinds/"+p, "/info/"+p, "/p/"+p, "/"+p, "/?"+q)
	}
	return out
}

// hunt visits everything with a policy or without.
func (h *hostile) hunt(t *testing.T, base string, addresses, asked []string, forms map[string]url.Values) catch {
	t.Helper()
	b := newHunter(t, base, h.session)
	for _, at := range slices.Concat(addresses, asked) {
		b.visit(at)
	}
	for _, at := range slices.Sorted(maps.Keys(forms)) {
		path, _, _ := strings.Cut(at, "#")
		b.send(path, forms[at])
	}
	t.Logf("%d views", b.pages)
	return b.found()
}

// Our own attacks in every field, looked at in a real browser, with the policy and without it: the policy is the
// second line, and the first holds alone.
func TestAttacksInEveryField(t *testing.T) {
	t.Parallel()
	control(t, "/image", "/link")
	h := newHostile(t, attacks(t))
	h.furnish()
	h.measure()
	h.throwAway()
	// Every attack stands somewhere in every kind of field; not every page with a part of them needs a look in each run.
	// Lists show the titles and summaries of all.
	pages, each := 6, 1
	switch os.Getenv("LERNRAUM_ATTACKS") {
	case "many":
		pages, each = 18, 2 // a page of each kind
	case "all":
		pages, each = len(h.pages), 4
	}
	addresses, asked := h.addresses(pages, each), h.asked()
	forms := map[string]url.Values{"/login#": {"login": {h.fill("login", 150)}, "password": {"x"}, "return": {h.fill("return", 150)}}}
	for kind := range h.forms {
		forms["/new#refused "+kind] = h.values(kind, true)
		if each <= 2 && len(forms)%4 != 0 {
			continue
		}
		preview := h.values(kind, false)
		preview.Set("do", "preview")
		forms["/new#preview "+kind] = preview
	}
	first := h.pages[0]
	forms["/spaces/new#"] = url.Values{"key": {h.fill("space key", 50)}, "title": {h.fill("space title", 500)}, "summary": {h.fill("space summary", 900)}, "reason": {h.fill("space reason", 900)}, "unit": {h.fill("space unit", 80)}, "review_due": {h.fill("date", 60)}}
	forms[first+"/advance#"] = url.Values{"revision": {"1"}, "transition": {"ask_review"}, "reason": {h.fill("reason", 400)}}
	forms[first+"/edit#"] = url.Values{"revision": {"1"}, "do": {"save"}, "title": {h.fill("conflict", 150)}, "body": {h.fill("conflict", 900)}}
	t.Logf("%d vectors in %d kinds of fields, %d pairs; %d pages, %d addresses, %d with attacks in them, %d forms",
		len(h.vectors), len(h.fields), len(h.placed), len(h.pages), len(addresses), len(asked), len(forms))
	for _, v := range h.vectors {
		for _, field := range []string{"title", "body", "query"} {
			if !h.placed[field+"\x00"+v] && !h.placed[field+"\x00"+strings.ReplaceAll(v, "\n", " ")] && utf8.RuneCountInString(v) < 180 {
				t.Errorf("%q stood in no %s", v, field)
			}
		}
	}
	for name, base := range map[string]string{"with the policy": h.in.base, "without the policy": without(t, h.in.base, "Content-Security-Policy")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c := h.hunt(t, base, addresses, asked, forms); !c.none() {
				t.Errorf("found: %s", c)
			} else {
				t.Logf("found: %s", c)
			}
		})
	}
}

// What others have collected, many on a page.
func TestCollectedAttacksInTheBrowser(t *testing.T) {
	if os.Getenv("LERNRAUM_ATTACKS") == "" {
		t.Skip("thousands of attacks take a while: LERNRAUM_ATTACKS=many runs them")
	}
	t.Parallel()
	vectors := collected(t)
	control(t, "/image", "/link")
	h := newHostile(t, vectors)
	if a := h.c.post("/spaces/new", url.Values{"key": {"labor"}, "title": {"Labor"}, "type": {"open"}}, fromHouse); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	for h.at["body"] < len(h.vectors) {
		v := url.Values{"kind": {"guide"}, "space": {"labor"}, "do": {"save"}, "title": {h.fill("title", 190)}, "summary": {h.fill("summary", 290)}, "comment": {h.fill("comment", 290)},
			"body": {h.join("body", "\n\n", 20_000)}, "slug": {fmt.Sprint("g-", len(h.pages))}}
		a := h.c.post("/new", v, fromHouse)
		if a.status != http.StatusSeeOther { // limits of the Markdown are limits, too
			t.Logf("refused: %d %s", a.status, excerpt(a.body, `class="lr-errors__list"`))
			continue
		}
		h.pages = append(h.pages, a.location())
	}
	t.Logf("%d vectors, %d pairs of vector and field on %d pages", len(h.vectors), len(h.placed), len(h.pages))
	var addresses []string
	for _, p := range h.pages {
		addresses = append(addresses, p, p+"/history")
	}
	for name, base := range map[string]string{"with the policy": h.in.base, "without the policy": without(t, h.in.base, "Content-Security-Policy")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c := h.hunt(t, base, addresses, nil, nil); !c.none() {
				t.Errorf("found: %s", c)
			} else {
				t.Logf("found: %s", c)
			}
		})
	}
}
