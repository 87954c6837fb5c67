package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"lernraum/content"
	"lernraum/internal/kind"
)

// long are files over the limit, with the reason why splitting them would not help a reader.
var long = map[string]string{}

func TestFilesStaySmall(t *testing.T) {
	const limit = 400
	for _, f := range goFiles(t) {
		if f.test {
			continue // a table of cases is as long as its cases
		}
		if f.lines > limit && long[f.name] == "" {
			t.Errorf("%s: %d lines; split it by noun (limit %d)", f.name, f.lines, limit)
		}
		if f.lines <= limit && long[f.name] != "" {
			t.Errorf("%s: is small again; take it off the list", f.name)
		}
	}
}

// panics names the functions that may panic, with the reason. A panic is never an answer to input.
var panics = map[string]string{
	"errs.Wrap":                "a nil cause would hide a bug",
	"content.sub":              "cannot fail: the folders are named in embed directives",
	"markup.loadWords":         "a broken built-in file is a broken build, found by every test",
	"markup.guard.refuse":      "ends goldmark's parser, which cannot be cancelled; recovered in Render",
	"markup.guard.tick":        "as refuse, when nobody waits any longer",
	"view.drawer.build":        "passes on what is not a fault of the template",
	"view.drawer.program":      "ends the compilation of templates at start; recovered in build",
	"view.compiler.fail":       "as program",
	"main.writer.front":        "a time that a ULID can hold",
	"internal/web/compress.go": "a level of compression that is a constant of the package",
	"search.loadQuestions":     "a file that is built in; every test would find it broken",
	"web.Server.logging":       "passes on http.ErrAbortHandler, as net/http asks for",
}

func TestNoPanicNoInit(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		for _, d := range f.ast.Decls {
			name := f.name // of a function that stands in a variable
			if fn, ok := d.(*ast.FuncDecl); ok {
				name = functionName(f, fn)
				if fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s: no init functions; wire it in cmd", f.at(fn))
				}
			}
			if f.test {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok && isIdent(c.Fun, "panic") {
					if panics[name] == "" {
						t.Errorf("%s: %s panics; return an error", f.at(c), name)
					}
					used[name] = true
				}
				return true
			})
		}
	}
	for name := range panics {
		if !used[name] {
			t.Errorf("%s does not panic; take it off the list", name)
		}
	}
}

func functionName(f *file, fn *ast.FuncDecl) string {
	name := f.ast.Name.Name + "."
	if fn.Recv != nil && len(fn.Recv.List) == 1 {
		typ := fn.Recv.List[0].Type
		if s, ok := typ.(*ast.StarExpr); ok {
			typ = s.X
		}
		if id, ok := typ.(*ast.Ident); ok {
			name += id.Name + "."
		}
	}
	return name + fn.Name.Name
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// isSelector reports whether e is pkg.name.
func isSelector(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && isIdent(s.X, pkg) && s.Sel.Name == name
}

// refused calls: in tests a fixed wait makes a slow machine red; the default client has no limit and follows any
// address; os.Exit belongs to main, which prints one sentence first.
func TestRefusedCalls(t *testing.T) {
	for _, f := range goFiles(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch {
			case f.test && isSelector(s, "time", "Sleep"):
				t.Errorf("%s: wait for the event, not for a time", f.at(s))
			case !f.test && isSelector(s, "time", "Sleep"):
				t.Errorf("%s: wait on a timer and the context", f.at(s))
			case isSelector(s, "http", "Get"), isSelector(s, "http", "Post"), isSelector(s, "http", "PostForm"),
				isSelector(s, "http", "Head"), isSelector(s, "http", "DefaultClient"), isSelector(s, "http", "DefaultTransport"),
				isSelector(s, "http", "DefaultServeMux"):
				t.Errorf("%s: http.%s has no limits", f.at(s), s.Sel.Name)
			case isSelector(s, "slog", "Default"), isSelector(s, "slog", "SetDefault"):
				t.Errorf("%s: the logger is handed in", f.at(s))
			case isSelector(s, "os", "Exit") && !f.test && f.ast.Name.Name != "main":
				t.Errorf("%s: only main ends the process", f.at(s))
			}
			return true
		})
	}
}

// A client or transport of net/http that somebody makes for themselves goes wherever an address leads. The one that
// looks where it goes is made by internal/outbound.
func TestOneWayOut(t *testing.T) {
	made := 0
	for _, f := range goFiles(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			var typ ast.Expr
			switch n := n.(type) {
			case *ast.CompositeLit:
				typ = n.Type
			case *ast.ValueSpec:
				typ = n.Type
			case *ast.CallExpr:
				if isIdent(n.Fun, "new") && len(n.Args) == 1 {
					typ = n.Args[0]
				}
			case *ast.Ident:
				if n.Name == "InsecureSkipVerify" {
					t.Errorf("%s: certificates are always checked", f.at(n))
				}
			}
			if typ == nil || !isSelector(typ, "http", "Client") && !isSelector(typ, "http", "Transport") {
				return true
			}
			if f.pkg == "internal/outbound" && !f.test {
				made++
			} else if !f.test {
				t.Errorf("%s: requests to others go through internal/outbound", f.at(n))
			}
			return true
		})
	}
	if made != 2 {
		t.Errorf("internal/outbound makes %d clients and transports, not one of each", made)
	}
}

// clocks may read the machine's clock themselves, with the reason.
var clocks = map[string]string{
	"cmd/lernraum":    "hands the clock to the others",
	"cmd/bench":       "measures",
	"internal/search": "measures its own work and waits between attempts; keeps no time",
}

func TestClockIsInjected(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || clocks[f.pkg] != "" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && isSelector(c.Fun, "time", "Now") {
				t.Errorf("%s: ask the injected clock", f.at(c))
			}
			return true
		})
	}
}

// german are files whose strings hold German on purpose: language data, not sentences for a person.
var german = map[string]string{
	"internal/search/analysis.go": "words of questions that the German analysis drops",
	"internal/search/mapping.go":  "a text that shows whether the analysis changed",
}

// Sentences for people stand in the catalogues. Umlauts are the trace that a grep can see.
func TestNoGermanInCode(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || german[f.name] != "" || strings.HasPrefix(f.name, "cmd/bench/") {
			continue // the bench generates German pages
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			if ok && l.Kind == token.STRING && strings.ContainsFunc(l.Value, func(r rune) bool { return r > unicode.MaxASCII && strings.ContainsRune("äöüÄÖÜß", r) }) {
				t.Errorf("%s: %s belongs into the catalogue", f.at(l), l.Value)
			}
			return true
		})
	}
}

// What people wrote becomes HTML in one place, and so does what we draw ourselves. No other function converts to one
// of the types that html/template trusts.
func TestTrustedHTMLIsMadeInTwoPlaces(t *testing.T) {
	trusted := []string{"HTML", "HTMLAttr", "CSS", "JS", "JSStr", "URL", "Srcset"}
	var found []string
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			name := f.name
			if fn, ok := d.(*ast.FuncDecl); ok {
				name = functionName(f, fn)
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok {
					if s, ok := c.Fun.(*ast.SelectorExpr); ok && isIdent(s.X, "template") && slices.Contains(trusted, s.Sel.Name) {
						found = append(found, name+" "+s.Sel.Name)
					}
				}
				return true
			})
		}
	}
	slices.Sort(found)
	want := []string{
		"view.Body HTML", // what package markup made safe
		"view.href URL",  // an address whose scheme is on the list, so that tel: passes
		"view.svg HTML",  // charts that we draw
	}
	if !slices.Equal(found, want) {
		t.Errorf("conversions to trusted types: %v, want %v", found, want)
	}
}

// kindOwners own the behaviour of kinds by name.
var kindOwners = map[string]string{
	"internal/kind":   "declares kinds",
	"internal/lesson": "guards of the learning loop count linked lessons, decisions and KPIs",
	"internal/kpi":    "owns KPIs",
	"cmd/bench":       "writes pages of each kind",
}

// kindComparisons are comparisons with one kind, by function, with the reason.
var kindComparisons = map[string]string{
	"wiki.Service.unitOf": "units own pages, and wiki owns the rule of ownership",
	"web.Server.kpis":     "the list of KPIs has a view of its own and marks itself among its neighbours",
}

// Code that asks "is this a process?" makes the next kind a change of code. Behaviour attaches by name in the kind's
// YAML: panels, guards, field types.
func TestNoSwitchOnKinds(t *testing.T) {
	set, err := kind.Load(kind.Source{Name: "kinds", FS: content.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	text := func(e ast.Expr) (string, bool) {
		l, ok := e.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(l.Value)
		return s, err == nil
	}
	shipped := func(e ast.Expr) bool {
		s, ok := text(e)
		if !ok {
			return false
		}
		_, is := set.Kind(s)
		return is
	}
	check := func(f *file, name string, n ast.Node) {
		switch n := n.(type) {
		case *ast.SwitchStmt:
			kinds, others := 0, 0
			for _, c := range n.Body.List {
				for _, e := range c.(*ast.CaseClause).List {
					if shipped(e) {
						kinds++
					} else if _, ok := text(e); ok {
						others++
					}
				}
			}
			if kinds > 0 && namesKind(n.Tag) || kinds > 1 && others == 0 {
				t.Errorf("%s: switch on kinds", f.at(n))
			}
		case *ast.BinaryExpr:
			if n.Op != token.EQL && n.Op != token.NEQ {
				return
			}
			if shipped(n.X) && namesKind(n.Y) || shipped(n.Y) && namesKind(n.X) {
				if kindComparisons[name] == "" {
					t.Errorf("%s: %s asks for one kind", f.at(n), name)
				}
			}
		}
	}
	for _, f := range goFiles(t) {
		if f.test || kindOwners[f.pkg] != "" {
			continue
		}
		for _, d := range f.ast.Decls {
			name := f.name
			if fn, ok := d.(*ast.FuncDecl); ok {
				name = functionName(f, fn)
			}
			ast.Inspect(d, func(n ast.Node) bool {
				check(f, name, n)
				return true
			})
		}
	}
}

// namesKind reports whether an expression looks like the key of a kind: page.Kind, kindKey, k.Key.
func namesKind(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.Contains(strings.ToLower(e.Name), "kind")
	case *ast.SelectorExpr:
		return e.Sel.Name == "Key" || strings.Contains(strings.ToLower(e.Sel.Name), "kind")
	case *ast.IndexExpr:
		return namesKind(e.X)
	}
	return false
}
