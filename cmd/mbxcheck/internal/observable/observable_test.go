package observable

import (
	"slices"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

const everything = format.RecordsMessages | format.RecordsSent | format.RecordsReceived | format.RecordsDuration | format.RecordsClient

func prover(t testing.TB) *Prover {
	t.Helper()
	edition := edition.Default()
	p, err := New(edition, general.Cases)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestEverything: who records all can show every rule that recordings exercise.
func TestEverything(t *testing.T) {
	p := prover(t)
	shown := p.Rules(everything)
	for _, r := range p.rules {
		if r.NotHere == "" && !slices.Contains(shown, r) {
			t.Errorf("%s: expected it shown by a recording that lacks nothing", r.ID)
		}
	}
	if _, hidden := p.Clauses(everything); len(hidden) > 0 {
		t.Errorf("expected no clause hidden, found %v", hidden)
	}
}

// TestNothing: a recording of requests alone shows nothing of responses.
func TestNothing(t *testing.T) {
	p := prover(t)
	for _, r := range p.Rules(0) {
		if r.Party == clause.Server {
			t.Errorf("%s: expected nothing of the venue where no response is recorded", r.ID)
		}
	}
}

// TestMoreShowsMore: what is recorded in addition hides nothing.
func TestMoreShowsMore(t *testing.T) {
	p, known := prover(t), map[format.Records][]*rule.Rule{}
	rules := func(records format.Records) []*rule.Rule {
		if known[records] == nil { // formats are alike in many things
			known[records] = p.Rules(records)
		}
		return known[records]
	}
	for _, f := range cassettes.Formats() {
		less := rules(f.Records)
		for bit := format.Records(1); bit <= everything; bit <<= 1 {
			more := rules(f.Records | bit)
			for _, r := range less {
				if !slices.Contains(more, r) {
					t.Errorf("%s with %b: hides %s", f.Name, bit, r.ID)
				}
			}
		}
	}
}

// TestKnown holds a few that a person can tell.
func TestKnown(t *testing.T) {
	p := prover(t)
	for _, c := range []struct {
		without format.Records
		rule    string
	}{
		{format.RecordsResponseBody, "json-body"}, {format.RecordsResponseBody, "error-envelope"},
		{format.RecordsResponseHeader, "used-weight-header"}, {format.RecordsResponseHeader, "retry-after-present"},
		{format.RecordsStatus, "retry-after-present"}, {format.RecordsHost, "base-endpoint"},
		{format.RecordsRequestBody, "form-body"}, {format.RecordsRequestBody, "no-duplicate-params"},
	} {
		shown := p.Rules(everything &^ c.without)
		if slices.ContainsFunc(shown, func(r *rule.Rule) bool { return r.ID == c.rule }) {
			t.Errorf("%s: expected it hidden without %b", c.rule, c.without)
		}
	}
}

// BenchmarkFormats says what the command formats takes.
func BenchmarkFormats(b *testing.B) {
	for b.Loop() {
		p := prover(b)
		for _, f := range cassettes.Formats() {
			p.Clauses(f.Records)
		}
	}
}
