package outbound

import "net/netip"

// barred are the ranges nobody on the internet may lead us to: our own machine, our own network, machines that give
// out secrets to whoever asks from inside, and ranges that are no destination (IANA special-purpose registries).
// IPv6 is open in 2000::/3 only, so ranges outside need no row.
var barred = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by a provider"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("168.63.129.16/32"), "metadata of a cloud"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"}, // 169.254.169.254 gives out the keys of a cloud machine
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("2001::/23"), "protocol assignments"}, // with Teredo, which carries an address of IPv4
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4"}, // carries an address of IPv4
	{netip.MustParsePrefix("3fff::/20"), "documentation"},
}

var (
	global6 = netip.MustParsePrefix("2000::/3")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
)

// Barred says why an address may not be connected to, "" for a public one.
func Barred(a netip.Addr) string {
	if !a.IsValid() {
		return "no address"
	}
	if a.Zone() != "" {
		return "link-local"
	}
	a = a.Unmap()
	if a.Is6() {
		b := a.As16()
		switch {
		case nat64.Contains(a): // the way out of a network without IPv4: what it stands for counts
			return Barred(netip.AddrFrom4([4]byte(b[12:])))
		case a.IsLoopback():
			return "loopback"
		case a.IsPrivate():
			return "private"
		case a.IsLinkLocalUnicast():
			return "link-local"
		case a.IsMulticast():
			return "multicast"
		case !global6.Contains(a):
			return "not global"
		case b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
			return "ISATAP" // carries an address of IPv4
		}
	}
	for _, r := range barred {
		if r.prefix.Contains(a) {
			return r.what
		}
	}
	return ""
}
