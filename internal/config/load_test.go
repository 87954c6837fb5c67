package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lernraum/internal/errs"
)

// files is a readFile over a map.
func files(m map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		s, ok := m[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(s), nil
	}
}

func defaults() Config {
	return Config{
		Data: "./data", Listen: "127.0.0.1:8080", BaseURL: "http://127.0.0.1:8080",
		HouseName: "Lernraum", LocalAccounts: true, Lang: "de", LogFormat: "text", LogLevel: slog.LevelInfo,
		AuditKeep: 17520 * time.Hour, AuditKeepPersons: 4320 * time.Hour,
		SessionIdle: 8 * time.Hour, SessionMax: 12 * time.Hour,
		MaxUpload: 25 << 20, MaxConnections: 12_000,
		RequestTimeout: 30 * time.Second, ReadHeaderTimeout: 5 * time.Second, ShutdownTimeout: 20 * time.Second,
	}
}

func TestLoadSources(t *testing.T) {
	disk := files(map[string]string{
		"a.yaml": "# our house\nlisten: 127.0.0.1:1\nlang: en\nmax-upload: 1 MiB\nhouse-name: \"Haus: A\"\npublic-read: yes\nmax-connections: 100\n",
		"b.yaml": "lang: en\n",
		"c.yaml": "# nothing yet\n",
	})
	for _, c := range []struct {
		name  string
		flags map[string]string
		env   []string
		want  func(*Config)
	}{
		{"nothing given", nil, []string{"PATH=/bin", "LANG=C"}, func(*Config) {}},
		{"file", map[string]string{"config": "a.yaml"}, nil, func(c *Config) {
			c.File, c.Listen, c.BaseURL, c.Lang, c.MaxUpload = "a.yaml", "127.0.0.1:1", "http://127.0.0.1:1", "en", 1<<20
			c.HouseName, c.PublicRead, c.MaxConnections = "Haus: A", true, 100
		}},
		{"file named by the environment", nil, []string{"LERNRAUM_CONFIG=b.yaml"}, func(c *Config) { c.File, c.Lang = "b.yaml", "en" }},
		{"file of the flag over file of the environment", map[string]string{"config": "c.yaml"}, []string{"LERNRAUM_CONFIG=b.yaml"}, func(c *Config) { c.File = "c.yaml" }},
		{"environment over file", map[string]string{"config": "b.yaml"}, []string{"LERNRAUM_LANG=de"}, func(c *Config) { c.File = "b.yaml" }},
		{"flag over environment", map[string]string{"lang": "de"}, []string{"LERNRAUM_LANG=en"}, func(*Config) {}},
		{"flag over environment over file", map[string]string{"config": "a.yaml", "listen": "localhost:3"}, []string{"LERNRAUM_LISTEN=127.0.0.1:2", "LERNRAUM_LANG=de"}, func(c *Config) {
			c.File, c.Listen, c.BaseURL, c.MaxUpload = "a.yaml", "localhost:3", "http://localhost:3", 1<<20
			c.HouseName, c.PublicRead, c.MaxConnections = "Haus: A", true, 100
		}},
		{"an empty variable counts as not set", nil, []string{"LERNRAUM_LISTEN=", "LERNRAUM_PUBLIC_READ="}, func(*Config) {}},
		{"a value may hold an equals sign", nil, []string{"LERNRAUM_HOUSE_NAME=a=b"}, func(c *Config) { c.HouseName = "a=b" }},
		{"a variable of our tests is passed by", nil, []string{"LERNRAUM_CORPORA=../corpora"}, func(*Config) {}},
		{"demo lets visitors read", map[string]string{"demo": "true"}, nil, func(c *Config) { c.Demo, c.PublicRead = true, true }},
		{"base URL in the form of an Origin", map[string]string{"listen": "0.0.0.0:80", "base-url": "HTTPS://Wissen.Example:443/"}, nil, func(c *Config) {
			c.Listen, c.BaseURL = "0.0.0.0:80", "https://wissen.example"
		}},
	} {
		got, err := Load(c.flags, c.env, disk)
		want := defaults()
		c.want(&want)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" || err != nil {
			t.Errorf("%s: %v %s", c.name, err, diff)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	disk := files(map[string]string{
		"unknown.yaml": "lang: de\nlisten-on: 127.0.0.1:1\n",
		"twice.yaml":   "lang: de\nlang: en\n",
		"nested.yaml":  "listen: {host: a}\n",
		"alias.yaml":   "lang: &a de\nlog-format: *a\n",
		"null.yaml":    "lang:\n",
		"list.yaml":    "- lang\n",
		"broken.yaml":  "lang: \"de\n",
		"two.yaml":     "lang: de\n---\nlang: en\n",
		"config.yaml":  "config: other.yaml\n",
		"value.yaml":   "# first\n\nmax-upload: 2 TiB\n",
		"large.yaml":   strings.Repeat("# padding\n", 10_000),
	})
	flag := func(name, v string) map[string]string { return map[string]string{name: v} }
	for _, c := range []struct {
		name  string
		flags map[string]string
		env   []string
		want  []string // one part of each mistake, in order
	}{
		{"unknown flag", flag("listn", "x"), nil, []string{"--listn is not an option; did you mean --listen?"}},
		{"unknown variable", nil, []string{"LERNRAUM_PUBLICREAD=true"}, []string{"LERNRAUM_PUBLICREAD is not a variable of this program; did you mean LERNRAUM_PUBLIC_READ?"}},
		{"variable in small letters of ours", nil, []string{"LERNRAUM_lang=de"}, []string{"did you mean LERNRAUM_LANG?"}},
		{"file variable of an option that is no secret", nil, []string{"LERNRAUM_LISTEN_FILE=x"}, []string{"LERNRAUM_LISTEN_FILE is not a variable"}},
		{"unknown key", flag("config", "unknown.yaml"), nil, []string{`unknown.yaml line 2: "listen-on" is not an option; did you mean "listen"?`}},
		{"file is missing", flag("config", "none.yaml"), nil, []string{"config file: open none.yaml"}},
		{"key twice", flag("config", "twice.yaml"), nil, []string{"twice.yaml line 2: lang stands here a second time"}},
		{"nested value", flag("config", "nested.yaml"), nil, []string{"nested.yaml line 1: listen must be a plain value"}},
		{"alias", flag("config", "alias.yaml"), nil, []string{"alias.yaml line 2: log-format must be a plain value"}},
		{"no value", flag("config", "null.yaml"), nil, []string{"null.yaml line 1: lang has no value"}},
		{"a list", flag("config", "list.yaml"), nil, []string{"list.yaml line 1: expected lines"}},
		{"no YAML", flag("config", "broken.yaml"), nil, []string{"broken.yaml: yaml:"}},
		{"two documents", flag("config", "two.yaml"), nil, []string{"two.yaml holds more than one document"}},
		{"a file naming a file", flag("config", "config.yaml"), nil, []string{"config.yaml line 1: a config file cannot name another one"}},
		{"a value in the file", flag("config", "value.yaml"), nil, []string{`value.yaml line 3: max-upload is "2 TiB" but must be a size from 64 KiB to 1 GiB`}},
		{"a large file", flag("config", "large.yaml"), nil, []string{"large.yaml is larger than 64 KiB"}},

		{"listen without a port", flag("listen", "localhost"), nil, []string{`--listen is "localhost" but must be host:port`}},
		{"listen as a URL", flag("listen", "http://localhost:80"), nil, []string{"must be host:port"}},
		{"listen empty", flag("listen", ""), nil, []string{"must be host:port"}},
		{"port out of range", flag("listen", "127.0.0.1:65536"), nil, []string{"must be host:port"}},
		{"port by name", flag("listen", "127.0.0.1:http"), nil, []string{"must be host:port"}},
		{"bare IPv6", flag("listen", "::1:80"), nil, []string{"must be host:port"}},
		{"host with a space", flag("listen", "a b:80"), nil, []string{"must be host:port"}},
		{"all addresses and no base URL", flag("listen", "0.0.0.0:8080"), nil, []string{"base-url is missing"}},
		{"no address and no base URL", flag("listen", ":8080"), nil, []string{"base-url is missing"}},
		{"all IPv6 addresses and no base URL", flag("listen", "[::]:8080"), nil, []string{"base-url is missing"}},
		{"base URL with a path", flag("base-url", "https://a.example/wiki"), nil, []string{"--base-url is \"https://a.example/wiki\" but must be an http or https address without a path"}},
		{"base URL with a query", flag("base-url", "https://a.example?"), nil, []string{"without a path"}},
		{"base URL with a fragment", flag("base-url", "https://a.example#"), nil, []string{"without a path"}},
		{"base URL with a user", flag("base-url", "https://u@a.example"), nil, []string{"without a path"}},
		{"base URL of another scheme", flag("base-url", "ftp://a.example"), nil, []string{"without a path"}},
		{"base URL without a scheme", flag("base-url", "a.example"), nil, []string{"without a path"}},
		{"base URL without a host", flag("base-url", "https://"), nil, []string{"without a path"}},
		{"base URL with a broken port", flag("base-url", "https://a.example:"), nil, []string{"without a path"}},
		{"demo for everybody", map[string]string{"demo": "true", "listen": "192.0.2.1:80"}, nil, []string{"demo signs visitors in without a password"}},
		{"demo on all addresses", map[string]string{"demo": "true", "listen": ":80", "base-url": "http://localhost"}, nil, []string{"demo signs visitors in without a password"}},
		{"demo on a name that only looks like loopback", map[string]string{"demo": "true", "listen": "localhost.example:80"}, nil, []string{"demo signs visitors in without a password"}},
		{"metrics on the same address", flag("metrics-listen", "127.0.0.1:8080"), nil, []string{"metrics-listen and listen are both"}},
		{"a proxy by name", flag("trusted-proxies", "10.1.0.0/24, proxy.example"), nil, []string{`holds "proxy.example" but must be networks`}},
		{"a destination without a port", flag("outbound-allow", "idp.example:443 kennzahlen.example"), nil, []string{`holds "kennzahlen.example" but must be host:port`}},
		{"destinations by pattern", flag("outbound-allow", "*.example:443"), nil, []string{`holds "*.example:443" but must be host:port`}},
		{"every host of a port", flag("outbound-allow", ":443"), nil, []string{`holds ":443" but must be host:port`}},
		{"every port of a host", flag("outbound-allow", "idp.example:0"), nil, []string{`holds "idp.example:0" but must be host:port`}},
		{"trusting everybody", flag("trusted-proxies", "0.0.0.0/0"), nil, []string{"lets every client choose its address"}},
		{"idle longer than all", map[string]string{"session-idle": "10h", "session-max": "9h"}, nil, []string{"session-idle (10h0m0s) is longer than session-max (9h0m0s)"}},
		{"unbounded session", flag("session-max", "8760h"), nil, []string{"from 15m to 168h"}},
		{"duration without a unit", flag("request-timeout", "30"), nil, []string{"written like 90s, 30m or 8h"}},
		{"language", flag("lang", "fr"), nil, []string{`--lang is "fr" but must be one of de, en`}},
		{"log level", flag("log-level", "INFO"), nil, []string{"must be one of debug, info, warn, error"}},
		{"yes/no", nil, []string{"LERNRAUM_PUBLIC_READ=ja"}, []string{`LERNRAUM_PUBLIC_READ is "ja" but must be true or false`}},
		{"mail with a name", flag("feedback-mail", "A <a@example.org>"), nil, []string{"must be a mail address"}},
		{"name of two lines", flag("house-name", "a\nb"), nil, []string{"one line"}},
		{"name empty", flag("house-name", " "), nil, []string{"--house-name must not be empty"}},
		{"negative size", flag("max-upload", "-1"), nil, []string{"must be a size"}},
		{"overflowing size", flag("max-upload", "9223372036854775807 GiB"), nil, []string{"must be a size"}},
		{"connections", flag("max-connections", "1e3"), nil, []string{"must be a whole number from 16 to 100000"}},
		{"all mistakes at once",
			map[string]string{"config": "unknown.yaml", "lang": "fr", "dada": "x"}, []string{"LERNRAUM_LISTEN=nowhere", "LERNRAUM_X=1"},
			[]string{"LERNRAUM_X is not", "--dada is not an option; did you mean --data?", "unknown.yaml line 2", "LERNRAUM_LISTEN is", "--lang is"}},
	} {
		got, err := Load(c.flags, c.env, disk)
		if !errs.Is(err, errs.Usage) {
			t.Errorf("%s: error %v is no usage error", c.name, err)
		}
		if diff := cmp.Diff(Config{}, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
			t.Errorf("%s: half a configuration: %s", c.name, diff)
		}
		m, ok := errors.AsType[Mistakes](err)
		if !ok || len(m) != len(c.want) {
			t.Errorf("%s: %d mistakes, want %d:\n%v", c.name, len(m), len(c.want), err)
			continue
		}
		for i, part := range c.want {
			if !strings.Contains(m[i].Error(), part) {
				t.Errorf("%s: mistake %d is %q, want %q in it", c.name, i+1, m[i], part)
			}
		}
	}
}

// No option is a secret yet; the rule for them is kept by a table of its own.
func TestSecrets(t *testing.T) {
	options := append(table(), bind(Option{Name: "client-secret", Secret: true}, func(c *Config) *string { return &c.HouseShort },
		func(s string) (string, error) {
			if len(s) < 8 {
				return "", fmt.Errorf("is %q and too short", s)
			}
			return s, nil
		}))
	disk := files(map[string]string{"secret": "long enough\n", "short": "geheim\n"})
	for _, c := range []struct {
		name  string
		env   []string
		want  string
		wrong string
	}{
		{"from the variable", []string{"LERNRAUM_CLIENT_SECRET=12345678"}, "12345678", ""},
		{"from a file, without the end of its line", []string{"LERNRAUM_CLIENT_SECRET_FILE=secret"}, "long enough", ""},
		{"from both", []string{"LERNRAUM_CLIENT_SECRET_FILE=secret", "LERNRAUM_CLIENT_SECRET=12345678"}, "", "LERNRAUM_CLIENT_SECRET_FILE and LERNRAUM_CLIENT_SECRET are both set"},
		{"from a file that is missing", []string{"LERNRAUM_CLIENT_SECRET_FILE=none"}, "", "LERNRAUM_CLIENT_SECRET_FILE: open none"},
		{"a mistake does not show it", []string{"LERNRAUM_CLIENT_SECRET_FILE=short"}, "", "LERNRAUM_CLIENT_SECRET_FILE is not valid"},
	} {
		got, bad := load(options, nil, c.env, disk)
		text := Mistakes(bad).Error()
		if c.wrong == "" && (len(bad) > 0 || got.HouseShort != c.want) || !strings.Contains(text, c.wrong) {
			t.Errorf("%s: got %q, %s", c.name, got.HouseShort, text)
		}
		if strings.Contains(text, "geheim") {
			t.Errorf("%s: the secret is printed: %s", c.name, text)
		}
	}
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range table() {
		if seen[o.Name] || o.Doc == "" || o.Type == "" || o.Name != strings.ToLower(o.Name) {
			t.Errorf("option %+v is declared twice or badly", o.Option)
		}
		seen[o.Name] = true
		if err := o.set(&Config{}, o.Default); err != nil {
			t.Errorf("default of %s: %v", o.Name, err)
		}
		if nearest(o.Name+"x", slices.Sorted(maps.Keys(seen))) != o.Name {
			t.Errorf("a slip in %s is not recognised", o.Name)
		}
	}
}

func TestDerivedAddresses(t *testing.T) {
	load := func(flags map[string]string) Config {
		c, err := Load(flags, nil, files(nil))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	bound := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	free := load(map[string]string{"listen": "127.0.0.1:0"}).Bound(bound)
	if free.Listen != "127.0.0.1:4711" || free.BaseURL != "http://127.0.0.1:4711" {
		t.Errorf("a free port: %s %s", free.Listen, free.BaseURL)
	}
	given := load(map[string]string{"listen": "127.0.0.1:0", "base-url": "https://a.example"}).Bound(bound)
	if given.BaseURL != "https://a.example" || !given.HTTPS() || free.HTTPS() {
		t.Errorf("a base URL that was given: %s", given.BaseURL)
	}
	if v6 := load(map[string]string{"listen": "[::1]:80"}); v6.BaseURL != "http://[::1]" {
		t.Errorf("IPv6: %s", v6.BaseURL)
	}
	if c := load(map[string]string{"data": "x"}); c.DataDir() != "x" {
		t.Errorf("data %s", c.DataDir())
	}
	if c := load(map[string]string{"data": "x", "demo": "true"}); c.DataDir() != filepath.Join("x", "demo") {
		t.Errorf("data of the demo %s", c.DataDir())
	}
	for base, n := range map[string]int{"": 0, "http://localhost:1": 0, "http://[::1]": 0, "https://a.example": 0, "http://a.example": 1} {
		if w := load(map[string]string{"base-url": base}).Warnings(); len(w) != n {
			t.Errorf("base URL %q: warnings %q", base, w)
		}
	}
}

func FuzzLoadFile(f *testing.F) {
	f.Add("lang: en\nlisten: 127.0.0.1:1\n")
	f.Add("---\n")
	f.Add("a: &a [*a]\n<<: *a\n")
	f.Add("? {a: b}\n: c\n")
	f.Add("max-upload: 1 MiB\nbase-url: http://[::1%25eth0]:80\n")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Load(map[string]string{"config": "f"}, nil, files(map[string]string{"f": s}))
		if err != nil {
			if m, ok := errors.AsType[Mistakes](err); !ok || len(m) == 0 {
				t.Errorf("no mistakes in %v", err)
			}
			return
		}
		if again, err := origin(c.BaseURL); err != nil || again != c.BaseURL {
			t.Errorf("base URL %q is not stable: %q, %v", c.BaseURL, again, err)
		}
		if c.MaxUpload < 64<<10 || c.SessionMax > 168*time.Hour || c.Data == "" {
			t.Errorf("out of bounds: %+v", c)
		}
	})
}

func TestNetworks(t *testing.T) {
	for in, want := range map[string]string{
		"": "[]", "10.1.0.5": "[10.1.0.5/32]", "10.1.0.5/24,2001:db8::1": "[10.1.0.0/24 2001:db8::1/128]", " 10.1.0.0/16 , 10.2.0.0/16 ": "[10.1.0.0/16 10.2.0.0/16]",
	} {
		got, err := networks(in)
		if fmt.Sprint(got) != want || err != nil {
			t.Errorf("%q: %v, %v, want %s", in, got, err, want)
		}
	}
}
