package media

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"lernraum/internal/errs"
)

// filetype is one kind of file that may be attached.
type filetype struct {
	endings []string
	media   string
	// sniffed are the types the bytes may show themselves as.
	sniffed []string
	// within accepts what is a kind of this type too: a Markdown file may look like a script.
	within string
	// holds looks for what a type must hold when the beginning alone does not tell.
	holds func(head []byte, src source) bool
	// clean makes the bytes anew without metadata; nil: they are stored as they are.
	clean func([]byte) ([]byte, error)
}

const (
	officeBase   = "application/vnd.openxmlformats-officedocument."
	documentBase = "application/vnd.oasis.opendocument."
)

// filetypes lists what may be attached, in the order in which people are told about it. Archives are not on
// it: what is in them could not be looked at.
var filetypes = []filetype{
	{endings: []string{".png"}, media: "image/png", sniffed: []string{"image/png"}, clean: cleanPNG},
	{endings: []string{".jpg", ".jpeg"}, media: "image/jpeg", sniffed: []string{"image/jpeg"}, clean: cleanJPEG},
	{endings: []string{".gif"}, media: "image/gif", sniffed: []string{"image/gif"}, clean: cleanGIF},
	{endings: []string{".webp"}, media: "image/webp", sniffed: []string{"image/webp"}, clean: cleanWebP},
	{endings: []string{".pdf"}, media: "application/pdf", sniffed: []string{"application/pdf"}},
	office(".docx", officeBase+"wordprocessingml.document", "word/document.xml"),
	office(".xlsx", officeBase+"spreadsheetml.sheet", "xl/workbook.xml"),
	office(".pptx", officeBase+"presentationml.presentation", "ppt/presentation.xml"),
	{endings: []string{".odt"}, media: documentBase + "text", sniffed: []string{documentBase + "text"}},
	{endings: []string{".ods"}, media: documentBase + "spreadsheet", sniffed: []string{documentBase + "spreadsheet"}},
	{endings: []string{".odp"}, media: documentBase + "presentation", sniffed: []string{documentBase + "presentation"}},
	{endings: []string{".csv"}, media: "text/csv", within: "text/plain"},
	{endings: []string{".txt"}, media: "text/plain", within: "text/plain"},
	{endings: []string{".md"}, media: "text/markdown", within: "text/plain"},
	{endings: []string{".svg"}, media: "image/svg+xml", within: "text/plain", holds: rootIs("svg")},
	{endings: []string{".bpmn"}, media: "application/xml", within: "text/plain", holds: rootIs("definitions")},
	{endings: []string{".xml"}, media: "application/xml", within: "text/plain", holds: rootIs("")},
}

func office(ending, media, part string) filetype {
	return filetype{endings: []string{ending}, media: media, sniffed: []string{media, "application/zip"}, holds: partIs(media, part)}
}

// detect finds the type of a file from its ending and its bytes, which must agree.
func detect(ending string, head []byte, src source) (filetype, error) {
	found := mimetype.Detect(head)
	for _, t := range filetypes {
		if !slices.Contains(t.endings, ending) {
			continue
		}
		if t.accepts(found) && (t.holds == nil || t.holds(head, src)) {
			return t, nil
		}
		return filetype{}, refuse(errs.Msg("media.ending_wrong", "Ending", ending, "Found", foundName(found)))
	}
	if ending == "" {
		return filetype{}, refuse(errs.Msg("media.ending_missing", "Allowed", Allowed()))
	}
	return filetype{}, refuse(errs.Msg("media.type_refused", "Found", foundName(found), "Ending", ending, "Allowed", Allowed()))
}

func (t filetype) accepts(found *mimetype.MIME) bool {
	if slices.ContainsFunc(t.sniffed, found.Is) {
		return true
	}
	for m := found; m != nil && t.within != ""; m = m.Parent() {
		if m.Is(t.within) {
			return true
		}
	}
	return false
}

// foundName is the type as people may have seen it: the usual ending, or the media type when there is none.
func foundName(m *mimetype.MIME) string {
	if e := m.Extension(); e != "" {
		return e
	}
	name, _, _ := strings.Cut(m.String(), ";")
	return name
}

// Allowed lists the endings of the files that may be attached, for people.
func Allowed() string {
	var all []string
	for _, t := range filetypes {
		all = append(all, t.endings...)
	}
	return strings.Join(all, ", ")
}

// partIs looks into the directory of an Office file when its beginning does not tell what it is: programs
// order the parts as they like.
func partIs(media, part string) func([]byte, source) bool {
	return func(head []byte, src source) bool {
		if mimetype.Detect(head).Is(media) {
			return true
		}
		z, err := zip.NewReader(src, src.Size())
		if err != nil {
			return false
		}
		return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == part })
	}
}

// rootIs wants the first element of an XML document to have a name; "" takes any but a web page.
func rootIs(name string) func([]byte, source) bool {
	return func(head []byte, _ source) bool {
		d := xml.NewDecoder(bytes.NewReader(head))
		d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // names are ASCII in each
		for {
			tok, err := d.RawToken()
			if err != nil {
				return false
			}
			switch tok := tok.(type) {
			case xml.StartElement:
				local := tok.Name.Local
				return local == name || name == "" && !strings.EqualFold(local, "html")
			case xml.CharData:
				if len(bytes.Trim(tok, " \t\r\n\ufeff")) > 0 {
					return false
				}
			}
		}
	}
}
