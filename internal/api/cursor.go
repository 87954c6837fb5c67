package api

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/page"
)

// A cursor names the last page of a part by the moment of its change and its id. It opens nothing: the next part is
// asked for under the rights of whoever brings it, so a made-up one only begins elsewhere in the same list.
func encodeCursor(at time.Time, id page.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMilli(), 36) + "." + string(id)))
}

const maxCursor = 64

// maxMillis bounds the moment: what lies beyond is no time a page can have.
const maxMillis = 253402300799999 // 9999-12-31

func decodeCursor(s string) (time.Time, page.ID, bool) {
	if len(s) > maxCursor {
		return time.Time{}, "", false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return time.Time{}, "", false
	}
	at, id, ok := strings.Cut(string(raw), ".")
	ms, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil || ms < 0 || ms > maxMillis || !isID(id) {
		return time.Time{}, "", false
	}
	return time.UnixMilli(ms).UTC(), page.ID(id), true
}

// isID tells whether a text has the shape of a page's id: 26 characters of Crockford's alphabet.
func isID(s string) bool {
	if len(s) != 26 || s[0] > '7' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("0123456789ABCDEFGHJKMNPQRSTVWXYZ", r)
	}) < 0
}
