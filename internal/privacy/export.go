package privacy

import (
	"archive/zip"
	"context"
	"io"

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
		if err := x.file(name, []byte(say(lang, "privacy.readme"))); err != nil {
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
