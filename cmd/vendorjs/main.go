// Command vendorjs keeps the third-party files below static/ what they claim
// to be: without flags it compares every file with the SHA-384 in
// static/vendor/manifest.json; with -renew it fetches the named packages with
// "npm pack" (no install scripts run), checks npm's integrity value and writes
// the files and their hashes anew.
//
// It never changes a version: that is an edit of the manifest by a person.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	dir := flag.String("dir", "static", "folder that holds vendor/manifest.json")
	renew := flag.Bool("renew", false, "fetch the packages again with npm and write files and hashes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, *renew); err != nil {
		fmt.Fprintln(os.Stderr, "vendorjs:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, renew bool) error {
	name := filepath.Join(dir, "vendor", "manifest.json")
	m, err := readManifest(name)
	if err != nil {
		return err
	}
	if renew {
		if err := m.renew(ctx, dir); err != nil {
			return err
		}
		if err := m.write(name); err != nil {
			return err
		}
	}
	if err := m.verify(dir); err != nil {
		return err
	}
	fmt.Printf("%d packages, %d files: as the manifest says\n", len(m.Packages), m.count())
	return nil
}
