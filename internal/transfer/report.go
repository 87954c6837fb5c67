package transfer

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/wiki"
)

// Finding is something an import could not take over whole.
type Finding struct {
	File string
	Line int // 0: the file as a whole
	What string
}

// Report says what became of every file.
type Report struct {
	DryRun      bool
	Pages       map[wiki.ImportStatus]int
	Attachments int // stored or replaced
	Values      int // KPI values that were new
	Spaces      []string
	Failures    []Finding // pages that did not arrive
	Links       []Finding // references that lead nowhere
	Constructs  []Finding // markup of other systems that is kept as text
	Files       []Finding // files that are no pages and belong to none
}

// Failed is the number of pages that did not arrive.
func (r *Report) Failed() int { return len(r.Failures) }

// Summary is the report in one line.
func (r *Report) Summary() string {
	s := fmt.Sprintf("%d created, %d updated, %d unchanged, %d failed", r.Pages[wiki.ImportCreated], r.Pages[wiki.ImportUpdated],
		r.Pages[wiki.ImportUnchanged], len(r.Failures))
	if len(r.Failures) > 0 {
		s += "; first: " + r.Failures[0].File + ": " + r.Failures[0].What
	}
	return s
}

// Print writes the report for a person: the figures first, then each loss with its place.
func (r *Report) Print(w io.Writer) error {
	p := &printer{w: w}
	if r.DryRun {
		p.line("Dry run: nothing was changed.")
	}
	for _, s := range r.Spaces {
		p.line("space %s: created", s)
	}
	p.line("pages: %d created, %d updated, %d unchanged, %d failed", r.Pages[wiki.ImportCreated], r.Pages[wiki.ImportUpdated],
		r.Pages[wiki.ImportUnchanged], len(r.Failures))
	p.line("attachments: %d stored; KPI values: %d stored", r.Attachments, r.Values)
	p.section("Pages that did not arrive", r.Failures)
	p.section("References that lead nowhere", r.Links)
	p.section("Constructs of other systems, kept as text", r.Constructs)
	p.section("Files that are no pages and that no page uses", r.Files)
	return p.err
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) section(title string, findings []Finding) {
	if len(findings) == 0 {
		return
	}
	sort.SliceStable(findings, func(i, j int) bool {
		if findings[i].File != findings[j].File {
			return findings[i].File < findings[j].File
		}
		return findings[i].Line < findings[j].Line
	})
	p.line("\n%s (%d):", title, len(findings))
	for _, f := range findings {
		if f.Line > 0 {
			p.line("  %s:%d: %s", f.File, f.Line, f.What)
		} else {
			p.line("  %s: %s", f.File, f.What)
		}
	}
}

// reason says an error in a report: its public sentences where it has some, the private text otherwise, since
// the report is for the operator.
func (p Parts) reason(err error) string {
	fields := errs.FieldsOf(err)
	if m, ok := errs.MessageOf(err); ok && len(fields) == 0 {
		return p.Say(m)
	}
	if len(fields) == 0 {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Name + ": " + p.Say(f.Msg)
	}
	return strings.Join(parts, "; ")
}
