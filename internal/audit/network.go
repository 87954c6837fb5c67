package audit

import "net/netip"

// shorten takes the end off an address: what is left names a network of many, which is enough to see that somebody
// tries from far away. The whole address is never kept (R-DS-5). What is no address is not kept at all.
func shorten(network string) string {
	a, err := netip.ParseAddr(network)
	if err != nil {
		if p, perr := netip.ParsePrefix(network); perr == nil {
			a = p.Addr()
		} else if ap, aperr := netip.ParseAddrPort(network); aperr == nil {
			a = ap.Addr()
		} else {
			return ""
		}
	}
	bits := 48
	if a = a.Unmap().WithZone(""); a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
