package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
)

// TestMain makes the test binary what its environment wants, as main does.
func TestMain(m *testing.M) {
	become()
	os.Exit(m.Run())
}

// few are behaviours that show the least there is to tell, good ones and their
// bad twins. They end by themselves, for certify watches longer than tests may
// take.
var few = []Behaviour{
	{Scenario: "429-read-1", Threads: 1, Connection: Kept, Calls: 4, PaceMs: 200, Refused: Wait},
	{Scenario: "429-read-2", Threads: 1, Connection: Kept, Calls: 3, PaceMs: 300, Refused: Ignore},
	{Scenario: "429-read-2", Threads: 4, Connection: Own, Warm: true, Calls: 3, PaceMs: 100, Refused: Wait},
	{Scenario: "429-read-2", Threads: 4, Connection: Own, Warm: true, Calls: 4, PaceMs: 400, Refused: WaitAlone},
	{Scenario: "418-read", Threads: 3, Connection: Fresh, Calls: 2, Refused: Stop},
	{Scenario: "order-504-not-done", Threads: 1, Connection: Fresh, Calls: 1, Unknown: Resend},
	{Scenario: "order-504-not-done", Threads: 2, Connection: Kept, Calls: 2, Others: Trade, Unknown: LookUpResend},
	{Scenario: "withdraw-504-not-done", Threads: 1, Connection: Kept, Calls: 1, Unknown: Resend, AfterMs: 1000},
}

// TestSeatsAgree: certify in both ways, and lint of what a venue records in
// three formats, say of the few what is true, or nothing.
func TestSeatsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("clients play for some seconds")
	}
	list := slices.Clone(few)
	for i := range list {
		b := &list[i]
		b.Number, b.TimeoutMs, b.Exits, b.StaysMs = i, 10000, true, 4000
	}
	from := slices.Clone(seats)
	if err := process.CanIsolate(t.Context()); err != nil {
		t.Logf("without the isolated seat: %v", err)
		from = slices.DeleteFunc(from, func(s Seat) bool { return s == Isolated })
	}
	sights := watchAll(t.Context(), list, from, t.TempDir(), len(list)*len(from))
	s := sumUp(sights)
	for _, err := range s.errs {
		t.Errorf("expected a verdict, found none: %v", err)
	}
	for _, c := range s.contradictions {
		if c.Fault == Starving {
			t.Log(c) // the machine's doing, which tests must bear
			continue
		}
		t.Error(c)
	}
	for _, one := range sights {
		if one.Err != nil {
			continue
		}
		if !slices.ContainsFunc(clauses, func(c string) bool { return one.Truth[c].Answer == IsKept || one.Truth[c].Answer == IsBroken }) {
			// Between the margins: a busy machine squeezes what lay apart.
			t.Logf("behaviour %d, %s: no truth, found %v", one.Behaviour.Number, one.Seat, one.Truth)
		}
	}
	if n := s.decided(); n < len(list) {
		t.Errorf("expected %d verdicts at the least to be decided, found %d: seats that decide nothing agree always", len(list), n)
	}
}

// decided counts the verdicts that say something of a known truth.
func (s *sum) decided() (n int) {
	for c, times := range s.cells {
		if (c.truth == IsKept || c.truth == IsBroken) && (c.verdict == Pass || c.verdict == Fail) {
			n += times
		}
	}
	return n
}

// TestGenerate: a seed and a number always make the same behaviour, and all of
// them together meet every scenario and react in every way.
func TestGenerate(t *testing.T) {
	met, ways := map[string]bool{}, map[any]bool{}
	for n := range 500 {
		b := Generate(1, n)
		if !reflect.DeepEqual(b, Generate(1, n)) {
			t.Fatalf("behaviour %d: expected it twice, found two", n)
		}
		met[b.Scenario], ways[b.Refused], ways[b.Unknown], ways[b.Connection], ways[b.Others] = true, true, true, true, true
		text, err := json.Marshal(b)
		var back Behaviour
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		if err != nil || !reflect.DeepEqual(b, back) {
			t.Fatalf("behaviour %d: expected %s back, found %+v, %v", n, text, back, err)
		}
	}
	for _, s := range scenarios {
		if !met[s.name] {
			t.Errorf("no behaviour meets %s", s.name)
		}
	}
	for _, way := range []any{
		Kept, Fresh, Own, HTTP2, Read, Trade, Twin, Ignore, Wait, WaitLonger, WaitMillis, WaitPartly, WaitAlone, Stop,
		GiveUp, Resend, ResendSameID, LookUp, LookUpResend, ResendLookUp, TradeOn,
	} {
		if !ways[way] {
			t.Errorf("no behaviour has %v", way)
		}
	}
}

// TestScenarios: certify has all that behaviours meet, and serve takes them.
func TestScenarios(t *testing.T) {
	for _, s := range scenarios {
		if !slices.ContainsFunc(certify.Scenarios(), func(c *certify.Scenario) bool { return c.Name == s.name }) {
			t.Errorf("certify has no scenario %s", s.name)
		}
		if err := writeScenario(filepath.Join(t.TempDir(), "scenario.json"), s.name); err != nil {
			t.Error(err)
		}
	}
}

// TestInterrupted: who interrupts the long run has it end.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	o := options{n: 3, seed: 1, atOnce: 1, keep: t.TempDir(), seats: seats}
	if code, err := o.run(ctx, os.Stderr); code != 130 || err == nil {
		t.Errorf("expected 130 and an error, found %d, %v", code, err)
	}
}
