package suites

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestTalliesAreRead: a tally that was written as JSON and read again is written as the
// same bytes, and so is every report of it.
func TestTalliesAreRead(t *testing.T) {
	o, err := judge.Config{}.Options()
	if err != nil {
		t.Fatal(err)
	}
	o.Engine.MaxFindings = maxFindings
	for _, dir := range []string{"../cassettes/recorded", "../cassettes"} { // the second holds files that can't be read, and such as are none
		found, err := judge.Paths(context.Background(), []string{dir}, o)
		if err != nil || found.Tally.Traffic.Exchanges == 0 {
			t.Fatal(dir, err)
		}
		readAgain(t, dir, found.Tally, reports.Formats())
	}
	cases := 0
	e := engine.New(o.Rules, engine.Options{Edition: o.Engine.Edition})
	err = filepath.WalkDir("general/testdata", func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".txt" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if c, err := conversation.Parse(edition.Default(), file, string(text)); err == nil {
			e.Begin()
			for _, x := range c.Exchanges {
				e.Observe(x)
			}
			e.End()
			turn := cases % len(reports.Formats()) // of the formats one each, to be done in seconds
			readAgain(t, file, e.Take(), reports.Formats()[turn:turn+1])
			cases++
		}
		return nil
	})
	if err != nil || cases < 100 {
		t.Fatalf("expected more than 100 cases, found %d: %v", cases, err)
	}
}

// readAgain writes a tally, reads it and compares what both come to.
func readAgain(t *testing.T, name string, tally *rule.Tally, formats []reports.Format) {
	t.Helper()
	first, err := json.Marshal(tally)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var again rule.Tally
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	second, err := json.Marshal(&again)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%s: expected the bytes that were read, found %v\n%s\n%s", name, err, first, second)
	}
	for _, f := range formats {
		var want, got bytes.Buffer
		if err := f.Write(&want, &reports.Report{Tally: tally, OfAKind: 3}); err != nil {
			t.Fatal(err)
		}
		if err := f.Write(&got, &reports.Report{Tally: &again, OfAKind: 3}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Errorf("%s: expected the %s report of the tally that was written, found another", name, f.Name)
		}
	}
}
