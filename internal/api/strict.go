package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"lernraum/internal/errs"
)

// maxDepth bounds how deep objects and lists may stand in each other. A page needs six.
const maxDepth = 20

// decodeStrict reads one JSON value. Two readers of the same bytes must not see different things: a name that
// stands twice, text behind the value, bytes that are no UTF-8 and numbers that are not finite are refused. Numbers
// stay as they were written.
func decodeStrict(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, bad("json_utf8")
	}
	if !json.Valid(data) {
		var v any
		err := json.Unmarshal(data, &v)
		if at, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, bad("json_bad", "Offset", at.Offset)
		}
		return nil, bad("json_bad", "Offset", len(data))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return strictValue(d, "", 0)
}

func strictValue(d *json.Decoder, path string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, bad("json_deep", "Max", maxDepth)
	}
	tok, err := d.Token()
	if err != nil {
		return nil, bad("json_bad", "Offset", d.InputOffset())
	}
	switch tok := tok.(type) {
	case json.Number:
		if f, err := tok.Float64(); err != nil || math.IsInf(f, 0) {
			return nil, badAt(path, "json_number")
		}
		return tok, nil
	case json.Delim:
		if tok == '[' {
			return strictList(d, path, depth)
		}
		return strictObject(d, path, depth)
	}
	return tok, nil
}

func strictList(d *json.Decoder, path string, depth int) (any, error) {
	out := []any{}
	for d.More() {
		v, err := strictValue(d, join(path, strconv.Itoa(len(out))), depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, bad("json_bad", "Offset", d.InputOffset())
	}
	return out, nil
}

func strictObject(d *json.Decoder, path string, depth int) (any, error) {
	out := map[string]any{}
	for d.More() {
		tok, err := d.Token()
		name, ok := tok.(string)
		if err != nil || !ok {
			return nil, bad("json_bad", "Offset", d.InputOffset())
		}
		if _, twice := out[name]; twice {
			return nil, badAt(join(path, name), "json_twice")
		}
		if out[name], err = strictValue(d, join(path, name), depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, bad("json_bad", "Offset", d.InputOffset())
	}
	return out, nil
}

func join(path, name string) string {
	if len(name) > 80 { // what is refused is named, not repeated at length
		name = string([]rune(name)[:min(80, utf8.RuneCountInString(name))])
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// bad is a request that cannot be read.
func bad(key string, args ...any) *problem {
	return &problem{code: codeBad, detail: errs.Msg("api."+key, args...)}
}

// badAt is one that cannot be read at a place.
func badAt(path, key string, args ...any) *problem {
	p := bad(key, args...)
	if path != "" {
		p.fields = []errs.Field{{Name: path, Msg: p.detail}}
	}
	return p
}
