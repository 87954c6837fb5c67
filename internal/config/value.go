package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The readers of the types. Their errors complete a sentence that begins with the name of the option.

const maxText = 1024 // bytes

func text(s string) (string, error) {
	if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fmt.Errorf("must be one line of at most %d bytes", maxText)
	}
	return s, nil
}

func required(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", errors.New("must not be empty")
	}
	return text(s)
}

// optional lets a type be empty, which switches off what it is for.
func optional(read func(string) (string, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		if s == "" {
			return "", nil
		}
		return read(s)
	}
}

// networks reads a list of networks; a single address is the network of itself.
func networks(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, aerr := netip.ParseAddr(part)
			if aerr != nil || a.Zone() != "" {
				return nil, fmt.Errorf("holds %q but must be networks like 10.1.0.0/24, with commas between them", part)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("holds %s: whoever trusts everybody lets every client choose its address", part)
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// destinations are exact: a host, a port, and no pattern.
func destinations(s string) ([]string, error) {
	var list []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		host, port, err := net.SplitHostPort(part)
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 || host == "" || !validHost(host) {
			return nil, fmt.Errorf("holds %q but must be host:port, with commas between them; names with umlauts in their xn-- form", part)
		}
		list = append(list, part)
	}
	return list, nil
}

func yesNo(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("is %q but must be true or false", s)
}

func oneOf(choices ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(choices, s) {
			return "", fmt.Errorf("is %q but must be one of %s", s, strings.Join(choices, ", "))
		}
		return s, nil
	}
}

func level(s string) (slog.Level, error) {
	var l slog.Level
	if _, err := oneOf("debug", "info", "warn", "error")(s); err != nil {
		return l, err
	}
	err := l.UnmarshalText([]byte(s))
	return l, err
}

func number(least, most int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("is %q but must be a whole number from %d to %d", s, least, most)
		}
		return n, nil
	}
}

func duration(least, most time.Duration) func(string) (time.Duration, error) {
	return func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < least || d > most {
			return 0, fmt.Errorf("is %q but must be a duration from %s to %s, written like 90s, 30m or 8h", s, short(least), short(most))
		}
		return d, nil
	}
}

// short writes 8h for 8h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func size(least, most int64) func(string) (int64, error) {
	return func(s string) (int64, error) {
		n, err := bytes(s)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("is %q but must be a size from %s to %s, written like 512 KiB or 25 MiB", s, sizeText(least), sizeText(most))
		}
		return n, nil
	}
}

type sizeUnit struct {
	name  string
	bytes int64
}

func sizeUnits() []sizeUnit {
	return []sizeUnit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
}

func bytes(s string) (int64, error) {
	digits, factor := strings.TrimSpace(s), int64(1)
	for _, u := range sizeUnits() {
		if d, ok := strings.CutSuffix(digits, u.name); ok {
			digits, factor = strings.TrimSpace(d), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, errors.New("not a size")
	}
	return n * factor, nil
}

func sizeText(n int64) string {
	for _, u := range sizeUnits() {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d %s", n/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

func hostPort(s string) (string, error) {
	bad := fmt.Errorf("is %q but must be host:port, for example 127.0.0.1:8080", s)
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", bad
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port || !validHost(host) {
		return "", bad
	}
	return s, nil
}

// validHost accepts names and addresses; an empty host listens on all addresses.
func validHost(host string) bool {
	if strings.Contains(host, ":") {
		return net.ParseIP(strings.SplitN(host, "%", 2)[0]) != nil
	}
	for _, r := range host {
		if r != '-' && r != '.' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

// origin brings an address into the form browsers give as Origin: lower case, no port that goes without
// saying, nothing behind the host.
func origin(s string) (string, error) {
	bad := fmt.Errorf("is %q but must be an http or https address without a path, for example https://lernraum.example.org", s)
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "" ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#") {
		return "", bad
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if host == "" || strings.Contains(host, "%") || !validHost(host) || strings.HasSuffix(u.Host, ":") {
		return "", bad
	}
	if port != "" {
		if _, err := hostPort("x:" + port); err != nil {
			return "", bad
		}
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return u.Scheme + "://" + host, nil
	}
	return u.Scheme + "://" + host + ":" + port, nil
}

func mailAddress(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" {
		return "", fmt.Errorf("is %q but must be a mail address, for example lernraum@example.org", s)
	}
	return s, nil
}
