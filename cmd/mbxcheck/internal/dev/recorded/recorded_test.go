package recorded

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	_ "github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var update = flag.Bool("update", false, "write the cassettes anew")

// dir is where the cassettes lie.
const dir = "../../../../../cassettes/recorded"

func TestCassettesAreCurrent(t *testing.T) {
	for _, name := range Names {
		made := filepath.Join(t.TempDir(), name+".yaml")
		if _, err := Record(name, made); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".yaml")
		if *update {
			if err := os.MkdirAll(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, want, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s.txt makes; write it with: make cassettes", file, name)
		}
	}
}

// TestFindings judges each cassette as a user does, and holds the findings
// against the session, which says what must be found.
func TestFindings(t *testing.T) {
	for _, name := range Names {
		t.Run(name, func(t *testing.T) {
			wants, err := Record(name, filepath.Join(t.TempDir(), name+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			tally := judge(t, filepath.Join(dir, name+".yaml"))
			for i := range tally.Rules {
				r := &tally.Rules[i]
				for _, f := range r.Findings {
					at := slices.IndexFunc(wants, func(w Want) bool {
						return w.Rule == f.Rule && w.Exchange == f.At.Exchange && (w.Pointer == "" || w.Pointer == f.At.Pointer)
					})
					if at < 0 {
						t.Errorf("exchange %d %s: not wanted: %s: %s (expected %s, saw %s)", f.At.Exchange, f.At.Pointer, f.Rule, f.Message, f.Expected, f.Seen)
						continue
					}
					wants = slices.Delete(wants, at, at+1)
				}
			}
			for _, w := range wants {
				t.Errorf("%s.txt:%d: expected a finding of %s at exchange %d %s, found none", name, w.Line, w.Rule, w.Exchange, w.Pointer)
			}
		})
	}
}

// silent are the rules that the conformant cassette does not exercise, and why.
var silent = map[string]string{
	"ascending-contradicted":   "the venue's own pages show these lists descending",
	"ms-documented-exceptions": "the venue's own pages show these times in other forms",
	"no-blind-resend-wapi":     "a client that looks its withdrawal up has no reason to send it again",
	"wapi-rate-limits":         "no documented route of /wapi answers the array",
	"waits-without-header":     "a venue that keeps the document sends Retry-After",
	"heavier-calls-weigh-more": "in 2019 weights are published, which used weights are held against",
}

// TestConformantExercisesTheRules: whoever adds a rule gives it an occasion in
// the conformant cassette, or a reason.
func TestConformantExercisesTheRules(t *testing.T) {
	tally := judge(t, filepath.Join(dir, "conformant.yaml"))
	for i := range tally.Rules {
		r := &tally.Rules[i]
		why := silent[r.ID] + r.Rule().NotHere
		switch v := r.Verdict(); {
		case v != rule.Pass && why == "":
			t.Errorf("%s: expected the verdict pass, found %s", r.ID, v)
		case v == rule.Pass && why != "":
			t.Errorf("%s: it is exercised, strike it off the silent ones", r.ID)
		}
	}
}

func judge(t *testing.T, file string) *rule.Tally {
	edition := edition.Default()
	e := engine.New(rule.All(edition), engine.Options{Edition: edition, Hosts: rule.HostsOf(edition)})
	rec, err := cassettes.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	e.Begin()
	for x, err := range rec.Exchanges() {
		if err != nil {
			t.Fatal(err)
		}
		e.Observe(x)
	}
	e.End()
	return e.Tally()
}
