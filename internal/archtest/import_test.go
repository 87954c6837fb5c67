package archtest

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// imports is the floor plan: what a package may import of ours, outside its tests. Arrows point down:
// cmd → web → {view, auth, wiki, lesson, kpi, room} → {page, access, kind, markup} → errs; the engines (store,
// search, transfer) are wired by cmd and know the types they carry. A new package gets its row here first.
var imports = map[string][]string{
	"cmd/lernraum": {
		"content", "static", "templates",
		"internal/access", "internal/audit", "internal/auth", "internal/config", "internal/errs", "internal/kind", "internal/kpi",
		"internal/lesson", "internal/markup", "internal/media", "internal/member", "internal/orga", "internal/outbound", "internal/page", "internal/privacy", "internal/search", "internal/setting", "internal/store",
		"internal/transfer", "internal/view", "internal/web", "internal/wiki",
	},
	"cmd/bench": {
		"content", "static", "templates",
		"internal/access", "internal/auth", "internal/config", "internal/errs", "internal/kind", "internal/kpi",
		"internal/markup", "internal/page", "internal/search", "internal/store", "internal/transfer", "internal/view",
		"internal/wiki",
	},
	"cmd/vendorjs": {},

	"content":   {},
	"static":    {},
	"templates": {},

	"internal/errs":     {},
	"internal/outbound": {},
	"internal/audit":    {"internal/access", "internal/errs"},
	"internal/page":     {},
	"internal/access":   {"internal/page", "internal/errs"},
	"internal/kind":     {"internal/page", "internal/errs"},
	"internal/markup":   {"internal/page", "internal/errs"},
	"internal/media":    {"internal/errs"},
	"internal/config":   {"internal/errs"},
	"internal/setting":  {"internal/access", "internal/audit", "internal/config", "internal/errs"},

	"internal/auth":   {"internal/access", "internal/audit", "internal/page", "internal/errs"},
	"internal/view":   {"internal/page", "internal/errs", "templates"},
	"internal/wiki":   {"internal/access", "internal/audit", "internal/kind", "internal/markup", "internal/page", "internal/errs"},
	"internal/member": {"internal/auth", "internal/access", "internal/audit", "internal/page", "internal/errs"},
	"internal/orga":   {"internal/wiki", "internal/access", "internal/audit", "internal/kind", "internal/markup", "internal/page", "internal/errs"},
	"internal/kpi":    {"internal/access", "internal/kind", "internal/page", "internal/errs"},
	"internal/lesson": {"internal/wiki", "internal/kind", "internal/page", "internal/errs"},

	"internal/privacy": {"internal/auth", "internal/access", "internal/audit", "internal/page", "internal/errs"},

	"internal/api": {
		"internal/wiki", "internal/kpi", "internal/auth", "internal/access", "internal/page", "internal/kind", "internal/errs",
	},

	"internal/web": {
		"internal/view", "internal/audit", "internal/privacy", "internal/auth", "internal/setting", "internal/member", "internal/orga", "internal/wiki", "internal/kpi", "internal/lesson", "internal/access",
		"internal/api",
		"internal/kind", "internal/page", "internal/errs",
	},

	// Engines: wiki's types say what they have to keep and answer.
	"internal/store":  {"internal/privacy", "internal/orga", "internal/wiki", "internal/auth", "internal/member", "internal/audit", "internal/access", "internal/page", "internal/errs"},
	"internal/search": {"internal/wiki", "internal/access", "internal/page", "internal/errs"},
	"internal/transfer": {
		"internal/wiki", "internal/kpi", "internal/access", "internal/kind", "internal/markup", "internal/page",
		"internal/errs",
	},
}

// testImports is what tests may use on top: data that is shipped, and engines below the thing tested.
var testImports = map[string][]string{
	"content":                  {"content", "internal/kind", "internal/page"},
	"internal/kind":            {"content"},
	"internal/markup":          {"content"},
	"internal/auth":            {"internal/store"},
	"internal/store":           {"internal/store/storetest"},
	"internal/store/storetest": {"internal/wiki", "internal/audit", "internal/auth", "internal/member", "internal/access", "internal/page", "internal/errs"},
	"internal/search":          {"content", "internal/kind", "internal/markup"},
	"internal/transfer":        {"content", "internal/lesson", "internal/media", "internal/search", "internal/store"},
	"internal/wiki":            {"content", "internal/lesson", "internal/search", "internal/store"},
	"internal/orga":            {"content", "internal/auth", "internal/lesson", "internal/search", "internal/store"},
	"internal/lesson":          {"content", "internal/access", "internal/store"},
	"internal/privacy":         {"internal/store", "internal/wiki"},
	"internal/member":          {"internal/store"},
	"internal/web":             {"content", "internal/config", "static", "templates", "internal/lesson", "internal/markup", "internal/media", "internal/search", "internal/store", "internal/transfer"},
	"internal/view":            {"static", "internal/markup"},
	"internal/archtest":        {"content", "internal/kind", "internal/page"},
}

// anything marks packages whose tests start the whole program.
var anything = map[string]bool{"internal/e2e": true, "cmd/lernraum": true, "cmd/bench": true}

func TestImportsPointDown(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range goFiles(t) {
		seen[f.pkg] = true
		allowed, known := imports[f.pkg]
		if !known && !testPackages[f.pkg] {
			t.Errorf("%s: the package has no row in the import table", f.name)
			continue
		}
		if f.test && anything[f.pkg] {
			continue
		}
		for _, imp := range f.ast.Imports {
			p, ours := ourImport(imp)
			if !ours || p == f.pkg || slices.Contains(allowed, p) {
				continue
			}
			if f.test && slices.Contains(testImports[f.pkg], p) {
				continue
			}
			t.Errorf("%s: %s may not import %s", f.at(imp), f.pkg, p)
		}
	}
	for pkg := range imports {
		if !seen[pkg] {
			t.Errorf("import table: there is no package %s", pkg)
		}
	}
}

// The table itself has no circle and keeps the floors: nothing imports what stands above it.
func TestImportTableHasNoCircle(t *testing.T) {
	state := map[string]int{}
	var visit func(p string, way []string)
	visit = func(p string, way []string) {
		switch state[p] {
		case 1:
			t.Errorf("circle: %s", strings.Join(append(way, p), " → "))
			return
		case 2:
			return
		}
		state[p] = 1
		for _, q := range imports[p] {
			if _, ok := imports[q]; !ok {
				t.Errorf("%s → %s: no such row", p, q)
			}
			if strings.HasPrefix(q, "cmd/") {
				t.Errorf("%s imports a command", p)
			}
			visit(q, append(way, p))
		}
		state[p] = 2
	}
	for _, p := range slices.Sorted(maps.Keys(imports)) {
		visit(p, nil)
	}
}

func ourImport(imp *ast.ImportSpec) (string, bool) {
	p, err := strconv.Unquote(imp.Path.Value)
	if err != nil {
		return "", false
	}
	rest, ok := strings.CutPrefix(p, module+"/")
	return rest, ok
}

// owners names for each third-party library the packages that may import it. Replacing one is then the work of one
// package. Libraries without behaviour of their own (text tables, ids) have several users.
var owners = map[string][]string{
	"modernc.org/sqlite":                 {"internal/store"},
	"github.com/pressly/goose/v3":        {"internal/store"},
	"database/sql":                       {"internal/store"},
	"github.com/blevesearch":             {"internal/search"},
	"github.com/yuin/goldmark":           {"internal/markup"},
	"github.com/microcosm-cc/bluemonday": {"internal/markup"},
	"golang.org/x/net/html":              {"internal/markup"},
	"golang.org/x/net/idna":              {"internal/outbound"},
	"github.com/labstack/echo/v4":        {"internal/web"},
	"github.com/klauspost/compress":      {"internal/web"},
	"github.com/nicksnyder/go-i18n/v2":   {"internal/view"},
	"html/template":                      {"internal/view"},
	"github.com/gabriel-vasile/mimetype": {"internal/media"},
	"golang.org/x/image":                 {"internal/media"},
	"golang.org/x/crypto":                {"internal/auth"},
	"github.com/coreos/go-oidc/v3":       {"internal/auth"},
	"golang.org/x/oauth2":                {"internal/auth"},
	"golang.org/x/time":                  {"internal/auth"},
	"github.com/alecthomas/kong":         {"cmd/lernraum"},
	"github.com/prometheus":              {"cmd/lernraum"},
	"github.com/schollz/progressbar/v3":  {"cmd/lernraum"},
	"golang.org/x/term":                  {"cmd/lernraum"},
	"golang.org/x/sync":                  {"internal/markup", "internal/search", "internal/store", "internal/wiki"},
	"golang.org/x/sys":                   {"internal/store"},
	"golang.org/x/text/unicode/norm":     {"internal/auth", "internal/kind", "internal/markup", "internal/search", "internal/store", "internal/wiki"},
	"golang.org/x/text/encoding/charmap": {"internal/orga"},
	"golang.org/x/text/cases":            {"internal/kind", "internal/store"},
	"golang.org/x/text/collate":          {"internal/store"},
	"golang.org/x/text/language":         {"internal/store", "internal/view"},
	"github.com/oklog/ulid/v2":           {"internal/auth", "internal/wiki"},
	"go.yaml.in/yaml/v3":                 {"internal/auth", "internal/config", "internal/kind", "internal/markup", "internal/transfer", "internal/view"},
}

// forTests may be imported by any test and by no other code.
var forTests = []string{
	"github.com/google/go-cmp", "github.com/santhosh-tekuri/jsonschema/v6", "go.uber.org/goleak", "github.com/rogpeppe/go-internal", "golang.org/x/net/html", "golang.org/x/net/dns",
	"go.yaml.in/yaml/v3", "html/template", "golang.org/x/image",
}

// browser drives Chromium: only the journeys do that.
const browser = "github.com/chromedp"

func TestEachLibraryHasOneOwner(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.pkg == "cmd/bench" {
			continue // measures libraries beside the server
		}
		for _, imp := range f.ast.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if under(p, browser) {
				if f.pkg != "internal/e2e" || !f.test {
					t.Errorf("%s: %s is for the journeys of internal/e2e", f.at(imp), p)
				}
				continue
			}
			if f.test && slices.ContainsFunc(forTests, func(lib string) bool { return under(p, lib) }) {
				continue
			}
			lib, packages := owner(p)
			host, _, _ := strings.Cut(p, "/")
			switch {
			case lib == "" && strings.Contains(host, "."):
				t.Errorf("%s: nobody owns %s", f.at(imp), p)
			case lib != "" && !slices.Contains(packages, f.pkg) && !(f.test && anything[f.pkg]):
				t.Errorf("%s: %s belongs to %s", f.at(imp), p, strings.Join(packages, ", "))
			}
		}
	}
}

// owner finds the longest row that covers an import path.
func owner(p string) (lib string, packages []string) {
	for l, ps := range owners {
		if under(p, l) && len(l) > len(lib) {
			lib, packages = l, ps
		}
	}
	return lib, packages
}

func under(p, lib string) bool { return p == lib || strings.HasPrefix(p, lib+"/") }

// A package is one noun and says in its comment what it owns.
func TestPackagesAreNouns(t *testing.T) {
	commented := map[string]bool{}
	all := map[string]bool{}
	for _, f := range goFiles(t) {
		all[f.pkg] = true
		if f.ast.Doc != nil {
			commented[f.pkg] = true
		}
	}
	vague := []string{"util", "utils", "common", "helper", "helpers", "model", "models", "misc", "shared", "base", "core", "lib"}
	for _, p := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(vague, path.Base(p)) {
			t.Errorf("%s: a package is one noun, not a drawer", p)
		}
		if !commented[p] {
			t.Errorf("%s: no package comment", p)
		}
	}
}
