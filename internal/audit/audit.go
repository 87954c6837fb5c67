// Package audit owns the log of what touches security: the inventory of its events, the chain of hashes that shows
// whether an entry was changed, and what of an entry is personal and can be erased without breaking the chain. It
// refuses to hold what people read, search or write: histories of pages are not its business, and it never holds a
// name, only ids of accounts.
package audit

import (
	"maps"
	"slices"
	"time"
)

// Action is one kind of event of the inventory. Its key is permanent: it stands in chains.
type Action string

// Outcome tells whether what was tried was done.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused" // by a right or a wrong secret
	Failed  Outcome = "failed"  // by a fault
)

// Event is something that happened. Object and Detail go into the chain for ever and hold no personal data: keys of
// spaces, ids of pages, roles, counts. Actor, Subject and Network are the personal part.
type Event struct {
	Action  Action
	Outcome Outcome           // "" is Done
	Object  string            // what it was done to: "space:handbuch", "page:01J…", "provider:bund", "instance"
	Detail  map[string]string // facts about it
	Actor   string            // id of the account that did it; "" for the program, the command line and guests
	Network string            // address of the client, of sign-ins only
	Subject string            // id of the account it was done to; "" when it concerns nobody or the actor alone
}

// With gives a copy of the event with one more fact.
func (e Event) With(key, value string) Event {
	d := maps.Clone(e.Detail)
	if d == nil {
		d = map[string]string{}
	}
	d[key] = value
	e.Detail = d
	return e
}

// Refuse gives a copy of the event that was refused.
func (e Event) Refuse() Event {
	e.Outcome = Refused
	return e
}

// The inventory: every event the program records. A test records each of them.
const (
	SignIn          Action = "session.sign_in"
	SignOut         Action = "session.sign_out"
	SessionEnd      Action = "session.end"       // sessions ended by their owner, an administrator or a provider
	SessionConfirm  Action = "session.confirm"   // signed in anew for something sensitive
	Denied          Action = "right.denied"      // somebody signed in was refused what they have no right to
	AccountCreate   Action = "account.create"    //
	AccountChange   Action = "account.change"    // name or label
	AccountClose    Action = "account.close"     //
	AccountOpen     Action = "account.open"      //
	AccountErase    Action = "account.erase"     //
	AccountPassword Action = "account.password"  //
	AccountRoles    Action = "account.roles"     //
	AccountUnits    Action = "account.units"     //
	AccountExport   Action = "account.export"    // a copy of one's own data
	AccountLink     Action = "account.link"      // a one-time link made on the command line
	AccountProvider Action = "account.provider"  // rights that follow from groups of a provider
	Setup           Action = "instance.setup"    // the first administrator
	MemberSet       Action = "space.member"      // membership of a person
	UnitMemberSet   Action = "space.unit_member" // membership or administration of a unit
	SpaceCreate     Action = "space.create"      //
	SpaceChange     Action = "space.change"      //
	AccessRequest   Action = "space.request"     // somebody asked for access
	AccessAnswer    Action = "space.answer"      //
	PageDelete      Action = "page.delete"       //
	PageUndelete    Action = "page.undelete"     //
	PagePurge       Action = "page.purge"        // removed for good when its time in the bin was over
	RevisionRedact  Action = "page.redact"       // the text of a revision removed for good
	TokenCreate     Action = "token.create"      //
	TokenRevoke     Action = "token.revoke"      //
	TokenRefused    Action = "token.refused"     // a token that is unknown, over or not meant for what was asked
	UnitReorganise  Action = "unit.reorganise"   //
	UnitUndo        Action = "unit.undo"         //
	UnitImport      Action = "unit.import"       //
	SettingChange   Action = "instance.setting"  //
	Export          Action = "instance.export"   //
	Import          Action = "instance.import"   //
	Backup          Action = "instance.backup"   //
	Restore         Action = "instance.restore"  //
	Retention       Action = "instance.retention"
	ProviderRefused Action = "provider.refused" // an answer of an identity provider that was not accepted
	ProviderLogout  Action = "provider.logout"  // a provider ended sessions
)

// Inventory lists every action, sorted.
func Inventory() []Action {
	all := []Action{
		SignIn, SignOut, SessionEnd, SessionConfirm, Denied, AccountCreate, AccountChange, AccountClose, AccountOpen, AccountErase, AccountPassword,
		AccountRoles, AccountUnits, AccountExport, AccountLink, AccountProvider, Setup, MemberSet, UnitMemberSet, SpaceCreate, SpaceChange,
		AccessRequest, AccessAnswer, PageDelete, PageUndelete, PagePurge, RevisionRedact, TokenCreate, TokenRevoke, TokenRefused,
		UnitReorganise, UnitUndo, UnitImport, SettingChange, Export, Import, Backup, Restore, Retention, ProviderRefused, ProviderLogout,
	}
	slices.Sort(all)
	return all
}

// Entry is an event in the log.
type Entry struct {
	Event
	Seq  int64 // 1, 2, 3 …
	At   time.Time
	Hash Hash // of the entry before and this one
	// ActorHash and SubjectHash stand for the personal parts in the chain; zero where there is none.
	ActorHash, SubjectHash Hash
	// ActorSalt and SubjectSalt belong to the personal parts; nil when those were erased.
	ActorSalt, SubjectSalt []byte
}
