package audit

import (
	"testing"
	"time"
)

func TestAddressesAreKeptWithoutTheirEnd(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "192.0.2.77:5123": "192.0.2.0/24", "2001:db8:1:2:3::4": "2001:db8:1::/48",
		"fe80::1%eth0": "fe80::/48", "192.0.2.0/24": "192.0.2.0/24", "": "", "Ada Lovelace": "",
	} {
		e := Append(Entry{}, Event{Action: SignIn, Actor: "u", Network: in}, time.Now())
		if e.Network != want {
			t.Errorf("%s is kept as %q, want %q", in, e.Network, want)
		}
		var v Verifier
		if err := v.Next(e); err != nil {
			t.Error(err)
		}
	}
}
