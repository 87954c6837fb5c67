package web

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

func (q *request) fileView(base string, a page.Attachment) view.File {
	// People know files by the end of their names; media types are for machines.
	typ := strings.ToUpper(strings.TrimPrefix(path.Ext(a.Name), "."))
	if strings.HasPrefix(a.Type, "image/") {
		typ = strings.TrimSpace(q.tr("web.file_image") + " " + typ)
	}
	return view.File{
		Name: a.Name, URL: base + "/files/" + url.PathEscape(a.Name), Type: typ, Alt: a.Alt, Size: a.Size, Version: a.Version, At: a.CreatedAt,
	}
}

// attach takes a file for a page; one of the same name is replaced.
func (s *Server) attach(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	if !q.editing(p) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if err = readFiles(q.Request()); err == nil {
		defer q.startWork()()
		err = s.takeFile(q, p)
	}
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooLarge) {
		v, verr := s.Wiki.View(q.ctx(), q.actor, p.Space, p.Slug)
		if verr != nil {
			return verr
		}
		msg, ok := errs.MessageOf(err)
		if f := errs.FieldsOf(err); len(f) > 0 {
			msg, ok = f[0].Msg, true
		}
		if !ok {
			return err
		}
		return q.showPage(statusOf(err), v, func(w *view.Wiki) { w.AttachErr, w.AttachAlt = &msg, q.FormValue("alt") })
	}
	if err != nil {
		return err
	}
	q.note("file_saved")
	return q.seeOther(wiki.Address(p.Space, p.Slug) + "#files")
}

// readFiles reads the form. Parts beyond 1 MiB go to a temporary file, so that many uploads do not fill the memory.
func readFiles(r *http.Request) error {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return badForm(err)
	}
	return nil
}

func (s *Server) takeFile(q *request, p page.Page) error {
	form := q.Request().MultipartForm
	defer func() { _ = form.RemoveAll() }() // temporary files only
	fh, err := q.FormFile("file")
	if err != nil {
		return errs.Fields([]errs.Field{{Name: "file", Msg: errs.Msg("web.file_missing")}})
	}
	if fh.Size > s.MaxUpload {
		return errs.New(errs.TooLarge, errs.Msg("web.too_large", "MiB", s.MaxUpload>>20))
	}
	f, err := fh.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = s.Wiki.Attach(q.ctx(), q.actor, p.ID, s.Files, wiki.FileInput{Name: fh.Filename, Alt: q.FormValue("alt"), Read: f})
	return err
}

// inline are the types a browser may show in place; everything else is only handed out to be saved.
var inline = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// kept are the other types that are named as what they are; what is not known is just bytes.
var kept = map[string]bool{"application/pdf": true, "text/plain": true, "text/csv": true}

// embedding are the uses of an answer that a page of the house never makes of a file: as a script, a style, a
// frame, a plug-in or a worker. Browsers say what they fetch for; files are for looking at and saving.
var embedding = map[string]bool{
	"audioworklet": true, "embed": true, "fencedframe": true, "font": true, "frame": true, "iframe": true, "json": true, "manifest": true, "object": true,
	"paintworklet": true, "script": true, "serviceworker": true, "sharedworker": true, "style": true, "track": true, "webidentity": true, "worker": true, "xslt": true,
}

// file serves a file under the rights of its page. It can run nothing: its own policy forbids all, and the
// browser may not guess another type.
func (s *Server) file(q *request) error {
	if _, err := s.pageOf(q); err != nil {
		return err
	}
	q.Response().Header().Add("Vary", "Sec-Fetch-Dest")
	if embedding[q.Request().Header.Get("Sec-Fetch-Dest")] {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	a, r, err := s.Wiki.OpenFile(q.ctx(), q.actor, q.param("space"), q.param("slug"), q.param("name"))
	if err != nil {
		return err
	}
	defer r.Close()
	h := q.Response().Header()
	disposition, typ := "attachment", "application/octet-stream"
	if inline[a.Type] {
		disposition, typ = "inline", a.Type
	} else if typed, _, err := mime.ParseMediaType(a.Type); err == nil && kept[typed] {
		typ = a.Type
	}
	h.Set("Content-Type", typ)
	h.Set("Content-Disposition", contentDisposition(disposition, a.Name))
	h.Set(headerPolicy, policyFile)
	if !q.closed {
		h.Set("ETag", `"`+a.SHA256+`"`)
	}
	http.ServeContent(q.Response(), q.Request(), "", a.CreatedAt, r)
	return nil
}

// contentDisposition names a file as RFC 6266 wants it, whatever is in the name.
func contentDisposition(kind, name string) string {
	if v := mime.FormatMediaType(kind, map[string]string{"filename": name}); v != "" {
		return v
	}
	return kind
}

func (s *Server) askRemoveFile(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	if !q.editing(p) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	base, name := wiki.Address(p.Space, p.Slug), q.param("name")
	return q.render(http.StatusOK, &view.Confirm{
		Shell: q.shell("", ""), Heading: errs.Msg("web.remove_file_heading"), Text: errs.Msg("web.remove_file_text", "Name", name, "Title", p.Title),
		Action: base + "/files/" + url.PathEscape(name) + "/remove", CancelURL: base, Button: errs.Msg("web.remove_file_button"), Danger: true,
	})
}

func (s *Server) removeFile(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	if err := s.Wiki.RemoveFile(q.ctx(), q.actor, p.ID, q.param("name")); err != nil {
		return err
	}
	q.note("file_removed")
	return q.seeOther(wiki.Address(p.Space, p.Slug))
}
