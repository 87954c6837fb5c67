package transfer

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"lernraum/internal/markup"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// maxFile bounds a page file; package markup has its own, smaller limit for the body.
const maxFile = 4 << 20

// planned is one page of an import with the files that go with it.
type planned struct {
	file    string
	src     []byte
	in      wiki.Imported
	files   map[string]string // name of the attachment → file in the tree
	values  string            // file with KPI values, "" for none
	foreign bool              // not written by an export: links between files are made page links
	lines   int
	titled  bool // the title came from the first heading, which is not part of the body any more
}

// plan is everything an import will do, before anything is stored.
type plan struct {
	fs     fs.FS
	opt    ImportOptions
	parts  Parts
	report *Report
	spaces []page.Space
	pages  []*planned
	other  []string        // files that are no pages
	used   map[string]bool // files some page uses
	byFile map[string]*planned
}

// read walks the tree. Hidden folders and files are left out, but for the histories beside pages.
func (pl *plan) read() error {
	return fs.WalkDir(pl.fs, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		base := path.Base(name)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case !d.Type().IsRegular():
			pl.report.Files = append(pl.report.Files, Finding{name, 0, "not a regular file"})
		case base == spaceFile:
			return pl.readSpace(name)
		case base == filesFile, strings.HasPrefix(base, "."):
		case strings.HasSuffix(path.Dir(name), filesExt) || strings.Contains(name, filesExt+"/"):
			pl.other = append(pl.other, name)
		case isMarkdown(name):
			pl.readPage(name)
		default:
			pl.other = append(pl.other, name)
		}
		return nil
	})
}

func (pl *plan) readSpace(name string) error {
	src, err := fs.ReadFile(pl.fs, name)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	sp, err := decodeSpace(src)
	if err != nil {
		return fmt.Errorf("import: %s: %w", name, err)
	}
	pl.spaces = append(pl.spaces, sp)
	return nil
}

func (pl *plan) fail(name string, err error) {
	pl.report.Failures = append(pl.report.Failures, Finding{name, 0, pl.parts.reason(err)})
}

func (pl *plan) readPage(name string) {
	info, err := fs.Stat(pl.fs, name)
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("the file has %d bytes; at most %d", info.Size(), maxFile)
	}
	var src []byte
	if err == nil {
		src, err = fs.ReadFile(pl.fs, name)
	}
	if err != nil {
		pl.fail(name, err)
		return
	}
	f, err := decodeFile(src)
	if err != nil {
		pl.fail(name, err)
		return
	}
	p := f.page
	if p.ID != "" && !idPattern.MatchString(string(p.ID)) {
		pl.fail(name, fmt.Errorf("id %q is not a ULID", p.ID))
		return
	}
	one := &planned{file: name, src: src, lines: f.lines, files: map[string]string{}, foreign: p.ID == ""}
	pl.complete(one, &p, f)
	one.in = wiki.Imported{
		ID: p.ID, Input: wiki.InputOf(p), State: p.State, ConfirmedAt: p.ConfirmedAt, ConfirmedRole: p.ConfirmedRole, Extra: p.Extra,
	}
	if err := pl.readBeside(one, p); err != nil {
		pl.fail(name, err)
		return
	}
	pl.pages = append(pl.pages, one)
	pl.byFile[name] = one
}

var headingOne = regexp.MustCompile(`(?m)^#[ \t]+(.+?)[ \t]*#*[ \t]*$`)

// complete fills what the file leaves out: title from the first heading, slug from the path, kind and space from
// the options or the folder.
func (pl *plan) complete(one *planned, p *page.Page, f pageFile) {
	if p.Kind == "" {
		p.Kind = pl.opt.Kind
	} else if _, known := pl.parts.Kinds.Kind(p.Kind); !known && one.foreign {
		p.Extra = withExtra(p.Extra, original+"kind", p.Kind) // another system's word for something else
		p.Kind = pl.opt.Kind
	}
	if p.Kind == "" {
		p.Kind = "guide"
	}
	if p.Space == "" || one.foreign && pl.opt.Space != "" {
		if sp := pl.spaceAt(path.Dir(one.file)); sp != "" {
			p.Space = sp
		} else if pl.opt.Space != "" {
			p.Space = pl.opt.Space
		}
	}
	if one.foreign && p.State != "" {
		k := pl.parts.Kinds.KindOrMissing(p.Kind)
		if _, ok := k.Machine.State(p.State); !ok {
			p.Extra, p.State = withExtra(p.Extra, original+"state", p.State), ""
		}
	}
	if p.Title == "" {
		if m := headingOne.FindStringSubmatchIndex(p.Body); m != nil && strings.TrimSpace(p.Body[:m[0]]) == "" {
			p.Title = plainHeading(p.Body[m[2]:m[3]])
			p.Body = p.Body[m[1]:]
			one.titled = true
		} else if m != nil {
			p.Title = plainHeading(p.Body[m[2]:m[3]])
		}
	}
	if p.Title == "" {
		p.Title = titleOfPath(one.file)
	}
	if r := []rune(p.Title); one.foreign && len(r) > wiki.MaxTitle {
		p.Title = string(r[:wiki.MaxTitle-1]) + "…"
	}
	if p.Summary == "" && one.foreign {
		if s, ok := p.Extra["description"].(string); ok && len([]rune(s)) <= wiki.MaxSummary {
			p.Summary = s
		}
	}
	if p.Slug == "" {
		p.Slug = slugOfPath(one.file)
	}
	if one.foreign && p.Lang != "de" && p.Lang != "en" {
		if p.Lang != "" {
			p.Extra = withExtra(p.Extra, original+"lang", p.Lang)
		}
		p.Lang = ""
	}
}

// original is put before a key of the envelope whose value is another system's: it is kept, under a name that
// does not collide.
const original = "original_"

func withExtra(extra map[string]any, key string, v any) map[string]any {
	if extra == nil {
		extra = map[string]any{}
	}
	extra[key] = v
	return extra
}

var (
	inlineMarks = regexp.MustCompile("[*_`]+")
	inlineLink  = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	attributes  = regexp.MustCompile(`\s*\{[#.:][^}]*\}\s*$`)
)

// plainHeading takes the markup out of a heading that becomes a title.
func plainHeading(s string) string {
	s = attributes.ReplaceAllString(s, "")
	s = inlineLink.ReplaceAllString(s, "$1")
	return strings.TrimSpace(inlineMarks.ReplaceAllString(s, ""))
}

func trimExt(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// slugOfPath makes a slug of a path; an index page takes the name of its folder.
func slugOfPath(name string) string {
	stem := trimExt(name)
	switch strings.ToLower(path.Base(stem)) {
	case "index", "readme":
		if dir := path.Dir(stem); dir != "." {
			stem = dir
		}
	}
	// A long path keeps its end, which tells pages of one folder apart.
	parts := strings.Split(stem, "/")
	slug := markup.Slug(parts[len(parts)-1])
	for i := len(parts) - 2; i >= 0; i-- {
		longer := markup.Slug(parts[i]) + "-" + slug
		if len(longer) > maxSlug {
			break
		}
		slug = longer
	}
	return slug
}

// maxSlug is the longest slug package wiki takes, in bytes.
const maxSlug = 80

func titleOfPath(name string) string {
	stem := trimExt(name)
	switch base := path.Base(stem); strings.ToLower(base) {
	case "index", "readme":
		if dir := path.Dir(stem); dir != "." {
			return path.Base(dir)
		}
		return base
	default:
		return strings.Join(strings.FieldsFunc(base, func(r rune) bool { return r == '-' || r == '_' }), " ")
	}
}

// spaceAt finds the space whose folder a file lies in.
func (pl *plan) spaceAt(dir string) string {
	for {
		src, err := pl.file(path.Join(dir, spaceFile))
		if err == nil {
			if sp, err := decodeSpace(src); err == nil {
				return sp.Key
			}
		}
		if dir == "." {
			return ""
		}
		dir = path.Dir(dir)
	}
}

// readBeside finds the history, files and values that lie beside a page.
func (pl *plan) readBeside(one *planned, p page.Page) error {
	stem := trimExt(one.file)
	if p.ID != "" {
		name := path.Join(path.Dir(one.file), historyDir, string(p.ID)+".jsonl")
		if src, err := pl.file(name); err == nil {
			if one.in.History, err = decodeHistory(src); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	// A folder that is a link to elsewhere is none of this tree.
	if info, err := fs.Lstat(pl.fs, stem+filesExt); err == nil && info.IsDir() {
		entries, err := fs.ReadDir(pl.fs, stem+filesExt)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && e.Name() != filesFile {
				full := path.Join(stem+filesExt, e.Name())
				pl.keepFile(one, e.Name(), full)
			}
		}
	}
	if pl.isFile(stem + valuesExt) {
		one.values = stem + valuesExt
		pl.used[one.values] = true
	}
	return nil
}

// connect makes links between files page links, and files that pages show their attachments.
func (pl *plan) connect() {
	pl.separate()
	for _, one := range pl.pages {
		if !one.foreign {
			continue
		}
		pl.report.Constructs = append(pl.report.Constructs, scanConstructs(one.file, one.in.Input.Body, pl.linesBefore(one))...)
		one.in.Input.Body = markup.RewriteLinks(one.in.Input.Body, func(dest string, image bool) markup.Rewrite {
			return pl.rewrite(one, dest, image)
		})
	}
}

// linesBefore tells how many lines of the file stand before the body as it is now.
func (pl *plan) linesBefore(one *planned) int {
	if body := one.in.Input.Body; one.titled {
		return strings.Count(string(one.src), "\n") - strings.Count(body, "\n")
	}
	return one.lines
}

// separate gives pages of one run different addresses: README.md beside readme/index.md, say.
func (pl *plan) separate() {
	taken := map[string]*planned{}
	for _, one := range pl.pages {
		in := &one.in.Input
		base := in.Slug
		for n := 2; taken[in.Space+":"+in.Slug] != nil && one.foreign; n++ {
			number := fmt.Sprintf("-%d", n)
			in.Slug = strings.TrimRight(base[:min(len(base), maxSlug-len(number))], "-") + number
		}
		taken[in.Space+":"+in.Slug] = one
	}
}

func (pl *plan) rewrite(one *planned, dest string, image bool) markup.Rewrite {
	keep := markup.Rewrite{Dest: dest}
	u, err := url.Parse(dest)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return keep
	}
	name := path.Join(path.Dir(one.file), u.Path)
	if strings.HasPrefix(u.Path, "/") {
		name = strings.TrimPrefix(path.Clean(u.Path), "/")
	}
	if !image {
		for _, try := range []string{name, name + ".md", path.Join(name, "index.md"), path.Join(name, "README.md"), trimExt(name) + ".md", name + ".qmd", trimExt(name) + ".qmd"} {
			if to, ok := pl.byFile[try]; ok {
				return markup.Rewrite{Dest: to.in.Input.Space + ":" + to.in.Input.Slug, Wiki: true}
			}
		}
	}
	if pl.isFile(name) && slices.Contains(pl.other, name) {
		attached := pl.keepFile(one, path.Base(name), name)
		if attached == "" {
			return keep
		}
		return markup.Rewrite{Dest: url.PathEscape(attached)}
	}
	if image || path.Ext(name) != "" || !strings.HasPrefix(u.Path, "/") {
		pl.report.Links = append(pl.report.Links, Finding{one.file, lineOf(one.src, dest), "no such file: " + dest})
	} else {
		pl.report.Links = append(pl.report.Links, Finding{one.file, lineOf(one.src, dest), "no such page: " + dest})
	}
	return keep
}

// keepFile plans an attachment under the name it will have, and gives that name; "" for a name that cannot be one.
func (pl *plan) keepFile(one *planned, name, file string) string {
	name, err := wiki.FileName(name)
	if err != nil {
		pl.report.Files = append(pl.report.Files, Finding{file, 0, "not attached: " + pl.parts.reason(err)})
		return ""
	}
	if old, ok := one.files[name]; ok && old != file {
		name = markup.Slug(path.Dir(file)) + "-" + name
	}
	one.files[name] = file
	pl.used[file] = true
	return name
}

func (pl *plan) isFile(name string) bool {
	if !fs.ValidPath(name) {
		return false
	}
	info, err := fs.Lstat(pl.fs, name)
	return err == nil && info.Mode().IsRegular()
}

// file reads a file that lies beside a page, never through a link.
func (pl *plan) file(name string) ([]byte, error) {
	if !pl.isFile(name) {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(pl.fs, name)
}
