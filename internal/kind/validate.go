package kind

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Limits of values. They bound what one page can hold, far above what people write.
const (
	MaxText     = 1000    // characters of a line of text
	MaxMarkdown = 200_000 // bytes of a Markdown field
	MaxMany     = 200     // values of a field with many
	MaxRecords  = 500     // records of a list
)

// Keys of the messages about fields.
const (
	MsgRequired    = "kind.required"
	MsgAllRequired = "kind.all_required"
	MsgFrozen      = "kind.frozen"
	msgTooLong     = "kind.too_long"
	msgTooMany     = "kind.too_many"
	msgSingle      = "kind.single"
	msgValue       = "kind.value"
	msgList        = "kind.list"
	msgChoice      = "kind.choice"
	msgDate        = "kind.date"
	msgDateDay     = "kind.date_day"
	msgNumber      = "kind.number"
	msgAmbiguous   = "kind.number_ambiguous"
	msgDuration    = "kind.duration"
	msgURL         = "kind.url"
	msgEmail       = "kind.email"
	msgPhone       = "kind.phone"
	msgRef         = "kind.ref"
	msgRefKind     = "kind.ref_kind"
)

// Validate normalises the fields of a page and says what is wrong with them, in the order of the declaration.
// Values may come from a form (strings), from JSON or from YAML. Names are paths into the result:
// "fields.steps.2.duration" is in its third record. A wrong value stays as it was written, so that it can be
// shown again; empty values and empty records are left out; unknown keys are kept. Required are the required
// fields and those required for state ("" for none). Validating the result again changes nothing.
func (k *Kind) Validate(in page.Fields, state string) (page.Fields, []errs.Field) {
	out := make(page.Fields, len(in))
	var bad []errs.Field
	for key, v := range in {
		if _, ok := k.Field(key); !ok {
			out[key] = canonical(v)
		}
	}
	for _, f := range k.AllFields() {
		v, found := f.normalise("fields."+f.Key, in[f.Key])
		if !empty(v) {
			out[f.Key] = v
		}
		bad = append(bad, found...)
		if len(found) == 0 && (f.Required || state != "" && slices.Contains(f.RequiredFor, state)) && !f.filled(v) {
			key := MsgRequired
			if f.All {
				key = MsgAllRequired
			}
			bad = append(bad, errs.Field{Name: "fields." + f.Key, Msg: errs.Msg(key)})
		}
	}
	return out, bad
}

// normalise brings the value of one field into the form page.Fields promises.
func (f *Field) normalise(path string, v any) (any, []errs.Field) {
	v = canonical(v)
	if empty(v) {
		return nil, nil
	}
	if f.Type == TypeList {
		return f.records(path, v)
	}
	if f.Many {
		return f.many(path, v)
	}
	if l, ok := v.([]string); ok { // one value written as a list of one
		if len(l) > 1 {
			return v, wrong(path, msgSingle)
		}
		v = l[0]
	}
	if l, ok := v.([]any); ok && len(l) == 1 {
		if _, ok := scalar(l[0]); ok {
			v = l[0]
		}
	}
	out, msg := f.one(v)
	if msg != nil {
		return out, []errs.Field{{Name: path, Msg: *msg}}
	}
	return out, nil
}

// many normalises a field with several values. A string from a form has one value a line.
func (f *Field) many(path string, v any) (any, []errs.Field) {
	var given []string
	switch v := v.(type) {
	case []string:
		given = v
	case []any:
		for _, item := range v {
			s, ok := scalar(item)
			if !ok {
				return v, wrong(path, msgValue)
			}
			given = append(given, s)
		}
	default:
		s, ok := scalar(v)
		if !ok {
			return v, wrong(path, msgValue)
		}
		given = []string{s}
	}
	out := []string{}
	var bad []errs.Field
	for _, block := range given {
		for line := range strings.Lines(strings.ReplaceAll(block, "\r", "\n")) {
			one, msg := f.one(line)
			s, _ := one.(string)
			if s == "" || slices.Contains(out, s) {
				continue
			}
			if msg != nil && len(bad) == 0 {
				bad = append(bad, errs.Field{Name: path, Msg: *msg})
			}
			out = append(out, s)
		}
	}
	if len(out) > MaxMany {
		bad = wrong(path, msgTooMany, "Max", MaxMany, "Len", len(out))
	}
	return out, bad
}

// records normalises a list.
func (f *Field) records(path string, v any) (any, []errs.Field) {
	var given []map[string]any
	switch v := v.(type) {
	case map[string]any: // one record written without a list
		given = []map[string]any{v}
	case []map[string]any:
		given = v
	default:
		return v, wrong(path, msgList)
	}
	out := []map[string]any{}
	var bad []errs.Field
	for _, rec := range given {
		clean := make(map[string]any, len(rec))
		at := fmt.Sprintf("%s.%d", path, len(out))
		var found []errs.Field
		for key, v := range rec {
			if !slices.ContainsFunc(f.Fields, func(s Field) bool { return s.Key == key }) {
				clean[key] = canonical(v)
			}
		}
		for i := range f.Fields {
			sub := &f.Fields[i]
			v, msgs := sub.normalise(at+"."+sub.Key, rec[sub.Key])
			if !empty(v) {
				clean[sub.Key] = v
			}
			found = append(found, msgs...)
			if sub.Required && len(msgs) == 0 && !sub.filled(v) {
				found = append(found, errs.Field{Name: at + "." + sub.Key, Msg: errs.Msg(MsgRequired)})
			}
		}
		if len(clean) == 0 {
			continue
		}
		out = append(out, clean)
		bad = append(bad, found...)
	}
	if len(out) > MaxRecords {
		bad = append(bad, wrong(path, msgTooMany, "Max", MaxRecords, "Len", len(out))...)
	}
	return out, bad
}

// one normalises a single value. With a message, the value comes back as it was written.
func (f *Field) one(v any) (any, *errs.Message) {
	if v == nil {
		return nil, nil
	}
	if f.Type == TypeNumber {
		return f.number(v)
	}
	s, ok := scalar(v)
	if !ok {
		return v, msg(msgValue)
	}
	if f.Type == TypeMarkdown {
		s = block(s)
		if len(s) > MaxMarkdown {
			return s, msg(msgTooLong, "Max", MaxMarkdown, "Len", len(s))
		}
		return s, nil
	}
	s = oneLine(s)
	if n := utf8.RuneCountInString(s); n > MaxText {
		return s, msg(msgTooLong, "Max", MaxText, "Len", n)
	}
	if s == "" {
		return nil, nil
	}
	switch f.Type {
	case TypeDate:
		return f.date(s)
	case TypeChoice:
		return f.choice(s)
	case TypeDuration:
		d, ok := ParseDuration(s)
		return either(s, d, ok, msgDuration)
	case TypeURL:
		u, ok := parseURL(s)
		return either(s, u, ok, msgURL)
	case TypeEmail:
		e, ok := parseEmail(s)
		return either(s, e, ok, msgEmail)
	case TypePhone:
		p, ok := parsePhone(s)
		return either(s, p, ok, msgPhone)
	case TypePage:
		return f.ref(s)
	}
	return s, nil
}

func (f *Field) number(v any) (any, *errs.Message) {
	if n, ok := v.(float64); ok {
		if !writable(n) {
			return v, msg(msgNumber)
		}
		return positiveZero(n), nil
	}
	s, ok := v.(string)
	if !ok {
		return v, msg(msgNumber)
	}
	s = oneLine(s)
	if s == "" {
		return nil, nil
	}
	bare := s
	for _, unit := range []string{f.Unit.DE, f.Unit.EN} {
		if cut, ok := strings.CutSuffix(bare, unit); ok && unit != "" {
			bare = strings.TrimSpace(cut)
			break
		}
	}
	n, err := ParseNumber(bare)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, ErrAmbiguous):
		whole := strings.Replace(bare, ".", "", 1)
		return s, msg(msgAmbiguous, "Whole", whole, "Decimal", strings.Replace(bare, ".", ",", 1))
	}
	return s, msg(msgNumber)
}

func (f *Field) date(s string) (any, *errs.Message) {
	iso, precision, ok := ParseDate(s)
	switch {
	case ok && (f.Precision == "any" || precision == PrecisionDay):
		return iso, nil
	case f.Precision == "any":
		return s, msg(msgDate)
	}
	return s, msg(msgDateDay)
}

func (f *Field) choice(s string) (any, *errs.Message) {
	if _, ok := f.Choice(s); ok {
		return s, nil
	}
	if s == "true" || s == "false" { // YAML reads an unquoted yes or no of some writers as a truth value
		s = map[string]string{"true": "yes", "false": "no"}[s]
	}
	for _, c := range f.Choices {
		if strings.EqualFold(c.Key, s) || strings.EqualFold(c.Label.DE, s) || strings.EqualFold(c.Label.EN, s) {
			return c.Key, nil
		}
	}
	return s, msg(msgChoice, "Value", s)
}

func (f *Field) ref(s string) (any, *errs.Message) {
	ref, kind, ok := parseRef(s)
	switch {
	case !ok:
		return s, msg(msgRef, "Value", s)
	case kind != "" && len(f.Kinds) > 0 && !slices.Contains(f.Kinds, kind):
		return s, msg(msgRefKind, "Ref", s, "Kinds", strings.Join(f.Kinds, ", "))
	}
	return ref, nil
}

func either(given, parsed string, ok bool, key string) (any, *errs.Message) {
	if !ok {
		return given, msg(key, "Value", given)
	}
	return parsed, nil
}

func msg(key string, args ...any) *errs.Message {
	m := errs.Msg(key, args...)
	return &m
}

func wrong(path, key string, args ...any) []errs.Field {
	return []errs.Field{{Name: path, Msg: errs.Msg(key, args...)}}
}

func same(a, b any) bool { return empty(a) && empty(b) || reflect.DeepEqual(a, b) }
