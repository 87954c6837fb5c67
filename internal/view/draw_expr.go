package view

import (
	"reflect"
	"text/template/parse"
	"time"

	"lernraum/internal/errs"
)

// expr is a typed expression. str, where set, gives the text without making a reflect.Value of it.
type expr struct {
	typ reflect.Type
	val func(*frame) reflect.Value
	str func(*frame) string
	yes func(*frame) bool // set for conditions
}

var (
	typeString  = reflect.TypeFor[string]()
	typeBool    = reflect.TypeFor[bool]()
	typeInt     = reflect.TypeFor[int]()
	typeTime    = reflect.TypeFor[time.Time]()
	typeMessage = reflect.TypeFor[errs.Message]()
)

func stringExpr(typ reflect.Type, str func(*frame) string) expr {
	return expr{typ: typ, str: str, val: func(f *frame) reflect.Value { return reflect.ValueOf(str(f)).Convert(typ) }}
}

func boolExpr(yes func(*frame) bool) expr {
	return expr{typ: typeBool, yes: yes, val: func(f *frame) reflect.Value { return reflect.ValueOf(yes(f)) }}
}

func constant(v any) expr {
	rv := reflect.ValueOf(v)
	e := expr{typ: rv.Type(), val: func(*frame) reflect.Value { return rv }}
	if s, ok := v.(string); ok {
		e.str = func(*frame) string { return s }
	}
	return e
}

// pipe compiles the value of a pipeline without the escapers that html/template has put behind it.
func (c *compiler) pipe(p *parse.PipeNode, dot reflect.Type) expr {
	cmds := p.Cmds
	for len(cmds) > 1 && escaperName(cmds[len(cmds)-1]) != "" {
		cmds = cmds[:len(cmds)-1]
	}
	if len(cmds) != 1 {
		c.fail(p, "a pipeline of several commands")
	}
	return c.command(cmds[0], dot)
}

func (c *compiler) command(n *parse.CommandNode, dot reflect.Type) expr {
	switch first := n.Args[0].(type) {
	case *parse.IdentifierNode:
		return c.function(n, first.Ident, n.Args[1:], dot)
	case *parse.FieldNode:
		if len(n.Args) > 1 {
			return c.path(n, c.dot(dot), first.Ident, n.Args[1:], dot)
		}
	case *parse.VariableNode:
		if len(n.Args) > 1 {
			return c.path(n, c.slot(first), first.Ident[1:], n.Args[1:], dot)
		}
	}
	if len(n.Args) != 1 {
		c.fail(n, "arguments without a function")
	}
	return c.arg(n.Args[0], dot)
}

func (c *compiler) dot(typ reflect.Type) expr {
	return expr{typ: typ, val: func(f *frame) reflect.Value { return f.dot }}
}

func (c *compiler) slot(n *parse.VariableNode) expr {
	v := c.variable(n, n.Ident[0])
	return expr{typ: v.typ, val: func(f *frame) reflect.Value { return f.vars[f.base+v.slot] }}
}

func (c *compiler) arg(n parse.Node, dot reflect.Type) expr {
	switch n := n.(type) {
	case *parse.DotNode:
		return c.dot(dot)
	case *parse.FieldNode:
		return c.path(n, c.dot(dot), n.Ident, nil, dot)
	case *parse.VariableNode:
		return c.path(n, c.slot(n), n.Ident[1:], nil, dot)
	case *parse.ChainNode:
		return c.path(n, c.arg(n.Node, dot), n.Field, nil, dot)
	case *parse.PipeNode:
		return c.pipe(n, dot)
	case *parse.IdentifierNode:
		return c.function(n, n.Ident, nil, dot)
	case *parse.StringNode:
		return constant(n.Text)
	case *parse.NumberNode:
		if !n.IsInt {
			c.fail(n, "only whole numbers")
		}
		return constant(int(n.Int64))
	case *parse.BoolNode:
		return constant(n.True)
	case *parse.NilNode:
		return expr{}
	}
	c.fail(n, "the compiler of views does not know this expression")
	return expr{}
}

// path follows fields and methods; args go to the last of them.
func (c *compiler) path(n parse.Node, e expr, names []string, args []parse.Node, dot reflect.Type) expr {
	for i, name := range names {
		last := i == len(names)-1
		if m, ok := method(e.typ, name); ok {
			var given []expr
			if last {
				given = c.args(args, dot)
			}
			e = c.call(n, e, m, given)
			continue
		}
		if last && len(args) > 0 {
			c.fail(n, "%s has arguments and is not a method", name)
		}
		e = c.field(n, e, name)
	}
	return e
}

func (c *compiler) args(nodes []parse.Node, dot reflect.Type) []expr {
	out := make([]expr, len(nodes))
	for i, a := range nodes {
		out[i] = c.arg(a, dot)
	}
	return out
}

func (c *compiler) field(n parse.Node, e expr, name string) expr {
	typ, get := e.typ, e.val
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
		get = func(f *frame) reflect.Value { return e.val(f).Elem() }
	}
	if typ.Kind() != reflect.Struct {
		c.fail(n, "%s has no field %s", typ, name)
	}
	sf, ok := typ.FieldByName(name)
	if !ok || !sf.IsExported() {
		c.fail(n, "%s has no field %s", typ, name)
	}
	var val func(*frame) reflect.Value
	switch index := sf.Index; len(index) {
	case 1:
		i := index[0]
		val = func(f *frame) reflect.Value { return get(f).Field(i) }
	case 2:
		i, j := index[0], index[1]
		val = func(f *frame) reflect.Value { return get(f).Field(i).Field(j) }
	default:
		val = func(f *frame) reflect.Value { return get(f).FieldByIndex(index) }
	}
	return expr{typ: sf.Type, val: val}
}

// method finds a method of the type or of the pointer to it.
func method(typ reflect.Type, name string) (reflect.Method, bool) {
	if m, ok := typ.MethodByName(name); ok {
		return m, true
	}
	return reflect.Method{}, false
}

func (c *compiler) call(n parse.Node, e expr, m reflect.Method, args []expr) expr {
	if e.typ == typeTime && m.Name == "IsZero" {
		return boolExpr(func(f *frame) bool { return timeOf(e.val(f)).IsZero() })
	}
	if m.Type.NumOut() != 1 {
		c.fail(n, "method %s gives %d values", m.Name, m.Type.NumOut())
	}
	full := append([]expr{e}, args...)
	return c.invoke(n, m.Func, full)
}

// function compiles a call: the conditions themselves, functions of common shapes without reflection, the
// rest with it.
func (c *compiler) function(n parse.Node, name string, nodes []parse.Node, dot reflect.Type) expr {
	args := c.args(nodes, dot)
	if e, ok := c.builtin(n, name, args); ok {
		return e
	}
	fn, ok := c.d.funcs[name]
	if !ok {
		c.fail(n, "no function %s", name)
	}
	if len(args) == 1 {
		a := args[0]
		switch fn := fn.(type) {
		case func(time.Time) string:
			c.want(n, a, typeTime)
			return stringExpr(typeString, func(f *frame) string { return fn(timeOf(a.val(f))) })
		case func(int) string:
			c.want(n, a, typeInt)
			return stringExpr(typeString, func(f *frame) string { return fn(int(a.val(f).Int())) })
		case func(string) string:
			str := c.str(n, a)
			return stringExpr(typeString, func(f *frame) string { return fn(str(f)) })
		case func(any) string:
			return stringExpr(typeString, func(f *frame) string { return fn(boxed(a.val(f))) })
		}
		if fn := reflect.ValueOf(fn); fn.Type() == reflect.TypeOf(href) {
			str := c.str(n, a)
			return stringExpr(fn.Type().Out(0), func(f *frame) string { return string(href(str(f))) })
		}
	}
	return c.invoke(n, reflect.ValueOf(fn), args)
}

func (c *compiler) want(n parse.Node, e expr, typ reflect.Type) {
	if e.typ != typ {
		c.fail(n, "%v where %s is needed", e.typ, typ)
	}
}

// invoke calls by reflection. A pointer is followed where its value is wanted, as text/template does.
func (c *compiler) invoke(n parse.Node, fn reflect.Value, args []expr) expr {
	t := fn.Type()
	in := make([]func(*frame) reflect.Value, len(args))
	if len(args) < t.NumIn() && !(t.IsVariadic() && len(args) >= t.NumIn()-1) || len(args) > t.NumIn() && !t.IsVariadic() {
		c.fail(n, "%d arguments for %s", len(args), t)
	}
	for i, a := range args {
		var want reflect.Type
		if t.IsVariadic() && i >= t.NumIn()-1 {
			want = t.In(t.NumIn() - 1).Elem()
		} else {
			want = t.In(i)
		}
		switch {
		case a.typ == nil:
			zero := reflect.Zero(want)
			in[i] = func(*frame) reflect.Value { return zero }
		case a.typ.AssignableTo(want):
			in[i] = a.val
		case a.typ.Kind() == reflect.Pointer && a.typ.Elem().AssignableTo(want):
			in[i] = func(f *frame) reflect.Value { return a.val(f).Elem() }
		default:
			c.fail(n, "argument %d is %s, not %s", i+1, a.typ, want)
		}
	}
	e := expr{typ: t.Out(0), val: func(f *frame) reflect.Value {
		vals := make([]reflect.Value, len(in))
		for i, get := range in {
			vals[i] = get(f)
		}
		return fn.Call(vals)[0]
	}}
	if e.typ.Kind() == reflect.Bool {
		e.yes = func(f *frame) bool { return e.val(f).Bool() }
	}
	return e
}

// str gives the text of an expression of a string type.
func (c *compiler) str(n parse.Node, e expr) func(*frame) string {
	if e.str != nil {
		return e.str
	}
	if e.typ == nil || e.typ.Kind() != reflect.String {
		c.fail(n, "%v where a text is needed", e.typ)
	}
	return func(f *frame) string { return e.val(f).String() }
}

func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

// boxed makes an interface value; a message that lies in a struct is passed by its address.
func boxed(v reflect.Value) any {
	if v.Type() == typeMessage && v.CanAddr() {
		return v.Addr().Interface()
	}
	return v.Interface()
}
