package rule

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// What a file or a recording may name, JSON holds as it is: names that are no text,
// and instants that have no way to be written.
func TestWhatJSONCannotHold(t *testing.T) {
	r := Rule{ID: "r", Doc: Doc{Demands: "Answer."}}
	tally := NewTally(&edition.Edition{ID: "e"}, []*Rule{&r}, Bounds{Findings: 2})
	b := NewBench(Trial{Edition: edition.Default()}, nil, tally.Bounds)
	for _, at := range []time.Time{{}, time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(12_019, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, math.MaxInt64).In(time.FixedZone("", 3600))} {
		ev := &Event{At: traffic.Position{File: "a\xff.har", Number: 1}, Method: "G\xfeT", Path: "/a\xff\xffb", Sent: traffic.Exactly(at)}
		b.Event(ev, nil)
		b.For(&Asked{&r, &tally.Rules[0]}).Fail(Report{Message: "m\xff", Expected: "e\xff", Seen: "s\xff", Hint: "h\xff", Pointer: "/p\xff"})
		b.Blame("oh \xff")
	}
	tally.LeaveOut("h\xffst", true)
	tally.UnknownRoute([]byte("GET /\xff"))
	tally.PassOver("notes\xff")
	tally.NotRead(1, NewInputError("a\xff", 0, fmt.Errorf("a\xff:3: expected }\xff")))
	first, err := json.Marshal(tally)
	if err != nil {
		t.Fatal(err)
	}
	var again Tally
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatal(err)
	}
	want, got := fmt.Sprintf("%+v", exported(tally)), fmt.Sprintf("%+v", exported(&again))
	if want != got || strings.Count(want, "\ufffd\ufffd") == 0 {
		t.Errorf("expected what was written\n%s\nfound\n%s", want, got)
	}
	if n := again.Rules[0].Alike(&again.Rules[0].Findings[0]); n != 4 {
		t.Errorf("expected 4 findings of a kind, found %d", n)
	}
}

// exported is a tally without what is worked out anew.
func exported(t *Tally) Tally {
	all := *t
	all.Rules = append([]RuleTally(nil), t.Rules...)
	for i := range all.Rules {
		r := &all.Rules[i]
		r.kept, r.spent = nil, 0
		r.Findings = append([]Finding(nil), r.Findings...)
		for j := range r.Findings {
			r.Findings[j].kind = 0
		}
	}
	return all
}

// A tally that was read goes on counting within its bounds.
func TestReadTalliesGoOn(t *testing.T) {
	r := Rule{ID: "r"}
	tally := NewTally(&edition.Edition{ID: "e"}, []*Rule{&r}, Bounds{Findings: 5, OfAKind: 2})
	whole := NewTally(&edition.Edition{ID: "e"}, []*Rule{&r}, Bounds{Findings: 5, OfAKind: 2})
	for i := range 40 {
		f := findingAt(40-i, fmt.Sprintf("/call%c", 'a'+i%4), "")
		f.Rule = "r"
		for _, t := range []*Tally{tally, whole} {
			t.Rules[0].Failed++
			t.Rules[0].Kinds.add(f.Kind(), 1)
			t.Rules[0].keep(f, t.Bounds)
		}
		text, err := json.Marshal(tally)
		if err != nil {
			t.Fatal(err)
		}
		tally = new(Tally)
		if err := json.Unmarshal(text, tally); err != nil {
			t.Fatal(err)
		}
	}
	if want, got := fmt.Sprintf("%+v", exported(whole)), fmt.Sprintf("%+v", exported(tally)); want != got {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
}

// What this version did not write, and what nobody can have counted, is refused.
func TestTalliesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                  "tally: json:",
		`{}`:                  "tally: expected version 1, found 0: read it with the version of mbxcheck that wrote it, or judge anew",
		`{"version":2}`:       "tally: expected version 1, found 2: read it with the version of mbxcheck that wrote it, or judge anew",
		`{"version":1,"x":1}`: `tally: json: unknown field "x"`,
		`{"version":1,"rules":[{"id":"r","passed":-1}]}`:                          "tally: rule r: expected counts of occasions, no fewer violations than the 0 findings, found -1 passed, 0 failed and 0 inconclusive",
		`{"version":1,"rules":[{"id":"r","inconclusive":-1}]}`:                    "tally: rule r: expected counts of occasions",
		`{"version":1,"rules":[{"id":"r","findings":[{"rule":"r"}]}]}`:            "tally: rule r: expected counts of occasions, no fewer violations than the 1 findings",
		`{"version":1,"rules":[{"id":"r","failed":1,"findings":[{"rule":"s"}]}]}`: "tally: rule r: expected findings of the rule, found one of s",
		`{"version":1,"rules":[{"id":"r","kinds":{"counts":{"x":1}}}]}`:           `expected a kind of findings, 16 hexadecimal digits, found "x"`,
		`{"version":1,"traffic":{"artefacts":{"no-such":1}}}`:                     `expected an artefact that is known, found "no-such"`,
		`{"version":1,"traffic":{"artefacts":7}}`:                                 "tally: json:",
		`{"version":1,"traffic":{"artefacts":{"no-host":-1}}}`:                    "tally: traffic: expected counts, found {Files:0",
		`{"version":1,"traffic":{"late":-1}}`:                                     "Late:-1",
		`{"version":1,"traffic":{"unknown":-1}}`:                                  "Unknown:-1",
		`{"version":1,"left_out":{"a":null}}`:                                     `tally: left_out: expected as many exchanges of "a" as were counted, no fewer than those of the API, found {0 0}`,
		`{"version":1,"left_out":{"a":{"exchanges":1,"api":2}}}`:                  "found {1 2}",
		`{"version":1,"left_out":{"a":{"exchanges":1,"api":-2}}}`:                 "found {1 -2}",
		`{"version":1,"unknown_routes":{"counts":{"a":null}}}`:                    `tally: unknown_routes: expected how often "a" was counted, found 0`,
		`{"version":1,"passed_over":{"counts":{"a":-3}}}`:                         `tally: passed_over: expected how often "a" was counted, found -3`,
		`{"version":1,"rules":[{"id":"r","doubts":{"why":0}}]}`:                   `tally: rule r: doubts: expected how often "why" was counted, found 0`,
		`{"version":1,"rules":[{"id":"r","kinds":{"counts":{"1f":-1}}}]}`:         "tally: rule r: expected how often the kind 000000000000001f was found, found -1",
	} {
		var tally Tally
		if err := json.Unmarshal([]byte(text), &tally); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: expected %q, found %v", text, want, err)
		}
	}
}

// Of a rule that this program does not have, nothing is taken for less than it is.
func TestUnknownRules(t *testing.T) {
	if r := Of("no-such"); r.ID != "no-such" || Severity(r.Level) != 4 || r.Judges() {
		t.Errorf("expected the ID and the highest level alone, found %+v", r)
	}
	if one := (RuleTally{ID: ownFirst.ID}); one.Rule() != ownFirst {
		t.Errorf("expected the rule that is registered, found %+v", one.Rule())
	}
}

// Errors that somebody wrote in another order, or more than are kept, are read in order
// and within the bound.
func TestErrorsThatAreRead(t *testing.T) {
	tally := NewTally(&edition.Edition{ID: "e"}, nil, Bounds{})
	for i := range maxErrors + 5 {
		tally.Errors = append(tally.Errors, NewInputError(fmt.Sprintf("%06d.har", maxErrors+4-i), 0, fmt.Errorf("broken")))
	}
	var again Tally
	if err := json.Unmarshal(written(t, tally), &again); err != nil {
		t.Fatal(err)
	}
	if n := len(again.Errors); n != maxErrors || again.Errors[0].Source != "000000.har" || again.Errors[n-1].Source != fmt.Sprintf("%06d.har", maxErrors-1) {
		t.Errorf("expected the first %d in order, found %d from %+v to %+v", maxErrors, n, again.Errors[0], again.Errors[n-1])
	}
}
