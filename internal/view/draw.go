package view

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"sync"
	"text/template/parse"
)

// html/template decides how each value has to be escaped and writes that into its parse tree. Executing that
// tree costs ten times the rest of a page view, nearly all of it spent on looking up fields by name and on
// calling functions by reflection. So the escaped tree is compiled once for the struct of the view: names
// become field indexes, types are checked, and only the outcome is written. Whatever the compiler does not
// know is an error when the view is first drawn, and a test holds both ways of drawing equal to the byte.

// frame is the state of one drawing.
type frame struct {
	out  []byte
	dot  reflect.Value
	vars []reflect.Value
	base int // of the slots of the running template
}

// step writes a part of a view.
type step func(*frame)

// program is a template compiled for a type of its dot.
type program struct {
	run   step
	slots int // variables, with $
}

type programKey struct {
	name string
	dot  reflect.Type
}

// drawer compiles the templates of one language on demand.
type drawer struct {
	set   *template.Template
	funcs template.FuncMap
	pages sync.Map // name of a view → func() (*program, error)

	mu       sync.Mutex
	programs map[programKey]*program
}

func newDrawer(set *template.Template, funcs template.FuncMap) *drawer {
	return &drawer{set: set, funcs: funcs, programs: map[programKey]*program{}}
}

var frames = sync.Pool{New: func() any { return &frame{out: make([]byte, 0, 32<<10), vars: make([]reflect.Value, 64)} }}

// draw writes a view to w.
func (d *drawer) draw(w *bytes.Buffer, name string, data any) (err error) {
	v := reflect.ValueOf(data)
	p, err := d.page(name, v.Type())
	if err != nil {
		return err
	}
	f := frames.Get().(*frame)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("draw %s: %v", name, r)
		}
		clear(f.vars)
		f.out, f.dot, f.base = f.out[:0], reflect.Value{}, 0
		if cap(f.out) <= 1<<20 { // one huge view must not hold its memory for ever
			frames.Put(f)
		}
	}()
	f.call(p, v, 0)
	w.Write(f.out)
	return nil
}

// call runs a program with a new dot above the slots of its caller.
func (f *frame) call(p *program, dot reflect.Value, slots int) {
	base, old := f.base, f.dot
	f.base += slots
	for len(f.vars) < f.base+p.slots {
		f.vars = append(f.vars, reflect.Value{})
	}
	f.dot, f.vars[f.base] = dot, dot
	p.run(f)
	f.base, f.dot = base, old
}

func (d *drawer) page(name string, dot reflect.Type) (*program, error) {
	once, ok := d.pages.Load(name)
	if !ok {
		once, _ = d.pages.LoadOrStore(name, sync.OnceValues(func() (*program, error) { return d.build(name, dot) }))
	}
	return once.(func() (*program, error))()
}

// build lets html/template escape the tree and compiles it.
func (d *drawer) build(name string, dot reflect.Type) (p *program, err error) {
	t := d.set.Lookup(name)
	if t == nil {
		return nil, fmt.Errorf("no template %s", name)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	// The tree is escaped by the first execution; what that one draws, and whether it ends early, is no matter.
	var scrap bytes.Buffer
	if err := t.Execute(&scrap, reflect.Zero(dot).Interface()); err != nil {
		if e, ok := errors.AsType[*template.Error](err); ok {
			return nil, fmt.Errorf("template %s: %w", name, e)
		}
	}
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(fault)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("template %s: %s", name, string(f))
		}
	}()
	return d.program(name, dot), nil
}

// fault ends a compilation.
type fault string

// program compiles a template for a type; one that calls itself finds its program already there.
func (d *drawer) program(name string, dot reflect.Type) *program {
	key := programKey{name, dot}
	if p := d.programs[key]; p != nil {
		return p
	}
	t := d.set.Lookup(name)
	if t == nil || t.Tree == nil {
		panic(fault("no template " + name))
	}
	p := &program{}
	d.programs[key] = p
	c := &compiler{d: d, name: name, vars: []variable{{name: "$", typ: dot}}, slots: 1}
	p.run = c.list(t.Tree.Root, dot)
	p.slots = c.slots
	return p
}

// compiler turns the nodes of one template into steps.
type compiler struct {
	d     *drawer
	name  string
	vars  []variable
	slots int
}

type variable struct {
	name string
	typ  reflect.Type
	slot int
}

func (c *compiler) fail(n parse.Node, format string, args ...any) {
	panic(fault(fmt.Sprintf("%s: %s: %s", c.name, n, fmt.Sprintf(format, args...))))
}

func (c *compiler) declare(name string, typ reflect.Type) int {
	c.vars = append(c.vars, variable{name, typ, c.slots})
	c.slots++
	return c.slots - 1
}

func (c *compiler) list(l *parse.ListNode, dot reflect.Type) step {
	if l == nil {
		return nil
	}
	mark := len(c.vars)
	var steps []step
	for _, n := range l.Nodes {
		if s := c.node(n, dot); s != nil {
			steps = append(steps, s)
		}
	}
	c.vars = c.vars[:mark]
	switch len(steps) {
	case 0:
		return nil
	case 1:
		return steps[0]
	}
	return func(f *frame) {
		for _, s := range steps {
			s(f)
		}
	}
}

func (c *compiler) node(n parse.Node, dot reflect.Type) step {
	switch n := n.(type) {
	case *parse.TextNode:
		text := string(n.Text)
		if text == "" {
			return nil
		}
		return func(f *frame) { f.out = append(f.out, text...) }
	case *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return c.action(n, dot)
	case *parse.IfNode:
		cond := c.truth(c.pipe(n.Pipe, dot))
		return choose(cond, c.list(n.List, dot), c.list(n.ElseList, dot))
	case *parse.WithNode:
		return c.with(n, dot)
	case *parse.RangeNode:
		return c.loop(n, dot)
	case *parse.TemplateNode:
		return c.callTemplate(n, dot)
	}
	c.fail(n, "the compiler of views does not know this node")
	return nil
}

func choose(cond func(*frame) bool, yes, no step) step {
	return func(f *frame) {
		if cond(f) {
			if yes != nil {
				yes(f)
			}
		} else if no != nil {
			no(f)
		}
	}
}

func (c *compiler) action(n *parse.ActionNode, dot reflect.Type) step {
	if len(n.Pipe.Decl) > 1 {
		c.fail(n, "more than one variable")
	}
	if len(n.Pipe.Decl) == 0 {
		return c.write(n, c.pipe(n.Pipe, dot), n.Pipe.Cmds)
	}
	e, name := c.pipe(n.Pipe, dot), n.Pipe.Decl[0].Ident[0]
	slot := -1
	if n.Pipe.IsAssign {
		v := c.variable(n, name)
		if slot = v.slot; v.typ != e.typ {
			c.fail(n, "%s is %s, not %s", name, v.typ, e.typ)
		}
	} else {
		slot = c.declare(name, e.typ)
	}
	return func(f *frame) { f.vars[f.base+slot] = e.val(f) }
}

func (c *compiler) variable(n parse.Node, name string) variable {
	for i := len(c.vars) - 1; i >= 0; i-- {
		if c.vars[i].name == name {
			return c.vars[i]
		}
	}
	c.fail(n, "no variable %s", name)
	return variable{}
}

func (c *compiler) with(n *parse.WithNode, dot reflect.Type) step {
	mark := len(c.vars)
	e := c.pipe(n.Pipe, dot)
	slot := -1
	if len(n.Pipe.Decl) == 1 {
		slot = c.declare(n.Pipe.Decl[0].Ident[0], e.typ)
	}
	yes := c.list(n.List, e.typ)
	c.vars = c.vars[:mark]
	no := c.list(n.ElseList, dot)
	cond := truthOf(c, n, e.typ)
	return func(f *frame) {
		v := e.val(f)
		if !cond(v) {
			if no != nil {
				no(f)
			}
			return
		}
		if slot >= 0 {
			f.vars[f.base+slot] = v
		}
		if yes != nil {
			old := f.dot
			f.dot = v
			yes(f)
			f.dot = old
		}
	}
}

func (c *compiler) loop(n *parse.RangeNode, dot reflect.Type) step {
	mark := len(c.vars)
	e := c.pipe(n.Pipe, dot)
	if e.typ.Kind() != reflect.Slice {
		c.fail(n, "range over %s", e.typ)
	}
	elem := e.typ.Elem()
	index, value := -1, -1
	switch decl := n.Pipe.Decl; len(decl) {
	case 1:
		value = c.declare(decl[0].Ident[0], elem)
	case 2:
		index = c.declare(decl[0].Ident[0], reflect.TypeFor[int]())
		value = c.declare(decl[1].Ident[0], elem)
	}
	body := c.list(n.List, elem)
	c.vars = c.vars[:mark]
	no := c.list(n.ElseList, dot)
	return func(f *frame) {
		list := e.val(f)
		if list.Len() == 0 {
			if no != nil {
				no(f)
			}
			return
		}
		if body == nil {
			return
		}
		old := f.dot
		for i := range list.Len() {
			f.dot = list.Index(i)
			if value >= 0 {
				f.vars[f.base+value] = f.dot
			}
			if index >= 0 {
				f.vars[f.base+index] = reflect.ValueOf(i)
			}
			body(f)
		}
		f.dot = old
	}
}

func (c *compiler) callTemplate(n *parse.TemplateNode, dot reflect.Type) step {
	if n.Pipe == nil {
		c.fail(n, "a template needs a value")
	}
	e := c.pipe(n.Pipe, dot)
	p := c.d.program(n.Name, e.typ)
	return func(f *frame) {
		// c.slots is final when this runs; slots of the caller in use lie below.
		if v := e.val(f); p.run != nil {
			f.call(p, v, c.slots)
		}
	}
}
