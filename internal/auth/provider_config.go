package auth

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

// Provider is an identity provider as the operator's file describes it.
type Provider struct {
	Key          string // permanent, part of addresses
	LabelDE      string // of the button
	LabelEN      string
	Issuer       string // compared byte for byte
	ClientID     string
	ClientSecret Secret
	Scopes       []string
	Prompt       string            // what the person is asked at each sign-in: "", "consent", "login", "select_account"
	Groups       map[string]Rights // exact name of a group → what it gives
	GroupsClaim  []string          // path of the claim; nil: no groups are read
	Organisation string            // of everybody who comes from there
	OrgClaim     []string          // or the path of the claim that names it
	Hosts        []string          // "host:port" in our own network that the provider uses beside that of its issuer
	LabelClaim   []string          // path of the claim that says the unit or role in words
}

// Secret is a text that is never printed.
type Secret struct{ text string }

// NewSecret makes a Secret.
func NewSecret(s string) Secret { return Secret{s} }

// String hides the text.
func (Secret) String() string { return "(secret)" }

// GoString hides the text.
func (Secret) GoString() string { return "(secret)" }

// LogValue hides the text.
func (Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// MarshalText hides the text.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

const (
	maxProvidersFile = 1 << 20
	maxProviders     = 100
)

// reservedKeys are words that stand in addresses where the key of a provider does.
func reservedKeys() []string { return []string{"link", "confirm", "confirmed", "password"} }

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// ReadProviders reads the operator's file of identity providers. Everything that is wrong with it is named at once,
// each with its line; the error is errs.Usage. Paths of secret files are relative to the file.
func ReadProviders(path string, readFile func(string) ([]byte, error)) ([]Provider, error) {
	content, err := readFile(path)
	if err != nil {
		return nil, errs.Wrap(errs.Usage, "providers", err)
	}
	r := providerReader{path: path, readFile: readFile}
	list := r.file(content)
	if len(r.bad) > 0 {
		return nil, errs.Wrap(errs.Usage, "providers", errors.Join(r.bad...))
	}
	return list, nil
}

// providerReader collects what is wrong with a file of providers.
type providerReader struct {
	path     string
	readFile func(string) ([]byte, error)
	bad      []error
}

func (r *providerReader) mistake(n *yaml.Node, format string, args ...any) {
	r.bad = append(r.bad, fmt.Errorf("%s line %d: %s", r.path, n.Line, fmt.Sprintf(format, args...)))
}

func (r *providerReader) file(content []byte) []Provider {
	if len(content) > maxProvidersFile {
		r.bad = append(r.bad, fmt.Errorf("%s is larger than 1 MiB", r.path))
		return nil
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(content)))
	if err := dec.Decode(&doc); err != nil {
		r.bad = append(r.bad, fmt.Errorf("%s: %w", r.path, err))
		return nil
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		r.bad = append(r.bad, fmt.Errorf("%s holds more than one document", r.path))
	}
	var list []Provider
	r.mapping(doc.Content[0], map[string]func(*yaml.Node){"providers": func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > maxProviders {
			r.mistake(n, "providers must be a list of 1 to %d providers", maxProviders)
			return
		}
		keys, issuers := map[string]bool{}, map[string]bool{}
		for _, one := range n.Content {
			p := r.provider(one)
			if keys[p.Key] && p.Key != "" {
				r.mistake(one, "the key %q stands here a second time", p.Key)
			}
			if issuers[p.Issuer] && p.Issuer != "" {
				r.mistake(one, "the issuer %s stands here a second time", p.Issuer)
			}
			keys[p.Key], issuers[p.Issuer] = true, true
			list = append(list, p)
		}
	}}, "providers")
	return list
}

// mapping reads a mapping with known keys, each at most once; those that are required must be there.
func (r *providerReader) mapping(n *yaml.Node, known map[string]func(*yaml.Node), required ...string) {
	if n.Kind != yaml.MappingNode {
		r.mistake(n, "expected lines of the form name: value")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			r.mistake(key, "%q is not known here", key.Value)
		case seen[key.Value]:
			r.mistake(key, "%s stands here a second time", key.Value)
		default:
			seen[key.Value] = true
			read(value)
		}
	}
	for _, name := range required {
		if !seen[name] {
			r.mistake(n, "%s is missing", name)
		}
	}
}

func (r *providerReader) provider(n *yaml.Node) Provider {
	p := Provider{Scopes: []string{"openid", "profile", "email"}}
	var secretAt, secretFileAt, orgAt *yaml.Node
	r.mapping(n, map[string]func(*yaml.Node){
		"key": func(n *yaml.Node) {
			if p.Key = r.text(n); !keyForm.MatchString(p.Key) || slices.Contains(reservedKeys(), p.Key) {
				r.mistake(n, "a key has 1 to 31 small letters, digits and hyphens, begins with a letter and is none of %v", reservedKeys())
			}
		},
		"label": func(n *yaml.Node) {
			r.mapping(n, map[string]func(*yaml.Node){
				"de": func(n *yaml.Node) { p.LabelDE = r.text(n) }, "en": func(n *yaml.Node) { p.LabelEN = r.text(n) },
			}, "de", "en")
		},
		"issuer":    func(n *yaml.Node) { p.Issuer = r.issuer(n) },
		"client-id": func(n *yaml.Node) { p.ClientID = r.text(n) },
		"client-secret": func(n *yaml.Node) {
			secretAt = n
			p.ClientSecret = Secret{r.text(n)}
		},
		"client-secret-file": func(n *yaml.Node) {
			secretFileAt = n
			p.ClientSecret = Secret{r.secretFile(n)}
		},
		"hosts": func(n *yaml.Node) { p.Hosts = r.texts(n) },
		"scopes": func(n *yaml.Node) {
			if p.Scopes = r.texts(n); !slices.Contains(p.Scopes, "openid") {
				r.mistake(n, "scopes must hold openid")
			}
		},
		"prompt": func(n *yaml.Node) {
			if p.Prompt = r.text(n); !slices.Contains([]string{"consent", "login", "select_account"}, p.Prompt) {
				r.mistake(n, "prompt is consent, login or select_account")
			}
		},
		"groups-claim": func(n *yaml.Node) { p.GroupsClaim = r.claim(n) },
		"groups":       func(n *yaml.Node) { p.Groups = r.groups(n) },
		"organisation": func(n *yaml.Node) {
			orgAt = n
			p.Organisation = r.text(n)
		},
		"organisation-claim": func(n *yaml.Node) { p.OrgClaim = r.claim(n) },
		"label-claim":        func(n *yaml.Node) { p.LabelClaim = r.claim(n) },
	}, "key", "label", "issuer", "client-id")
	switch {
	case secretAt != nil && secretFileAt != nil:
		r.mistake(secretFileAt, "client-secret and client-secret-file are both set; keep one")
	case secretAt == nil && secretFileAt == nil:
		r.mistake(n, "client-secret or client-secret-file is missing")
	}
	if orgAt != nil && p.OrgClaim != nil {
		r.mistake(orgAt, "organisation and organisation-claim are both set; keep one")
	}
	if p.Groups != nil && p.GroupsClaim == nil {
		r.mistake(n, "groups are mapped, but groups-claim does not say where they are read")
	}
	return p
}

// text reads a plain text of one line.
func (r *providerReader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || n.Value == "" || len(n.Value) > 4096 || strings.ContainsFunc(n.Value, unicode.IsControl) {
		r.mistake(n, "expected one line of text")
		return ""
	}
	return n.Value
}

func (r *providerReader) texts(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.mistake(n, "expected a list in brackets")
		return nil
	}
	var list []string
	for _, one := range n.Content {
		list = append(list, r.text(one))
	}
	return list
}

// claim reads the path of a claim: names with dots between them, or a list where a name has a dot of its own.
func (r *providerReader) claim(n *yaml.Node) []string {
	var path []string
	if n.Kind == yaml.SequenceNode {
		path = r.texts(n)
	} else {
		path = strings.Split(r.text(n), ".")
	}
	if len(path) > 8 || slices.Contains(path, "") {
		r.mistake(n, "a path of a claim has 1 to 8 names, with dots between them or as a list")
	}
	return path
}

func (r *providerReader) secretFile(n *yaml.Node) string {
	name := r.text(n)
	if name == "" {
		return ""
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(r.path), name)
	}
	content, err := r.readFile(name)
	secret := strings.TrimRight(string(content), "\r\n")
	if err == nil && secret == "" {
		err = errors.New(name + " is empty")
	}
	if err != nil {
		r.mistake(n, "client-secret-file: %v", err)
	}
	return secret
}

func (r *providerReader) issuer(n *yaml.Node) string {
	s := r.text(n)
	u, err := url.Parse(s)
	switch {
	case s == "":
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		r.mistake(n, "issuer is no address of the form https://host/path, without query and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopbackHost(u.Hostname())):
		r.mistake(n, "issuer must begin with https://; plain http is for loopback only")
	}
	return s
}

func loopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func (r *providerReader) groups(n *yaml.Node) map[string]Rights {
	if n.Kind != yaml.MappingNode {
		r.mistake(n, "groups must be lines of the form GROUP: {roles: […], units: […], spaces: {KEY: member}}")
		return nil
	}
	all := map[string]Rights{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		name := r.text(key)
		if _, twice := all[name]; twice {
			r.mistake(key, "the group %q stands here a second time", name)
		}
		all[name] = r.rights(n.Content[i+1])
	}
	return all
}

func (r *providerReader) rights(n *yaml.Node) Rights {
	var out Rights
	r.mapping(n, map[string]func(*yaml.Node){
		"roles": func(n *yaml.Node) {
			for _, s := range r.texts(n) {
				role, ok := access.ParseRole(s)
				if !ok {
					r.mistake(n, "there is no role %q; roles are %v", s, access.Roles())
				}
				out.Roles = append(out.Roles, role)
			}
		},
		"units": func(n *yaml.Node) { out.Units = r.texts(n) },
		"spaces": func(n *yaml.Node) {
			if n.Kind != yaml.MappingNode {
				r.mistake(n, "spaces must be of the form {KEY: member}")
				return
			}
			out.Spaces = map[string]access.Membership{}
			for i := 0; i+1 < len(n.Content); i += 2 {
				m, ok := access.ParseMembership(r.text(n.Content[i+1]))
				if !ok || m == access.None {
					r.mistake(n.Content[i+1], "a membership is member or manager")
				}
				key := r.text(n.Content[i])
				if _, twice := out.Spaces[key]; twice {
					r.mistake(n.Content[i], "the space %q stands here a second time", key)
				}
				out.Spaces[key] = m
			}
		},
	})
	return out
}
