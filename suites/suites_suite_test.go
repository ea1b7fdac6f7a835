package suites_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"

	"github.com/mbxcheck/mbxcheck/suites"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/judge"
)

// list is a flag that may be given several times, or hold several values
// divided by commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(values string) error {
	for _, v := range strings.Split(values, ",") {
		if v == "" {
			return fmt.Errorf("expected a value, found none in %q", values)
		}
		*l = append(*l, v)
	}
	return nil
}

var (
	trafficFlag list
	hostFlag    list
	failOnFlag  = flag.String("fail-on", string(clause.Must), "the weakest `level` whose violation fails: must, should, may or info")
)

func init() {
	flag.Var(&trafficFlag, "traffic", "recordings to judge: a `path` of a file or a directory, below the module's root or absolute")
	flag.Var(&hostFlag, "host", "`pattern` of the hosts to judge, such as 127.0.0.1:8080 or *; the document's own by default")
}

// moduleRoot is the module's root as seen from this directory, where go test
// and ginkgo run the program.
const moduleRoot = ".."

// TestDocument runs the document's specs over recordings: those of --traffic,
// or the project's own conformant ones.
func TestDocument(t *testing.T) {
	paths, err := resolve(trafficFlag)
	if err != nil {
		t.Fatal(err)
	}
	hosts := hostFlag
	if len(paths) == 0 {
		paths, hosts = ownRecordings(t), list{"*"}
	}
	err = suites.Register(suites.Config{Paths: paths, Config: judge.Config{Hosts: hosts}, FailOn: clause.Level(*failOnFlag)})
	if err != nil {
		t.Fatal(err)
	}
	ginkgo.RunSpecs(t, "mbxcheck")
}

// resolve finds relative paths below the module's root, from where go test is
// typed, or below the package's directory, where it runs.
func resolve(paths []string) ([]string, error) {
	var found []string
	for _, path := range paths {
		if filepath.IsAbs(path) {
			found = append(found, path)
			continue
		}
		candidates := []string{filepath.Join(moduleRoot, path), path}
		at := ""
		for _, c := range candidates {
			if _, err := os.Stat(c); err == nil {
				at = c
				break
			}
		}
		if at == "" {
			root, _ := filepath.Abs(moduleRoot)
			return nil, fmt.Errorf("--traffic=%s: expected a file or directory below %s, or an absolute path", path, root)
		}
		found = append(found, at)
	}
	return found, nil
}

// ownRecordings are the project's own recordings of traffic that keeps the
// document.
func ownRecordings(t *testing.T) []string {
	paths, err := filepath.Glob(filepath.Join(moduleRoot, "cassettes", "recorded", "conformant*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatal("expected recordings cassettes/recorded/conformant*, found none")
	}
	return paths
}
