package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// module is the path that go.mod gives; imports that begin with it are our own.
const module = "lernraum"

// root leads from this folder to that of the repository.
const root = "../.."

// file is one Go file of the repository.
type file struct {
	name  string // from the root, with slashes
	pkg   string // its folder from the root
	test  bool   // a _test.go file, or one of a package that only tests import
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

// at names a place as "internal/x/y.go:12".
func (f *file) at(n ast.Node) string {
	p := f.fset.Position(n.Pos())
	return f.name + ":" + itoa(p.Line)
}

// testPackages are imported by tests only and count as test code.
var testPackages = map[string]bool{
	"internal/store/storetest": true,
	"internal/archtest":        true,
	"internal/e2e":             true,
}

var parsed = sync.OnceValues(parseTree)

// goFiles gives every Go file of the repository, parsed with comments.
func goFiles(t *testing.T) []*file {
	t.Helper()
	files, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d Go files found: the tree was not read", len(files))
	}
	return files
}

func parseTree() ([]*file, error) {
	var files []*file
	err := walk(func(name string, d fs.DirEntry) error {
		if path.Ext(name) != ".go" || strings.HasPrefix(name, otherModule) {
			return nil
		}
		src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := path.Dir(name)
		files = append(files, &file{
			name: name, pkg: pkg, test: strings.HasSuffix(name, "_test.go") || testPackages[pkg],
			lines: strings.Count(string(src), "\n"), fset: fset, ast: tree,
		})
		return nil
	})
	return files, err
}

// otherModule is no code of ours in the sense of the rules: a provider for tests, built from somebody else's example.
const otherModule = "test/op/"

// skipped are folders that are not source: version control, data of a running instance, downloaded packages.
var skipped = map[string]bool{".git": true, "data": true, "node_modules": true, "testdata": true}

// walk visits every file of the repository that a person wrote, by its name from the root.
func walk(visit func(name string, d fs.DirEntry) error) error {
	return fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) { // somebody else's temporary file
				return nil
			}
			return err
		}
		if d.IsDir() {
			if skipped[d.Name()] || name == "static/vendor" || name == "static/vendor-test" {
				return fs.SkipDir
			}
			return nil
		}
		return visit(name, d)
	})
}

// read gives a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
