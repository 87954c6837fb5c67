package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"lernraum/internal/store"
)

// version is set with -ldflags "-X main.version=1.2.3" when a release is built.
var version = "dev"

type versionCmd struct{}

// buildInfo names the parts a bug report needs.
type buildInfo struct{ version, revision, goVersion, sqlite, bleve string }

func readBuild() buildInfo {
	b := buildInfo{version: version, revision: "unknown", goVersion: runtime.Version(), sqlite: store.SQLiteVersion(), bleve: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.revision = s.Value
		}
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/blevesearch/bleve/v2" {
			b.bleve = d.Version
		}
	}
	return b
}

// Run prints one line for each part.
func (versionCmd) Run(con console) error {
	b := readBuild()
	_, err := fmt.Fprintf(con.out, "lernraum %s\nrevision %s\ngo       %s\nsqlite   %s\nbleve    %s\n", b.version, b.revision, b.goVersion, b.sqlite, b.bleve)
	return err
}
