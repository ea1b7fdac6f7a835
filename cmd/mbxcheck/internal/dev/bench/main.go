//go:build unix

// Bench writes big recordings of made-up traffic and measures how fast, and in
// how much memory, mbxcheck and other programs go through them.
//
//	go run ./cmd/mbxcheck/internal/dev/bench            80 MB of each form
//	go run ./cmd/mbxcheck/internal/dev/bench -mb 1024   the same with 1 GB
//
// It installs nothing: a program that is not there is left out, and the report
// says so.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"gopkg.in/dnaeon/go-vcr.v3/cassette"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == loadArg {
		load(os.Args[2])
		return
	}
	mb := flag.Int64("mb", 80, "`megabytes` of each recording")
	runs := flag.Int("runs", 5, "runs of each command, of which the median counts")
	peers := flag.Bool("peers", true, "measure other programs too")
	write := flag.String("write", "", "only write a recording of this `form` to standard output")
	flag.Parse()
	if err := run(*mb*1e6, *runs, *peers, *write); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(size int64, runs int, peers bool, write string) error {
	if write != "" {
		for _, f := range forms {
			if f.name == write {
				_, err := f.write(os.Stdout, size)
				return err
			}
		}
		return fmt.Errorf("form %q: expected one of har, ndjson, go-vcr, ruby-vcr, vcrpy, mitmproxy", write)
	}
	dir, err := os.MkdirTemp("", "mbxcheck-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &report{runs: runs, mbxcheck: filepath.Join(dir, "mbxcheck")}
	build := exec.Command("go", "build", "-o", r.mbxcheck, "github.com/mbxcheck/mbxcheck/cmd/mbxcheck")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building mbxcheck: %w", err)
	}
	if peers {
		if err := r.makePeers(dir); err != nil {
			return err
		}
	}
	if err := r.small(dir); err != nil {
		return err
	}
	for _, f := range forms {
		file, err := recording(dir, f, size)
		if err != nil {
			return err
		}
		if err := r.form(file, peers); err != nil {
			return err
		}
		os.Remove(file.path)
	}
	if peers {
		r.leftOut()
	}
	return nil
}

// file is a recording written for a measurement.
type file struct {
	form      string
	path      string
	bytes     int64
	exchanges int
}

func recording(dir string, f form, size int64) (file, error) {
	path := filepath.Join(dir, "recording."+f.name+".yaml") // go-vcr insists on the extension
	out, err := os.Create(path)
	if err != nil {
		return file{}, err
	}
	n, err := f.write(out, size)
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		return file{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return file{}, err
	}
	return file{f.name, path, info.Size(), n}, nil
}

// loadArg makes this program a peer: go-vcr's own reading of a cassette.
const loadArg = "load-by-go-vcr"

func load(path string) {
	c, err := cassette.Load(path[:len(path)-len(filepath.Ext(path))])
	if err != nil || len(c.Interactions) == 0 {
		fmt.Fprintln(os.Stderr, "cassette.Load:", err)
		os.Exit(1)
	}
}
