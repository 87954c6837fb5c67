package e2e

import "testing"

// The organisation changes: a unit is merged into another with a preview, and that is undone.
func TestReorganiseAndUndo(t *testing.T) {
	both(t, func(b *tab, _ bool) {
		b.signIn("admin")
		b.open("/admin/units")
		b.reads("Druck- und Versandstelle")
		b.follow(link("/admin/units/druck-versand/reorganise"), 200)
		b.follow(link("/admin/units/druck-versand/reorganise?act=merge"), 200)
		b.fill("occasion", "Organisationserlass 3/2026")
		b.follow(sel("main form.lr-form button[type=submit]"), 422)
		b.must(sel("#orga-to-err"))
		if got := b.value("occasion"); got != "Organisationserlass 3/2026" {
			b.t.Errorf("the occasion stands as %q after a mistake", got)
		}
		b.fill("to", "unit/z2")
		b.follow(sel("main form.lr-form button[type=submit]"), 200)
		b.reads("Seiten bekommen eine neue Zuständigkeit")
		b.follow(sel("main form.lr-form button[type=submit]"), 200)
		b.reads("Seiten haben eine neue Zuständigkeit bekommen")
		record := b.where()
		b.open("/wiki/handbuch/druck-versand")
		b.reads("Diese Seite gilt nicht mehr")
		b.open(record)
		b.follow(sel("main form.lr-form button[type=submit]"), 200)
		b.reads("Zurückgenommen")
		b.open("/wiki/handbuch/druck-versand")
		if b.has(text("p", "Diese Seite gilt nicht mehr.")) {
			b.t.Error("the unit is still closed")
		}
	})
}

// Somebody who leaves takes along what hangs on their unit.
func TestHandover(t *testing.T) {
	both(t, func(b *tab, _ bool) {
		b.signIn("contributor")
		b.open("/account")
		b.follow(link("/handover"), 200)
		b.follow(link("/handover?unit=z2"), 200)
		b.reads("Reisekosten abrechnen")
		b.must(sel(`main a[href*="format=csv"]`))
		b.follow(sel(`main a[href*="role=Reisestelle"]`), 200)
		b.reads("Reisestelle")
	})
}
