//go:build unix

package main

import (
	"bytes"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	_ "github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestMadeUpTraffic: every form is read as what it is meant to be, whole, and
// conforms, so that measurements show reading and judging and nothing else.
func TestMadeUpTraffic(t *testing.T) {
	names := map[string]string{"har": "HAR", "ndjson": "NDJSON", "go-vcr": "go-vcr", "ruby-vcr": "Ruby VCR", "vcrpy": "vcrpy", "mitmproxy": "mitmproxy"}
	edition := edition.Default()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			var text bytes.Buffer
			wrote, err := f.write(&text, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			rec, err := cassettes.OpenInput(format.FromStream(&text, f.name, format.DefaultLimits()))
			if err != nil {
				t.Fatal(err)
			}
			if rec.Format != names[f.name] {
				t.Errorf("expected %s, found %s", names[f.name], rec.Format)
			}
			e := engine.New(rule.All(edition), engine.Options{Edition: edition, Hosts: rule.HostsOf(edition)})
			e.Begin()
			read := 0
			for x, err := range rec.Exchanges() {
				if err != nil {
					t.Fatal(err)
				}
				e.Observe(x)
				read++
			}
			e.End()
			if read != wrote {
				t.Errorf("expected %d exchanges, found %d", wrote, read)
			}
			for _, r := range e.Tally().Rules {
				if r.Failed > 0 || r.Error != "" {
					t.Errorf("%s: expected clean traffic, found %d failures %s", r.ID, r.Failed, r.Error)
				}
			}
		})
	}
}
