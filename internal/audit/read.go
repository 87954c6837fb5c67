package audit

import (
	"context"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

// Reader shows the log to those who oversee the instance.
type Reader struct{ store Store }

// NewReader makes a Reader.
func NewReader(store Store) Reader { return Reader{store} }

// PageSize is how many entries Entries gives at most.
const PageSize = 100

// Entries lists a part of the log, newest first. Administrators see who acted and on whom; the staff council sees what was
// done, and no person: neither in the entries nor by asking for one. errs.NotFound for everybody else.
func (r Reader) Entries(ctx context.Context, a access.Actor, q Query) ([]Entry, error) {
	if !access.Can(a, access.Oversee, access.Object{}) {
		return nil, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	persons := Persons(a)
	if !persons {
		q.Person = ""
	}
	if q.Limit <= 0 || q.Limit > PageSize+1 {
		q.Limit = PageSize
	}
	list, err := r.store.AuditEntries(ctx, q)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if !persons {
			list[i].Actor, list[i].Network, list[i].Subject = "", "", ""
			list[i].ActorSalt, list[i].SubjectSalt = nil, nil
		}
	}
	return list, nil
}

// Persons reports whether the actor may see the personal parts of the log.
func Persons(a access.Actor) bool { return access.Can(a, access.Admin, access.Object{}) }
