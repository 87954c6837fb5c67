package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kpi"
	"lernraum/internal/markup"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// batchSize is how many pages go into one transaction.
const batchSize = 200

// ImportOptions say what to do with files that do not say it themselves.
type ImportOptions struct {
	Space      string // for files that name none; created when absent
	SpaceTitle string
	Kind       string // for files that name none; "" is guide
	DryRun     bool
	Actor      access.Actor
	Progress   func(done, total int)
}

// Import takes a tree of files. A page that cannot be taken is named in the report and stops nothing; an error
// means that the import as a whole could not go on. A second run over the same files changes nothing.
func Import(ctx context.Context, parts Parts, tree fs.FS, opt ImportOptions) (*Report, error) {
	report := &Report{DryRun: opt.DryRun, Pages: map[wiki.ImportStatus]int{}}
	if opt.Kind != "" {
		if _, ok := parts.Kinds.Kind(opt.Kind); !ok {
			return nil, &errs.Error{Kind: errs.Usage, Op: fmt.Sprintf("there is no kind %q", opt.Kind)}
		}
	}
	pl := &plan{fs: tree, opt: opt, parts: parts, report: report, used: map[string]bool{}, byFile: map[string]*planned{}}
	if err := pl.read(); err != nil {
		return nil, err
	}
	for _, one := range pl.pages {
		if one.in.Input.Space == "" {
			return nil, &errs.Error{Kind: errs.Usage, Op: fmt.Sprintf("%s names no space; say one with --space", one.file)}
		}
	}
	pl.connect()
	for _, name := range pl.other {
		if !pl.used[name] {
			report.Files = append(report.Files, Finding{name, 0, "left out"})
		}
	}
	if opt.DryRun {
		return report, pl.rehearse(ctx)
	}
	if err := pl.makeSpaces(ctx); err != nil {
		return nil, err
	}
	known, err := pl.known(ctx)
	if err != nil {
		return nil, err
	}
	run := &wiki.ImportRun{Known: known}
	for start := 0; start < len(pl.pages); start += batchSize {
		batch := pl.pages[start:min(start+batchSize, len(pl.pages))]
		if err := pl.store(ctx, batch, run); err != nil {
			return nil, err
		}
		if opt.Progress != nil {
			opt.Progress(start+len(batch), len(pl.pages))
		}
	}
	return report, pl.dangling(ctx, known)
}

// rehearse counts without storing.
func (pl *plan) rehearse(ctx context.Context) error {
	for _, one := range pl.pages {
		_, err := pl.parts.Wiki.PageAt(ctx, pl.opt.Actor, one.in.Input.Space, one.in.Input.Slug)
		switch {
		case errs.Is(err, errs.NotFound):
			pl.report.Pages[wiki.ImportCreated]++
		case err != nil:
			return err
		default:
			pl.report.Pages[wiki.ImportUpdated]++
		}
	}
	return nil
}

// makeSpaces creates the spaces of the tree and the one of the options where they are missing.
func (pl *plan) makeSpaces(ctx context.Context) error {
	have, err := pl.parts.Store.Spaces(ctx)
	if err != nil {
		return err
	}
	exists := map[string]bool{}
	for _, sp := range have {
		exists[sp.Key] = true
	}
	want := slices.Clone(pl.spaces)
	if pl.opt.Space != "" {
		title := pl.opt.SpaceTitle
		if title == "" {
			title = pl.opt.Space
		}
		want = append(want, page.Space{Key: pl.opt.Space, Title: title, Type: page.SpaceOpen})
	}
	described := len(want)
	for _, one := range pl.pages { // named by a page only
		want = append(want, page.Space{Key: one.in.Input.Space, Title: one.in.Input.Space, Type: page.SpaceOpen})
	}
	refused := map[string]error{}
	for i, sp := range want {
		if exists[sp.Key] || refused[sp.Key] != nil {
			continue
		}
		err := pl.parts.Wiki.SaveSpace(ctx, pl.opt.Actor, sp, true)
		switch {
		case err == nil:
			exists[sp.Key] = true
			pl.report.Spaces = append(pl.report.Spaces, sp.Key)
		case i >= described && errs.Is(err, errs.Invalid):
			refused[sp.Key] = err // the pages fail, the others go in
		default:
			return fmt.Errorf("import: create space %q: %w", sp.Key, err)
		}
	}
	pl.pages = slices.DeleteFunc(pl.pages, func(one *planned) bool {
		err := refused[one.in.Input.Space]
		if err != nil {
			pl.fail(one.file, fmt.Errorf("space %q: %s", one.in.Input.Space, pl.parts.reason(err)))
		}
		return err != nil
	})
	return nil
}

// known resolves references to pages that this run creates, so that they need not be rendered twice. Pages that
// exist already are left to the store, which knows their rights; a page that will be a draft, or that lies in a
// closed space, is known only where all readers may see it.
func (pl *plan) known(ctx context.Context) (func(space string, refs []string) map[string]markup.Target, error) {
	index := map[string]markup.Target{}
	put := func(key string, t markup.Target) {
		if _, taken := index[key]; !taken {
			index[key] = t
		}
	}
	spaces, err := pl.parts.Store.Spaces(ctx)
	if err != nil {
		return nil, err
	}
	shared := map[string]bool{}
	for _, sp := range spaces {
		shared[sp.Key] = sp.Type == page.SpaceOpen || sp.Type == page.SpacePublished
	}
	for _, one := range pl.pages {
		in := one.in.Input
		st, ok := wiki.ImportState(pl.parts.Kinds.KindOrMissing(in.Kind), one.in.State)
		if !ok || st.Draft {
			continue // shows as missing until it is published
		}
		if _, err := pl.parts.Wiki.PageAt(ctx, pl.opt.Actor, in.Space, in.Slug); !errs.Is(err, errs.NotFound) {
			if err != nil {
				return nil, err
			}
			continue
		}
		t := markup.Target{URL: wiki.Address(in.Space, in.Slug), Title: in.Title}
		for _, key := range []string{in.Space + ":" + in.Slug, in.Kind + "/" + in.Slug, in.Slug, strings.ToLower(in.Title), string(one.in.ID)} {
			put(in.Space+"|"+key, t)
			if shared[in.Space] && key != in.Slug {
				put("|"+key, t)
			}
		}
	}
	return func(space string, refs []string) map[string]markup.Target {
		out := make(map[string]markup.Target, len(refs))
		for _, ref := range refs {
			for _, key := range []string{space + "|" + ref, space + "|" + strings.ToLower(ref), "|" + ref, "|" + strings.ToLower(ref)} {
				if t, ok := index[key]; ok {
					out[ref] = t
					break
				}
			}
		}
		return out
	}, nil
}

// store imports a batch with its files and values.
func (pl *plan) store(ctx context.Context, batch []*planned, run *wiki.ImportRun) error {
	in := make([]wiki.Imported, len(batch))
	for i, one := range batch {
		in[i] = one.in
	}
	outcomes, err := pl.parts.Wiki.Import(ctx, pl.opt.Actor, in, run)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		one := batch[i]
		if o.Status == wiki.ImportFailed {
			pl.fail(one.file, o.Err)
			continue
		}
		pl.report.Pages[o.Status]++
		one.in.ID = o.ID
		if err := pl.attach(ctx, one); err != nil {
			return err
		}
		if err := pl.storeValues(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// attach stores the files of a page that are new or different.
func (pl *plan) attach(ctx context.Context, one *planned) error {
	if len(one.files) == 0 {
		return nil
	}
	have, err := pl.parts.Store.Attachments(ctx, one.in.ID)
	if err != nil {
		return err
	}
	texts := map[string]fileText{}
	if src, err := pl.file(path.Join(trimExt(one.file)+filesExt, filesFile)); err == nil {
		if err := yaml.Unmarshal(src, &texts); err != nil {
			pl.report.Files = append(pl.report.Files, Finding{one.file, 0, filesFile + ": " + err.Error()})
		}
	}
	for _, name := range sorted(one.files) {
		body, err := fs.ReadFile(pl.fs, one.files[name])
		if err != nil {
			pl.report.Files = append(pl.report.Files, Finding{one.files[name], 0, err.Error()})
			continue
		}
		if pl.stored(ctx, have, name, body) {
			continue
		}
		_, err = pl.parts.Wiki.Attach(ctx, pl.opt.Actor, one.in.ID, pl.parts.Files, wiki.FileInput{Name: name, Alt: texts[name].Alt, Read: bytes.NewReader(body)})
		switch {
		case errs.Is(err, errs.Invalid), errs.Is(err, errs.TooLarge):
			pl.report.Files = append(pl.report.Files, Finding{one.files[name], 0, "not attached: " + pl.parts.reason(err)})
		case err != nil:
			return fmt.Errorf("import: attach %s: %w", one.files[name], err)
		default:
			pl.report.Attachments++
		}
	}
	return nil
}

// stored tells whether a file is attached already. Images are stored re-encoded, so the bytes that would be
// stored are compared, not those that lie in the folder.
func (pl *plan) stored(ctx context.Context, have []page.Attachment, name string, body []byte) bool {
	i := slices.IndexFunc(have, func(a page.Attachment) bool { return a.Name == name })
	if i < 0 {
		return false
	}
	if sum(body) == have[i].SHA256 {
		return true
	}
	_, clean, err := pl.parts.Files.Check(ctx, name, bytes.NewReader(body))
	if err != nil {
		return false
	}
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(clean); err != nil {
		return false
	}
	return sum(buf.Bytes()) == have[i].SHA256
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// storeValues stores the values of a KPI that are not there yet. A value that is there in the same version is
// left alone, also when a newer one has replaced it.
func (pl *plan) storeValues(ctx context.Context, one *planned) error {
	if one.values == "" {
		return nil
	}
	src, err := fs.ReadFile(pl.fs, one.values)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	values, err := kpi.ReadCSV(bytes.NewReader(src))
	if err != nil {
		pl.fail(one.values, err)
		return nil
	}
	newest, err := pl.parts.Store.KPIValues(ctx, one.in.ID)
	if err != nil {
		return err
	}
	version := map[string]int{}
	for _, v := range newest {
		version[v.Period] = v.Version
	}
	var missing []page.KPIValue
	for _, v := range values {
		if v.Version > version[v.Period] {
			missing = append(missing, v)
		}
	}
	n, err := pl.parts.Store.SaveKPIValues(ctx, one.in.ID, missing)
	pl.report.Values += n
	return err
}

// dangling names the references of the imported pages that lead nowhere.
func (pl *plan) dangling(ctx context.Context, known func(string, []string) map[string]markup.Target) error {
	byID := map[page.ID]*planned{}
	for _, one := range pl.pages {
		byID[one.in.ID] = one
	}
	all, err := pl.parts.Store.Dangling(ctx, "")
	if err != nil {
		return err
	}
	var wrong []page.ID // text that shows a link to a page that did not arrive
	for _, d := range all {
		one, ok := byID[d.From]
		if !ok || d.Link.Key == "owner" {
			continue
		}
		if len(known(one.in.Input.Space, []string{d.Link.Ref})) > 0 && d.Link.Type == page.LinkBody && !slices.Contains(wrong, d.From) {
			wrong = append(wrong, d.From)
		}
		what := "no such page: "
		if d.Link.Key != "" {
			what = d.Link.Key + ": no such page: "
		}
		pl.report.Links = append(pl.report.Links, Finding{one.file, lineOf(one.src, d.Link.Ref), what + d.Link.Ref})
	}
	pl.parts.Wiki.RenderAgain(ctx, wrong)
	return nil
}
