package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"lernraum": main}) }

// TestCommands runs the scripts of testdata/script against the real program: what operators type and what they see.
func TestCommands(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("LERNRAUM_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("LERNRAUM_LOG_LEVEL", "warn")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": status, "sametree": sameTree, "onesentence": oneSentence, "truncate": truncate,
		},
	})
}

// status N command…: the command ends with exit status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command…")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("status: %v", err)
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// sametree a b: two folders have the same files with the same bytes.
func sameTree(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: sametree a b")
	}
	read := func(dir string) map[string][]byte {
		files := map[string][]byte{}
		root := os.DirFS(ts.MkAbs(dir))
		ts.Check(fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files[name], err = fs.ReadFile(root, name)
			return err
		}))
		return files
	}
	a, b := read(args[0]), read(args[1])
	if len(a) == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
	for name, body := range a {
		if other, ok := b[name]; !ok || !bytes.Equal(body, other) {
			ts.Fatalf("%s differs:\n%s\n---\n%s", name, body, other)
		}
	}
	if len(a) != len(b) {
		ts.Fatalf("%d files and %d files", len(a), len(b))
	}
}

// onesentence: what the last command said of its failure is one line for a person.
func oneSentence(ts *testscript.TestScript, neg bool, args []string) {
	said := ts.ReadFile("stderr")
	line := strings.TrimSuffix(said, "\n")
	if !strings.HasPrefix(line, "lernraum: ") || strings.Contains(line, "\n") || strings.Contains(line, "goroutine") || strings.Contains(line, "%!") {
		ts.Fatalf("not one sentence: %q", said)
	}
}

// truncate file n: cuts a file.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}
