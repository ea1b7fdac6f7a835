package judge

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestCutRecordings judges the samples that are YAML, whose syntax does not
// tell that a file was cut short, cut at many bytes: what a recorder lost breaks
// no rule.
func TestCutRecordings(t *testing.T) {
	const step = 5 // shorter than any value, as an engine for each cut takes a millisecond
	samples, err := filepath.Glob("../../cassettes/*/testdata/*.y*ml")
	if err != nil || len(samples) < 10 {
		t.Fatal(samples, err)
	}
	for _, path := range samples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole := broken(t, text)
		for n := 0; n < len(text); n += step {
			for found := range broken(t, text[:n]) {
				if !whole[found] {
					t.Errorf("%s cut to %d bytes: %s", path, n, found)
				}
			}
		}
	}
}

// broken returns which rules of the level must the text breaks, and how.
func broken(t *testing.T, text []byte) map[string]bool {
	t.Helper()
	o := options(1, 0)
	o.Input.Stdin, o.Engine.Hosts = bytes.NewReader(text), rule.Hosts{}
	found, err := Sources(context.Background(), Find([]string{"-"}, Options{}), o)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, r := range found.Tally.Rules {
		for _, f := range r.Findings {
			if r.Level() == clause.Must {
				all[r.ID+": "+f.Seen] = true
			}
		}
	}
	return all
}
