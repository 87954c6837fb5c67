package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// Option describes one option.
type Option struct {
	Name    string // of the flag and of the key in the file; the variable is LERNRAUM_ and NAME
	Type    string // "text", "yes/no", "number", "duration", "size", "address", …
	Default string // as it would be written
	Unit    string // "" where the type says it all
	Doc     string
	Running bool // an administrator may change it while the program runs, unless it is given elsewhere
	Secret  bool // never printed; the variable may name a file: LERNRAUM_NAME_FILE
}

// option is an Option with the place its value goes to.
type option struct {
	Option
	set func(*Config, string) error
}

// bind joins a description, a field of Config and the reader of its type.
func bind[T any](o Option, at func(*Config) *T, read func(string) (T, error)) option {
	return option{o, func(c *Config, raw string) error {
		v, err := read(raw)
		if err == nil {
			*at(c) = v
		}
		return err
	}}
}

// Options lists all options in the order of the documentation.
func Options() []Option {
	all := table()
	out := make([]Option, len(all))
	for i, o := range all {
		out[i] = o.Option
	}
	return out
}

// table declares every option, once.
func table() []option {
	return []option{
		bind(Option{Name: "config", Type: "path", Doc: "File with options in YAML, one `name: value` a line. Cannot itself stand in the file."},
			func(c *Config) *string { return &c.File }, text),
		bind(Option{Name: "data", Type: "path", Default: "./data", Doc: "Directory of database, attachments and search index; made when it is missing."},
			func(c *Config) *string { return &c.Data }, required),
		bind(Option{Name: "kinds", Type: "path", Doc: "Operator's folder of page kinds, one `KIND.yaml` each; they add to the built-in kinds or take their place."},
			func(c *Config) *string { return &c.Kinds }, text),
		bind(Option{Name: "listen", Type: "address", Default: "127.0.0.1:8080", Unit: "host:port", Doc: "Address to serve on. Port 0 takes a free one."},
			func(c *Config) *string { return &c.Listen }, hostPort),
		bind(Option{Name: "base-url", Type: "address", Unit: "http(s)://host", Doc: "Address under which people reach the house, without a path. Follows from `listen` unless that names no single address. With https the session cookie is marked Secure."},
			func(c *Config) *string { return &c.BaseURL }, optional(origin)),
		bind(Option{Name: "trusted-proxies", Type: "networks", Unit: "CIDR, with commas", Doc: "Addresses of the reverse proxies in front of the house, for example `10.1.0.5/32, 2001:db8::/64`. Of a connection from there the address of the client is the last one in `X-Forwarded-For` that is no such proxy; it is used to slow down wrong passwords. From elsewhere the header is ignored. Scheme and host never come from headers but from `base-url`."},
			func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }, networks),
		bind(Option{Name: "outbound-allow", Type: "destinations", Unit: "host:port, with commas", Doc: "Destinations in your own network that requests of the house may go to, for example `idp.intern.example:443`. All others there are refused: loopback, private, link-local and reserved addresses, by name or by number. Host and port are compared whole. The issuers of `providers` are allowed without it."},
			func(c *Config) *[]string { return &c.OutboundAllow }, destinations),
		bind(Option{Name: "metrics-listen", Type: "address", Unit: "host:port", Doc: "Separate address for `/metrics`; empty is off."},
			func(c *Config) *string { return &c.MetricsListen }, optional(hostPort)),
		bind(Option{Name: "demo", Type: "yes/no", Default: "false", Doc: "Serve the demo organisation from the directory `demo` inside `data`, with sign-in by a click and reading without one. Loopback only."},
			func(c *Config) *bool { return &c.Demo }, yesNo),
		bind(Option{Name: "dev", Type: "yes/no", Default: "false", Doc: "Read templates and static files from disk at each request, for working on them."},
			func(c *Config) *bool { return &c.Dev }, yesNo),
		bind(Option{Name: "public-read", Running: true, Type: "yes/no", Default: "false", Doc: "Let guests read open and published spaces without signing in, in the API too."},
			func(c *Config) *bool { return &c.PublicRead }, yesNo),
		bind(Option{Name: "providers", Type: "path", Doc: "File of the identity providers people sign in at, in YAML: see [operations](operations.md#sign-on-through-an-identity-provider). Empty: local accounts only."},
			func(c *Config) *string { return &c.Providers }, text),
		bind(Option{Name: "local-accounts", Type: "yes/no", Default: "true", Doc: "Let accounts with a password sign in beside `providers`. Without, a local administrator gets in with `lernraum user link` only."},
			func(c *Config) *bool { return &c.LocalAccounts }, yesNo),
		bind(Option{Name: "house-name", Running: true, Type: "text", Default: "Lernraum", Doc: "Name of the house, shown at the top of each page and in titles."},
			func(c *Config) *string { return &c.HouseName }, required),
		bind(Option{Name: "house-short", Running: true, Type: "text", Doc: "Short name of the house for narrow screens; empty takes `house-name`."},
			func(c *Config) *string { return &c.HouseShort }, text),
		bind(Option{Name: "feedback-mail", Running: true, Type: "mail address", Doc: "Where people report barriers and mistakes; shown at the foot of each page. Empty shows none."},
			func(c *Config) *string { return &c.FeedbackMail }, optional(mailAddress)),
		bind(Option{Name: "lang", Running: true, Type: "choice", Default: "de", Unit: "de, en", Doc: "Language of the interface for people who have not chosen one."},
			func(c *Config) *string { return &c.Lang }, oneOf("de", "en")),
		bind(Option{Name: "log-format", Type: "choice", Default: "text", Unit: "text, json", Doc: "Form of log lines."},
			func(c *Config) *string { return &c.LogFormat }, oneOf("text", "json")),
		bind(Option{Name: "log-level", Type: "choice", Default: "info", Unit: "debug, info, warn, error", Doc: "Least weight of what is logged."},
			func(c *Config) *slog.Level { return &c.LogLevel }, level),
		bind(Option{Name: "audit-heads", Type: "path", Doc: "File to which the signed head of the audit log is added every hour; keep it on another medium than `data`. Empty is `audit-heads.log` in `data`. Each head is also a line of the log, so that a log service outside keeps it too."},
			func(c *Config) *string { return &c.AuditHeads }, text),
		bind(Option{Name: "audit-keep", Type: "duration", Default: "17520h", Unit: "2160h (90 days) to 87600h (10 years)", Doc: "Entries of the audit log are removed after this time; an entry says so."},
			func(c *Config) *time.Duration { return &c.AuditKeep }, duration(2160*time.Hour, 87600*time.Hour)),
		bind(Option{Name: "audit-keep-persons", Type: "duration", Default: "4320h", Unit: "24h to 17520h", Doc: "Who acted, from which network and on whom is removed from entries of the audit log after this time (180 days); the entry stays."},
			func(c *Config) *time.Duration { return &c.AuditKeepPersons }, duration(24*time.Hour, 17520*time.Hour)),
		bind(Option{Name: "session-idle", Type: "duration", Default: "8h", Unit: "15m to 24h", Doc: "A session ends when it was not used for this long."},
			func(c *Config) *time.Duration { return &c.SessionIdle }, duration(15*time.Minute, 24*time.Hour)),
		bind(Option{Name: "session-max", Type: "duration", Default: "12h", Unit: "15m to 168h", Doc: "A session ends this long after signing in, however much it is used."},
			func(c *Config) *time.Duration { return &c.SessionMax }, duration(15*time.Minute, 168*time.Hour)),
		bind(Option{Name: "max-upload", Type: "size", Default: "25 MiB", Unit: "64 KiB to 1 GiB", Doc: "Largest file that can be attached."},
			func(c *Config) *int64 { return &c.MaxUpload }, size(64<<10, 1<<30)),
		bind(Option{Name: "max-connections", Type: "number", Default: "12000", Unit: "16 to 100000 connections", Doc: "Open connections at a time; further ones are answered with 503 and told to come back. Keep it below the limit of open files."},
			func(c *Config) *int { return &c.MaxConnections }, number(16, 100_000)),
		bind(Option{Name: "request-timeout", Type: "duration", Default: "30s", Unit: "1s to 10m", Doc: "Longest time to answer one request."},
			func(c *Config) *time.Duration { return &c.RequestTimeout }, duration(time.Second, 10*time.Minute)),
		bind(Option{Name: "read-header-timeout", Type: "duration", Default: "5s", Unit: "1s to 1m", Doc: "Longest time to send the head of a request."},
			func(c *Config) *time.Duration { return &c.ReadHeaderTimeout }, duration(time.Second, time.Minute)),
		bind(Option{Name: "shutdown-timeout", Type: "duration", Default: "20s", Unit: "1s to 5m", Doc: "Longest time to finish running requests when the program is told to stop."},
			func(c *Config) *time.Duration { return &c.ShutdownTimeout }, duration(time.Second, 5*time.Minute)),
	}
}
