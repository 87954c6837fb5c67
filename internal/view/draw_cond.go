package view

import (
	"reflect"
	"text/template/parse"
)

// truth compiles a condition.
func (c *compiler) truth(e expr) func(*frame) bool {
	if e.yes != nil {
		return e.yes
	}
	if e.str != nil {
		return func(f *frame) bool { return e.str(f) != "" }
	}
	is := truthOf(c, &parse.NilNode{}, e.typ)
	return func(f *frame) bool { return is(e.val(f)) }
}

// truthOf says of the values of a type what counts as true, as text/template does.
func truthOf(c *compiler, n parse.Node, typ reflect.Type) func(reflect.Value) bool {
	switch typ.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return func(v reflect.Value) bool { return v.Len() > 0 }
	case reflect.Bool:
		return func(v reflect.Value) bool { return v.Bool() }
	case reflect.Pointer:
		return func(v reflect.Value) bool { return !v.IsNil() }
	case reflect.Int, reflect.Int64:
		return func(v reflect.Value) bool { return v.Int() != 0 }
	case reflect.Float64:
		return func(v reflect.Value) bool { return v.Float() != 0 }
	case reflect.Struct:
		return func(reflect.Value) bool { return true }
	}
	c.fail(n, "%s is neither true nor false", typ)
	return nil
}

// builtin compiles the functions that every template has.
func (c *compiler) builtin(n parse.Node, name string, args []expr) (expr, bool) {
	need := func(k int) {
		if len(args) < k {
			c.fail(n, "%s needs %d arguments", name, k)
		}
	}
	switch name {
	case "and", "or":
		need(1)
		conds := make([]func(*frame) bool, len(args))
		for i, a := range args {
			conds[i] = c.truth(a)
		}
		stop := name == "or"
		return boolExpr(func(f *frame) bool {
			for _, cond := range conds {
				if cond(f) == stop {
					return stop
				}
			}
			return !stop
		}), true
	case "not":
		need(1)
		cond := c.truth(args[0])
		return boolExpr(func(f *frame) bool { return !cond(f) }), true
	case "eq", "ne":
		need(2)
		same := c.equal(n, args[0], args[1])
		for _, more := range args[2:] {
			one, two := same, c.equal(n, args[0], more)
			same = func(f *frame) bool { return one(f) || two(f) }
		}
		if name == "ne" {
			return boolExpr(func(f *frame) bool { return !same(f) }), true
		}
		return boolExpr(same), true
	case "lt", "le", "gt", "ge":
		need(2)
		a, b := c.integer(n, args[0]), c.integer(n, args[1])
		return boolExpr(map[string]func(*frame) bool{
			"lt": func(f *frame) bool { return a(f) < b(f) },
			"le": func(f *frame) bool { return a(f) <= b(f) },
			"gt": func(f *frame) bool { return a(f) > b(f) },
			"ge": func(f *frame) bool { return a(f) >= b(f) },
		}[name]), true
	case "len":
		need(1)
		a := args[0]
		return expr{typ: typeInt, val: func(f *frame) reflect.Value { return reflect.ValueOf(a.val(f).Len()) }}, true
	case "index":
		need(2)
		a, i := args[0], c.integer(n, args[1])
		if a.typ.Kind() != reflect.Slice {
			c.fail(n, "index of %s", a.typ)
		}
		return expr{typ: a.typ.Elem(), val: func(f *frame) reflect.Value { return a.val(f).Index(int(i(f))) }}, true
	}
	return expr{}, false
}

func (c *compiler) integer(n parse.Node, e expr) func(*frame) int64 {
	switch e.typ.Kind() {
	case reflect.Int, reflect.Int64:
		return func(f *frame) int64 { return e.val(f).Int() }
	}
	c.fail(n, "%s where a whole number is needed", e.typ)
	return nil
}

// equal compares texts with texts and whole numbers with whole numbers.
func (c *compiler) equal(n parse.Node, a, b expr) func(*frame) bool {
	if a.typ.Kind() == reflect.String {
		x, y := c.str(n, a), c.str(n, b)
		return func(f *frame) bool { return x(f) == y(f) }
	}
	x, y := c.integer(n, a), c.integer(n, b)
	return func(f *frame) bool { return x(f) == y(f) }
}
