package outbound

import (
	"net/netip"
	"net/url"
	"testing"
)

func TestBarred(t *testing.T) {
	for a, barred := range map[string]bool{
		// IPv4
		"0.0.0.0": true, "0.1.2.3": true, "10.0.0.1": true, "10.255.255.255": true, "9.255.255.255": false, "11.0.0.0": false,
		"100.63.255.255": false, "100.64.0.0": true, "100.100.100.200": true, "100.127.255.255": true, "100.128.0.0": false,
		"126.255.255.255": false, "127.0.0.1": true, "127.1.2.3": true, "127.255.255.255": true, "128.0.0.0": false,
		"168.63.129.16": true, "168.63.129.17": false,
		"169.253.255.255": false, "169.254.0.0": true, "169.254.169.254": true, "169.254.170.2": true, "169.255.0.0": false,
		"172.15.255.255": false, "172.16.0.0": true, "172.31.255.255": true, "172.32.0.0": false,
		"192.0.0.0": true, "192.0.0.192": true, "192.0.1.0": false, "192.0.2.1": true, "192.88.99.1": true, "192.167.255.255": false, "192.168.0.1": true, "192.169.0.0": false,
		"198.17.255.255": false, "198.18.0.0": true, "198.19.255.255": true, "198.20.0.0": false, "198.51.100.7": true, "203.0.113.7": true,
		"223.255.255.255": false, "224.0.0.1": true, "239.255.255.250": true, "240.0.0.1": true, "255.255.255.255": true,
		"1.1.1.1": false, "8.8.8.8": false, "93.184.215.14": false,
		// the same, dressed up as IPv6
		"::ffff:127.0.0.1": true, "::ffff:10.0.0.1": true, "::ffff:169.254.169.254": true, "::ffff:8.8.8.8": false, "::ffff:0:127.0.0.1": true,
		"::127.0.0.1": true, "::8.8.8.8": true,
		"64:ff9b::127.0.0.1": true, "64:ff9b::10.1.2.3": true, "64:ff9b::169.254.169.254": true, "64:ff9b::8.8.8.8": false,
		"64:ff9b:1::8.8.8.8": true, "64:ff9b:0:1::8.8.8.8": true,
		"2002:7f00:1::": true, "2002:a00:1::1": true, "2002:808:808::": true,
		"2001::1": true, "2001:0:4136:e378:8000:63bf:3fff:fdd2": true, "2001:2::1": true, "2001:10::1": true, "2001:20::1": true,
		"2a00:1450::5efe:7f00:1": true, "2a00:1450::200:5efe:a00:1": true, "2a00:1450::5eff:7f00:1": false,
		// IPv6
		"::": true, "::1": true, "::2": true, "100::1": true, "fc00::1": true, "fd00:ec2::254": true, "fdff::1": true, "fe80::1": true, "fe80::1%eth0": true, "2606:4700::1%eth0": true,
		"fec0::1": true, "ff02::1": true, "ff0e::1": true, "5f00::1": true, "4000::1": true, "1fff::1": true,
		"2001:db8::1": true, "3fff::1": true, "3fff:1000::1": false, "2001:200::1": false, "2606:4700:4700::1111": false, "2a00:1450:4001::1": false,
	} {
		if why := Barred(netip.MustParseAddr(a)); (why != "") != barred {
			t.Errorf("%s: barred is %v (%q), want %v", a, why != "", why, barred)
		}
	}
	if Barred(netip.Addr{}) == "" {
		t.Error("no address at all is let through")
	}
}

func TestDestinations(t *testing.T) {
	for _, c := range []struct{ host, port, want string }{
		{"Example.ORG", "443", "example.org:443"}, {"example.org.", "443", "example.org:443"}, {"example.org", "0443", "example.org:443"},
		{"bücher.example", "80", "xn--bcher-kva.example:80"}, {"BÜCHER.example", "80", "xn--bcher-kva.example:80"}, {"xn--bcher-kva.example", "80", "xn--bcher-kva.example:80"},
		{"ｅｘａｍｐｌｅ.org", "80", "example.org:80"}, {"a。b", "80", "a.b:80"}, {"kpi_dienst", "8080", "kpi_dienst:8080"},
		{"127.0.0.1", "1", "127.0.0.1:1"}, {"::1", "1", "[::1]:1"}, {"::ffff:127.0.0.1", "1", "127.0.0.1:1"}, {"0:0:0:0:0:0:0:1", "1", "[::1]:1"},
		{"example.org", "0", ""}, {"example.org", "65536", ""}, {"example.org", "-1", ""}, {"example.org", "http", ""}, {"example.org", "", ""}, {"example.org", " 80", ""},
		{"", "80", ""}, {".", "80", ""}, {"a/b", "80", ""}, {"a@b", "80", ""}, {"a b", "80", ""}, {"a\x00b", "80", ""}, {"a%2eb", "80", ""}, {"a#b", "80", ""}, {"a／b", "80", ""},
	} {
		got, err := destination(c.host, c.port)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q %q: %q, %v; want %q", c.host, c.port, got, err, c.want)
		}
	}
	for in, want := range map[string]string{
		"https://idp.example": "idp.example:443", "http://127.0.0.1:8090/x": "127.0.0.1:8090", "http://[::1]/": "[::1]:80", "ftp://x": "", "https://": "",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := HostPort(u); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
}

// FuzzBarred: what the standard library knows to be inside is barred, and no dress of IPv6 opens what is barred.
func FuzzBarred(f *testing.F) {
	for _, s := range []string{"8.8.8.8", "10.0.0.1", "::1", "64:ff9b::7f00:1", "2606:4700::1111", "ff02::1", "::ffff:1.2.3.4"} {
		f.Add(netip.MustParseAddr(s).AsSlice())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		why := Barred(a)
		u := a.Unmap()
		if why == "" && (!u.IsGlobalUnicast() || u.IsPrivate() || u.IsLoopback() || u.IsLinkLocalUnicast() || u.IsMulticast() || u.IsUnspecified()) {
			t.Errorf("%s is let through", a)
		}
		if !u.Is4() {
			return
		}
		b := u.As4()
		mapped := netip.AddrFrom16(u.As16())
		translated := netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]})
		if Barred(mapped) != why || Barred(translated) != why {
			t.Errorf("%s: %q, mapped %q, translated %q", a, why, Barred(mapped), Barred(translated))
		}
		if Barred(netip.AddrFrom16([16]byte{0x20, 0x02, b[0], b[1], b[2], b[3], 15: 1})) == "" {
			t.Errorf("%s passes as 6to4", a)
		}
	})
}

// FuzzDestination: a destination that is written once more is the same, so that comparing two is enough.
func FuzzDestination(f *testing.F) {
	f.Add("Example.org.", "443")
	f.Add("..", "1") // a label that is empty
	f.Add("bücher.example", "80")
	f.Add("::ffff:1.2.3.4", "1")
	f.Fuzz(func(t *testing.T, host, port string) {
		d, err := destination(host, port)
		if err != nil {
			return
		}
		u, err := url.Parse("http://" + d + "/")
		if err != nil {
			t.Fatalf("%q is no address: %v", d, err)
		}
		if again, err := HostPort(u); err != nil || again != d {
			t.Errorf("%q becomes %q, %v", d, again, err)
		}
	})
}
