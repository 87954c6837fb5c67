package config

import (
	"fmt"
	"strings"
)

// Doc writes the documentation of all options in Markdown; docs/configuration.md is its output.
func Doc() string {
	var b strings.Builder
	b.WriteString(`# Configuration

This page is written by the program from its table of options (` + "`internal/config/option.go`" + `); a test keeps the two equal.

An option can be given in three places. What stands further up wins:

1. as a flag: ` + "`lernraum serve --listen 127.0.0.1:9000`" + `
2. in the environment: ` + "`LERNRAUM_LISTEN=127.0.0.1:9000`" + `; an empty variable counts as not set
3. in the file that ` + "`--config FILE`" + ` or ` + "`LERNRAUM_CONFIG`" + ` names, in YAML: ` + "`listen: 127.0.0.1:9000`" + `

Unknown flags, variables that begin with LERNRAUM_ and unknown keys in the file are mistakes, as are values out of bounds.
The program names all of them at once, ends with status 2 and starts nothing.
Secrets, where an option is one, can also be read from a file that the variable with _FILE at its end names.

Durations are written like 90s, 30m or 8h. Sizes are written like 512 KiB or 25 MiB; without a unit they are bytes.

| option | variable | type | default | unit or range | what it does |
|---|---|---|---|---|---|
`)
	for _, o := range Options() {
		variable, doc := "`"+EnvName(o.Name)+"`", o.Doc
		if o.Running {
			doc += " Where it is not given here, an administrator can change it while the program runs."
		}
		if o.Secret {
			variable += " or `" + EnvName(o.Name) + "_FILE`"
			doc += " Secret."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", o.Name, variable, o.Type, code(o.Default), dash(o.Unit), doc)
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return "empty"
	}
	return "`" + s + "`"
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
