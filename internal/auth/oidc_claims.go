package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lernraum/internal/access"
)

// Limits of what a provider says.
const (
	maxGroups  = 200
	maxGroup   = 1024 // bytes of one name
	maxSubject = 255
	maxMail    = 254
)

// claimSet is what a provider says about a person, in one document.
type claimSet map[string]any

func decodeClaims(b []byte) (claimSet, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var c claimSet
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("decode claims: %w", err)
	}
	if c == nil {
		return nil, fmt.Errorf("claims are no object")
	}
	return c, nil
}

// at gives the value at the end of a path.
func (c claimSet) at(path []string) (any, bool) {
	var v any = map[string]any(c)
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[name]; !ok {
			return nil, false
		}
	}
	return v, len(path) > 0
}

func (c claimSet) text(path ...string) string {
	v, _ := c.at(path)
	s, _ := v.(string)
	return s
}

// groups reads the names of groups. found tells an empty list from none at all. A provider that has too many to tell
// sends a pointer instead; that is an error, since "no groups" would take rights away or give the wrong ones.
func (c claimSet) groups(path []string) (list []string, found bool, err error) {
	if len(path) == 0 {
		return nil, false, nil
	}
	names, _ := c.at([]string{"_claim_names"})
	if m, ok := names.(map[string]any); ok {
		if _, ok := m[path[0]]; ok {
			return nil, false, refusal("overage")
		}
	}
	if has, ok := c["hasgroups"]; ok && has != false && path[0] == "groups" {
		return nil, false, refusal("overage")
	}
	v, _ := c.at(path)
	if v == nil { // null is a way of not telling
		return nil, false, nil
	}
	if one, ok := v.(string); ok {
		v = []any{one}
	}
	values, ok := v.([]any)
	if !ok {
		return nil, false, refusal("groups_form")
	}
	if len(values) > maxGroups {
		return nil, false, refusal("overage")
	}
	for _, v := range values {
		name, ok := v.(string)
		if !ok || name == "" || len(name) > maxGroup {
			return nil, false, refusal("groups_form")
		}
		list = append(list, name)
	}
	return list, true, nil
}

// rightsOf adds up what groups give; unknown ones give nothing.
func (p *Provider) rightsOf(groups []string) Rights {
	var r Rights
	for _, g := range groups {
		one := p.Groups[g]
		r.Roles = append(r.Roles, one.Roles...)
		r.Units = append(r.Units, one.Units...)
		for space, level := range one.Spaces {
			if r.Spaces == nil {
				r.Spaces = map[string]access.Membership{}
			}
			r.Spaces[space] = max(r.Spaces[space], level)
		}
	}
	r.Roles, r.Units = sorted(r.Roles), sorted(r.Units)
	return r
}

// spacesText is memberships for the audit log: no person is in it.
func spacesText(spaces map[string]access.Membership) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(spaces)) {
		list = append(list, key+"="+spaces[key].String())
	}
	return strings.Join(list, " ")
}

// person makes the identity of checked claims: of the ID token, and of userinfo, which may be nil.
func (p *Provider) person(subject string, id, info claimSet, groups []string) Identity {
	first := func(path ...string) string {
		if s := id.text(path...); s != "" {
			return s
		}
		return info.text(path...)
	}
	who := Identity{
		Login: p.login(subject), Provider: p.Key, Issuer: p.Issuer, Subject: subject, Organisation: p.Organisation,
		Rights: p.rightsOf(groups),
	}
	for _, name := range []string{first("name"), first("given_name") + " " + first("family_name"), first("preferred_username"), who.Login} {
		if who.Name = clean(name, maxName); who.Name != "" {
			break
		}
	}
	if p.LabelClaim != nil {
		who.Label = clean(first(p.LabelClaim...), maxName)
	}
	if p.OrgClaim != nil {
		who.Organisation = clean(first(p.OrgClaim...), maxName)
	}
	// Whether an address is verified is said by the document that names it, with true and nothing that looks like it.
	for _, c := range []claimSet{id, info} {
		if mail := c.text("email"); mail != "" {
			if mailAddress(mail) {
				who.Mail, who.MailVerified = mail, c["email_verified"] == true
			}
			break
		}
	}
	return who
}

// login makes the name of an account that nobody types: the colon keeps it apart from all that can be typed.
func (p *Provider) login(subject string) string {
	sum := sha256.Sum256([]byte(p.Issuer + "\x00" + subject))
	return p.Key + ":" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// mailAddress accepts what can be shown and put into a mailto link.
func mailAddress(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	return ok && name != "" && host != "" && len(s) <= maxMail && !strings.Contains(host, "@") &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return r <= ' ' || r == 0x7f || strings.ContainsRune(`<>"(),:;\`, r) || !unicode.IsPrint(r)
		})
}

// clean makes one line of readable text of what somebody else wrote: no control and no invisible characters, which
// could turn a name around.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, s)
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	if utf8.RuneCountInString(s) > limit {
		s = strings.TrimSpace(string([]rune(s)[:limit]))
	}
	return s
}
