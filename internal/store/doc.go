// Package store owns all SQL: the database file, its migrations, the change log and the files of attachments.
// Its invariant: what one save changes (page, revision, links, tags, rendering, change entry) is one
// transaction, durable when the call returns. It refuses to decide who may do what (it applies the scope it is
// given) and to know kinds, HTML or the index.
//
// Every method is safe for concurrent use and is one transaction. Errors carry an errs.Kind: NotFound (also for
// what a scope hides), Conflict, Full, ReadOnly, Unavailable; anything else is Internal.
package store
