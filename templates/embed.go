// Package templates owns the HTML templates and the catalogues of the interface as files in the program. It
// draws nothing; package view does.
package templates

import (
	"embed"
	"io/fs"
)

//go:embed layout partial page i18n
var files embed.FS

// FS gives the tree: layout, partial, page and i18n.
func FS() fs.FS { return files }
