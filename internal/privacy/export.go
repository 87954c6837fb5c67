package privacy

import (
	"archive/zip"
	"context"
	"io"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/audit"
)

// Export writes everything that is kept of a person into a ZIP file, as it is read: the memory it takes does not grow with
// it. Texts come from pages the person may read today. say gives the words that explain the files.
func (s *Service) Export(ctx context.Context, a access.Actor, userID string, w io.Writer, say func(lang, key string) string) error {
	u, err := s.erasable(ctx, a, userID)
	if err != nil {
		return err
	}
	// On the command line the operator exports for somebody: their texts, as the person could read them.
	who := a
	if a.UserID != userID {
		who = access.Actor{UserID: u.ID, Roles: u.Roles, Units: u.Units, Spaces: u.Spaces}
	}
	scope, err := s.Pages.Scope(ctx, who)
	if err != nil {
		return err
	}
	e := audit.Event{Action: audit.AccountExport, Object: "instance", Actor: a.UserID, Subject: userID}
	if err := s.Store.Record(ctx, e); err != nil {
		return err
	}
	x := &archive{zip: zip.NewWriter(w), at: s.Now().UTC()}
	for _, lang := range []string{"de", "en"} {
		name := map[string]string{"de": "LIESMICH.txt", "en": "README.txt"}[lang]
		if err := x.file(name, []byte(readme(func(key string) string { return say(lang, key) }))); err != nil {
			return err
		}
	}
	err = s.Store.OwnData(ctx, scope, userID, func(table string, row map[string]any) error {
		if table == "revision" {
			return x.text(row)
		}
		return x.row(table, row)
	})
	if err == nil {
		err = x.end()
	}
	if err == nil {
		err = x.zip.Close()
	}
	return err
}

// readme says what each file of an export is, and what is not in it and why.
func readme(say func(key string) string) string {
	var b strings.Builder
	b.WriteString(say("privacy.title") + "\n\n")
	for _, f := range [][2]string{
		{"account.json", "privacy.file_account"}, {"account_role.json", "privacy.file_account_role"}, {"account_unit.json", "privacy.file_account_unit"},
		{"space_member.json", "privacy.file_space_member"}, {"session.json", "privacy.file_session"}, {"api_token.json", "privacy.file_api_token"},
		{"access_request.json", "privacy.file_access_request"}, {"audit_person.json", "privacy.file_audit_person"},
		{"reorganisation.json", "privacy.file_reorganisation"}, {"deletion.json", "privacy.file_deletion"}, {"texts/", "privacy.file_texts"},
	} {
		b.WriteString(f[0] + ": " + say(f[1]) + "\n")
	}
	b.WriteString("\n" + say("privacy.missing") + "\n\n" + say("privacy.not_included") + ":\n")
	for _, key := range []string{"privacy.not_secrets", "privacy.not_closed", "privacy.not_files", "privacy.not_rooms"} {
		b.WriteString("- " + say(key) + "\n")
	}
	return b.String()
}
