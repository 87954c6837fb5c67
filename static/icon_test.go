package static

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssRule    = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	className  = regexp.MustCompile(`\.(-?[a-zA-Z][\w-]*)`)
	usedClass  = regexp.MustCompile(`kern-[a-z_-]*[a-z]`)
	drawnClass = regexp.MustCompile(`kern-[a-z_-]*--\{\{`)
)

// KERN draws with pictures in data: addresses, which our policy does not let in. Each that a view can show is
// replaced by a file of ours; otherwise the icon would be missing and each page would report a violation.
func TestPicturesOfKERNAreReplaced(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range []string{"../templates", "../internal/view", "../internal/web", "js"} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata") {
				return err
			}
			src, err := fs.ReadFile(os.DirFS(dir), name)
			for _, c := range usedClass.FindAllString(string(src), -1) {
				used[c] = true
			}
			for _, c := range drawnClass.FindAllString(string(src), -1) { // the tone of a message
				for _, tone := range []string{"info", "success", "warning", "danger"} {
					used[strings.TrimSuffix(c, "{{")+tone] = true
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	a := assets(t)
	selectors := func(list string) []string {
		var out []string
		for s := range strings.SplitSeq(list, ",") {
			out = append(out, strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(s), "::", ":"), " > ", ">"))
		}
		return out
	}
	ours := map[string]bool{}
	for _, r := range cssRule.FindAllStringSubmatch(cssComment.ReplaceAllString(string(a.files["css/app.css"].body), ""), -1) {
		if strings.Contains(r[2], `mask: url("../img/icons/`) {
			for _, s := range selectors(r[1]) {
				ours[s] = true
			}
		}
		if strings.Contains(r[2], "data:") {
			t.Errorf("our own %s has a data: address", strings.TrimSpace(r[1]))
		}
	}
	needed := 0
	for _, r := range cssRule.FindAllStringSubmatch(string(a.files["vendor/kern/kern.min.css"].body), -1) {
		if !strings.Contains(r[2], "data:") {
			continue
		}
	each:
		for _, s := range selectors(r[1]) {
			for _, c := range className.FindAllStringSubmatch(s, -1) {
				if !used[c[1]] {
					continue each
				}
			}
			needed++
			if !ours[s] {
				t.Errorf("%s shows a data: picture of KERN, and app.css has no other for it", s)
			}
		}
	}
	if needed < 15 {
		t.Errorf("only %d pictures of KERN in use were found", needed)
	}
	icons, err := fs.Glob(embedded, "img/icons/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	css := string(a.files["css/app.css"].body)
	for _, name := range icons {
		if !strings.Contains(css, "icons/"+path.Base(name)) {
			t.Errorf("%s is used nowhere", name)
		}
	}
}
