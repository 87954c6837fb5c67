package store

import (
	"os"
	"strings"
	"testing"

	"lernraum/internal/page"
)

func sound(t *testing.T, s *Store) {
	t.Helper()
	if found, err := s.Check(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("check: %v %v", found, err)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	for want, spoil := range map[string]string{
		"head is not the newest revision":  "UPDATE page_all SET head = 1 WHERE pk = 2",
		"another one than its head says":   "UPDATE path SET current = 0 WHERE page_pk = 2",
		"no current title":                 "DELETE FROM name WHERE page_pk = 2",
		"show something old":               "UPDATE page_all SET title = 'neu' WHERE pk = 2",
		"is not rendered":                  "DELETE FROM render WHERE page_pk = 2",
		"not in the change log":            "DELETE FROM change WHERE page_id = (SELECT id FROM page WHERE pk = 2)",
		"link is resolved wrongly":         "UPDATE link SET to_pk = NULL WHERE from_pk = 2 AND ord = 3",
		"count of pages":                   "UPDATE tally SET n = n + 1 WHERE space = 'bereich-2'",
		"file of an attachment is missing": "INSERT INTO blob VALUES ('" + strings.Repeat("ab", 32) + "', 1, 0)",
		"does not say who deleted it":      "UPDATE page_all SET deleted_at = 1 WHERE pk = 2",
		"was removed for good and is":      "INSERT INTO purged SELECT id, 0 FROM page WHERE pk = 2",
		"names a row of space":             "UPDATE page_all SET space = 'weg' WHERE pk = 2",
	} {
		t.Run(want, func(t *testing.T) {
			s := withPages(t, 4)
			if err := raw(t, s, "PRAGMA foreign_keys = 0"); err != nil {
				t.Fatal(err)
			}
			if err := raw(t, s, spoil); err != nil {
				t.Fatal(err)
			}
			found, err := s.Check(t.Context())
			if err != nil || !strings.Contains(strings.Join(found, "\n"), want) {
				t.Errorf("found %q, %v", found, err)
			}
		})
	}
	t.Run("damaged file", func(t *testing.T) {
		s := withPages(t, 1)
		a, err := s.Attach(t.Context(), page.Attachment{PageID: benchWrite(0, 1).Page.ID, Name: "a"}, strings.NewReader("Bytes"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.blobPath(a.SHA256), []byte("Bytez"), 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := s.Check(t.Context())
		if err != nil || len(found) != 1 || !strings.Contains(found[0], a.SHA256) {
			t.Errorf("found %q, %v", found, err)
		}
	})
}
