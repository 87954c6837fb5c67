package outbound

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// names reads a host name as browsers do, but lets machines of the own network be called as they are.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// destination is the one way to write a host and a port, so that two of them can be compared.
func destination(host, port string) (string, error) {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("%q is no port", port)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.Unmap().String()
	} else {
		ascii, err := names.ToASCII(strings.TrimSuffix(host, "."))
		if err == nil { // some forms mean something else, or nothing, when they are read again
			var again string
			if again, err = names.ToASCII(ascii); again != ascii {
				ascii = ""
			}
		}
		if err != nil || ascii == "" || strings.Contains("."+ascii+".", "..") || strings.Trim(strings.ToLower(ascii), "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			return "", fmt.Errorf("%q is no host", host)
		}
		host = strings.ToLower(ascii)
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// HostPort gives the destination of an address as it is written in Options.Allow.
func HostPort(u *url.URL) (string, error) {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	case u.Scheme == "http":
		port = "80"
	default:
		return "", fmt.Errorf("%q is neither http nor https", u.Redacted())
	}
	return destination(u.Hostname(), port)
}
