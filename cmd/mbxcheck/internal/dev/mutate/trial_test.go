package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func toy(t *testing.T) *config {
	t.Helper()
	return &config{
		root: unpack(t, "toy.txtar"), mutated: []string{"age"}, witness: "fair", skipped: []string{"TestSkipped"},
		seed: 1, n: 1000, atOnce: 2, atLeast: 3 * time.Second, keepIn: t.TempDir(), errs: t.Output(),
	}
}

// The toy end to end: what its own tests kill, what the tests kill that exercise
// it, what hangs, and what nobody notices.
func TestToy(t *testing.T) {
	if testing.Short() {
		t.Skip("a mutant that hangs takes its time")
	}
	c := toy(t)
	var out bytes.Buffer
	if err := c.run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(c.keepIn, mutantsFile))
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, m := range r.Mutants {
		fmt.Fprintf(&b, "%s\n    %s\n", m.Site, strings.TrimSpace(string(m.Outcome)+" "+m.By))
	}
	table, _, _ := strings.Cut(out.String(), "survivors are in")
	golden(t, "toy.outcomes.txt", b.String()+"\n"+table)
	survivors, err := os.ReadFile(filepath.Join(c.keepIn, survivorsFile))
	if err != nil {
		t.Fatal(err)
	}
	if n, all := strings.Count(string(survivors), "\n"), r.ByPackage[0]; n != all.Run-all.Killed || n == 0 {
		t.Errorf("expected a line for each of %d survivors, found\n%s", all.Run-all.Killed, survivors)
	}
}

// Tests that fail by themselves say nothing of a mutant.
func TestBrokenBaseline(t *testing.T) {
	t.Setenv("TOY_BROKEN", "yes")
	err := toy(t).run(t.Context(), t.Output())
	if err == nil || !strings.Contains(err.Error(), "expected to be whole") {
		t.Errorf("expected the failing test's words, found %v", err)
	}
}

func TestUsage(t *testing.T) {
	for args, want := range map[string]int{"-h": 0, "-n 0": 2, "-at-once 0": 2, "suites/rule": 2, "-seed x": 2} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &out, &errs); code != want || errs.Len() == 0 {
			t.Errorf("mutate %s: expected exit code %d and a word, found %d and %q", args, want, code, errs.String())
		}
	}
}

func TestOnlyNothing(t *testing.T) {
	c := toy(t)
	c.only = "age/none.go"
	if err := c.run(t.Context(), t.Output()); err == nil || !strings.Contains(err.Error(), "age/none.go") {
		t.Errorf("expected an error that names what was asked for, found %v", err)
	}
}
