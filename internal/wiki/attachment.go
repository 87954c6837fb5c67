package wiki

import (
	"context"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// MaxFileName bounds the name of an attachment in bytes, as file systems do.
const MaxFileName = 200

// FileInput is a file as somebody hands it in. Read gives its bytes; the media type is decided by what they
// are, never by what the sender says.
type FileInput struct {
	Name string
	Alt  string
	Read io.Reader
}

// FileChecker looks at bytes before they are stored: it tells the media type, refuses what is not on the
// allow-list, and may hand back other bytes (images without their metadata).
type FileChecker interface {
	Check(ctx context.Context, name string, r io.Reader) (mediaType string, clean io.Reader, err error)
}

// Attach adds a file to a page, or replaces the one of that name.
func (s *Service) Attach(ctx context.Context, a access.Actor, id page.ID, check FileChecker, in FileInput) (page.Attachment, error) {
	p, err := s.openToFiles(ctx, a, id)
	if err != nil {
		return page.Attachment{}, err
	}
	name, err := FileName(in.Name)
	if err != nil {
		return page.Attachment{}, err
	}
	if err := s.room(ctx, p.ID, name); err != nil {
		return page.Attachment{}, err
	}
	if err := s.quota.left(a, s.now()); err != nil {
		return page.Attachment{}, err
	}
	mediaType, clean, err := check.Check(ctx, name, in.Read)
	if err != nil {
		return page.Attachment{}, err
	}
	saved, err := s.store.Attach(ctx, page.Attachment{
		ID: string(s.NewID()), PageID: p.ID, Name: name, Alt: oneLine(in.Alt), Type: mediaType, CreatedAt: s.now().UTC(),
	}, clean)
	if err != nil {
		return page.Attachment{}, err
	}
	s.quota.take(a, saved.Size, s.now())
	s.forgetVersion()
	s.index.Changed()
	return saved, nil
}

// MaxPageFiles bounds the files of one page together, in bytes (security.md section 3.1). One more file may begin
// below it.
const MaxPageFiles = 200 << 20

// room refuses a further file on a page that is full; replacing one is always possible.
func (s *Service) room(ctx context.Context, id page.ID, name string) error {
	files, err := s.store.Attachments(ctx, id)
	if err != nil {
		return err
	}
	var sum int64
	for _, f := range files {
		if f.Name == name {
			return nil
		}
		sum += f.Size
	}
	if sum >= MaxPageFiles {
		return errs.New(errs.TooLarge, errs.Msg("wiki.page_full", "MiB", MaxPageFiles>>20))
	}
	return nil
}

// Attachments lists the files of a page.
func (s *Service) Attachments(ctx context.Context, a access.Actor, id page.ID) ([]page.Attachment, error) {
	if _, _, err := s.authorise(ctx, a, access.Read, id); err != nil {
		return nil, err
	}
	return s.store.Attachments(ctx, id)
}

// OpenFile opens a file under the rights of its page: there is no other way to it.
func (s *Service) OpenFile(ctx context.Context, a access.Actor, space, slug, name string) (page.Attachment, io.ReadSeekCloser, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Attachment{}, nil, err
	}
	p, err := s.store.PageAt(ctx, scope, space, slug)
	if err != nil {
		return page.Attachment{}, nil, err
	}
	return s.store.OpenAttachment(ctx, p.ID, name)
}

// RemoveFile takes a file off its page.
func (s *Service) RemoveFile(ctx context.Context, a access.Actor, id page.ID, name string) error {
	p, err := s.openToFiles(ctx, a, id)
	if err != nil {
		return err
	}
	defer s.forgetVersion()
	return s.store.RemoveAttachment(ctx, p.ID, name)
}

// openToFiles finds a page whose files the actor may change. They freeze with the text: what was decided on is
// not exchanged afterwards. The program itself may, since an import brings the files after the page.
func (s *Service) openToFiles(ctx context.Context, a access.Actor, id page.ID) (page.Page, error) {
	p, _, err := s.authorise(ctx, a, access.Edit, id)
	if err == nil && !a.System {
		_, err = s.editable(p)
	}
	return p, err
}

// FileName makes a name that is safe in addresses, archives and file systems of what somebody's file is called.
func FileName(raw string) (string, error) {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(raw, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == page.HitOpen, r == page.HitClose,
			r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // direction overrides hide the real ending
			return -1
		case strings.ContainsRune(`/\:*?"<>|%#`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if len(name) > MaxFileName {
		ext := path.Ext(name)
		if len(ext) > 20 {
			ext = ""
		}
		cut := MaxFileName - len(ext)
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + ext
	}
	name = strings.Trim(name, " .") // what was cut may have ended in them
	if strings.EqualFold(name, "_files.yaml") {
		name = "files.yaml" // an export keeps the texts of attachments under that name
	}
	if name == "" || name == "_" {
		return "", errs.Fields([]errs.Field{{Name: "file", Msg: errs.Msg("wiki.file_name_bad")}})
	}
	return name, nil
}
