// Package content owns what Lernraum ships as data: the declarations of page kinds, the starter pages and the
// demo organisation. It refuses to interpret them; packages kind and transfer do.
package content

import (
	"embed"
	"io/fs"
)

//go:embed all:kinds
var kinds embed.FS

//go:embed all:starter
var starter embed.FS

//go:embed all:demo
var demo embed.FS

// Kinds gives the declarations of the kinds, one file each, with "_relations.yaml" and "_states.yaml".
func Kinds() fs.FS { return sub(kinds, "kinds") }

// Starter gives the pages an empty instance begins with, one folder a space.
func Starter() fs.FS { return sub(starter, "starter") }

// Demo gives the demo organisation, one folder a space.
func Demo() fs.FS { return sub(demo, "demo") }

// sub cannot fail: the folders are named in the embed directives above.
func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic("content: " + err.Error())
	}
	return f
}
