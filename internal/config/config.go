// Package config owns every option of the program: its name, default, unit, bounds and description stand in
// one table, and Load turns flags, environment and file into a typed Config or says everything that is wrong
// with them at once. It refuses to start anything and to read anything but what it is given; the process never
// starts half configured.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Config holds the checked options. Field by field it is described by Options.
type Config struct {
	File          string // the file that was read, "" for none
	Data          string
	Kinds         string // operator's folder of kinds, "" for none
	Listen        string
	BaseURL       string // origin without a slash at the end
	MetricsListen string // "" is off

	Demo       bool
	Dev        bool
	PublicRead bool // also set by Demo

	TrustedProxies []netip.Prefix
	OutboundAllow  []string // host:port in the own network that requests of the house may go to

	Providers     string // file of identity providers, "" for none
	LocalAccounts bool   // sign in with a password

	HouseName    string
	HouseShort   string
	FeedbackMail string
	Lang         string // "de" or "en"

	LogFormat string // "text" or "json"
	LogLevel  slog.Level

	AuditHeads       string // "" is a file in the data directory
	AuditKeep        time.Duration
	AuditKeepPersons time.Duration

	SessionIdle time.Duration
	SessionMax  time.Duration

	MaxUpload         int64 // bytes
	MaxConnections    int
	RequestTimeout    time.Duration
	ReadHeaderTimeout time.Duration
	ShutdownTimeout   time.Duration

	derived bool            // BaseURL was made from Listen
	given   map[string]bool // options that command line, environment or file give
}

// DataDir is the directory the instance works in: the demo has its own, so that it never touches real pages.
func (c Config) DataDir() string {
	if c.Demo {
		return filepath.Join(c.Data, "demo")
	}
	return c.Data
}

// HTTPS reports whether people reach the house over https, which decides the name and attributes of cookies.
func (c Config) HTTPS() bool { return strings.HasPrefix(c.BaseURL, "https://") }

// Bound is the configuration once the listener has its address: with port 0 in Listen the port is known only
// then, and a base URL that follows from it.
func (c Config) Bound(addr net.Addr) Config {
	c.Listen = addr.String()
	if c.derived {
		if base, err := baseOf(c.Listen); err == nil {
			c.BaseURL = base
		}
	}
	return c
}

// Warnings are settings that work but that an operator should know about, for the log at start.
func (c Config) Warnings() []string {
	var w []string
	if u, err := url.Parse(c.BaseURL); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		w = append(w, "base-url is plain http: passwords and pages cross the network readable; put a proxy with TLS in front and give its https address")
	}
	if c.Dev {
		w = append(w, "dev reads templates and static files from disk and is slow; leave it off in operation")
	}
	return w
}

// settle checks options against one another and fills in what follows from others.
func (c *Config) settle() []error {
	var bad []error
	if c.Demo && !loopbackListen(c.Listen) {
		bad = append(bad, fmt.Errorf("demo signs visitors in without a password and therefore listens on loopback only, not on %s; use 127.0.0.1", c.Listen))
	}
	if c.Demo {
		c.PublicRead = true
	}
	if !c.LocalAccounts && c.Providers == "" {
		bad = append(bad, errors.New("local-accounts is off and providers names no file: nobody could sign in"))
	}
	if c.SessionIdle > c.SessionMax {
		bad = append(bad, fmt.Errorf("session-idle (%v) is longer than session-max (%v)", c.SessionIdle, c.SessionMax))
	}
	if c.MetricsListen != "" && c.MetricsListen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		bad = append(bad, fmt.Errorf("metrics-listen and listen are both %s", c.Listen))
	}
	if c.BaseURL == "" && c.Listen != "" {
		base, err := baseOf(c.Listen)
		if err != nil {
			bad = append(bad, err)
		}
		c.BaseURL, c.derived = base, true
	}
	return bad
}

var errNoBase = errors.New("base-url is missing: listen names no single address, so say under which one people reach the house, for example https://lernraum.example.org")

// baseOf makes the base URL that follows from a listen address.
func baseOf(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", err
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return "", errNoBase
	}
	base, err := origin("http://" + net.JoinHostPort(host, port))
	if err != nil { // an address of one network card only, with its zone
		return "", errNoBase
	}
	return base, nil
}

func loopbackListen(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && loopback(host)
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
