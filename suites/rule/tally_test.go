package rule

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// leftOut counts exchanges of a host that is not judged.
func leftOut(t *Tally, url string) {
	f := factsOf(url)
	t.LeaveOut(ShortName(f.Host), f.Family.Known())
}

// Tallies of two recordings merge to that of both: every count of one is added to
// the other's.
func TestTalliesAddUp(t *testing.T) {
	one := func(n int64) *Tally {
		tally := &Tally{Rules: []RuleTally{{ID: "r", Passed: n, Failed: 2 * n, Inconclusive: 3 * n}}}
		fields := reflect.ValueOf(&tally.Traffic).Elem()
		for i := range fields.NumField() {
			if f := fields.Field(i); f.Kind() == reflect.Int64 {
				f.SetInt(n * int64(i+1))
			}
		}
		for i := range tally.Traffic.Artefacts {
			tally.Traffic.Artefacts[i] = n * int64(i+1)
		}
		tally.Rules[0].doubt("why", n)
		tally.Errors = []InputError{NewInputError("a.har", int(n), fmt.Errorf("error %d", n))}
		for range n {
			leftOut(tally, "https://other.example/api/v1/ping")
			leftOut(tally, "https://other.example/index.html")
			tally.Traffic.Skipped -= 2 // counted above
			tally.PassOver("file")
			tally.Traffic.Unrecognised--
		}
		return tally
	}
	got := one(2)
	got.Merge(one(3))
	want := one(5)
	want.Errors = append(one(2).Errors, one(3).Errors...)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("expected\n%+v\nfound\n%+v", want, got)
	}
	if h := got.LeftOut.Of("other.example"); h.Exchanges != 10 || h.API != 5 || got.PassedOver.Counts.Of("file") != 5 {
		t.Errorf("expected 10 exchanges, 5 of them of the API, and 5 files, found %+v and %v", h, got.PassedOver)
	}
	if r := &got.Rules[0]; r.Decided() != 15 || r.Exercised() != 30 || r.Doubts.Of("why") != 5 {
		t.Errorf("expected 15 decided of 30, 5 for one reason, found %d, %d and %v", r.Decided(), r.Exercised(), r.Doubts)
	}
}

// Of the ways in which a check broke the first in order is told, whoever met it.
func TestFirstErrorIsTold(t *testing.T) {
	for _, c := range [][3]string{{"", "b", "b"}, {"a", "b", "a"}, {"b", "a", "a"}, {"a", "", "a"}} {
		a, b := RuleTally{Error: c[0]}, RuleTally{Error: c[1]}
		if a.merge(&b, Bounds{}); a.Error != c[2] {
			t.Errorf("%q and %q: expected %q, found %q", c[0], c[1], c[2], a.Error)
		}
	}
}

// A verdict is the worst that was counted.
func TestVerdicts(t *testing.T) {
	for want, r := range map[Verdict]RuleTally{
		NotExercised: {}, Pass: {Passed: 1, Inconclusive: 1}, Inconclusive: {Inconclusive: 1}, Fail: {Passed: 1, Failed: 1, Inconclusive: 1}, Broken: {Failed: 1, Error: "x"},
	} {
		if got := r.Verdict(); got != want {
			t.Errorf("%+v: expected %s, found %s", r, want, got)
		}
	}
	if got := fmt.Sprint(NotExercised, Pass, Inconclusive, Fail, Broken); got != "not-exercised pass inconclusive fail error" {
		t.Errorf("found %s", got)
	}
}

// Hosts, and reasons, beyond their bounds are counted no more; those that are
// known go on.
func TestBoundsOfATally(t *testing.T) {
	host := func(i int) string { return fmt.Sprintf("h%03d.example", i) }
	var tally Tally
	for i := range maxHosts + 5 {
		leftOut(&tally, "https://"+host(maxHosts+4-i)+"/")
	}
	leftOut(&tally, "https://"+host(0)+"/")
	if len(tally.LeftOut) != maxHosts || tally.LeftOut.Of(host(0)).Exchanges != 2 || tally.LeftOut.Of(host(maxHosts)) != (HostCount{}) || tally.Traffic.Skipped != maxHosts+6 {
		t.Errorf("expected the first %d hosts and all exchanges counted, found %d and %d", maxHosts, len(tally.LeftOut), tally.Traffic.Skipped)
	}
	other := Tally{LeftOut: Counts[HostCount]{host(1): {Exchanges: 3, API: 1}, "new.example": {Exchanges: 1}, "a.example": {Exchanges: 7}}}
	tally.Merge(&other)
	if h := tally.LeftOut.Of(host(1)); h.Exchanges != 4 || h.API != 1 || tally.LeftOut.Of("new.example") != (HostCount{}) || tally.LeftOut.Of("a.example").Exchanges != 7 || len(tally.LeftOut) != maxHosts {
		t.Errorf("expected the known host to be added to, and of the others the first in order to be kept, found %+v", tally.LeftOut)
	}
	var empty Tally
	if empty.Merge(&other); len(empty.LeftOut) != 3 || empty.LeftOut.Of("new.example") != other.LeftOut.Of("new.example") {
		t.Errorf("expected the hosts of the other, found %v", empty.LeftOut)
	}
	var r RuleTally
	for i := range maxDoubts + 3 {
		r.doubt(fmt.Sprintf("%02d", maxDoubts+2-i), 1)
	}
	r.doubt("00", 1)
	if r.doubt("99", 1); len(r.Doubts) != maxDoubts || r.Doubts.Of("00") != 2 || r.Doubts.Of(fmt.Sprint(maxDoubts-1)) != 1 {
		t.Errorf("expected the first %d reasons, found %v", maxDoubts, r.Doubts)
	}
}

// What no build should ship is refused, with what is wrong.
func TestRulesThatAreNone(t *testing.T) {
	ok := Rule{ID: "none-such", Clauses: []string{"G01"}, Since: "2026-11", Check: func(*Trial, *traffic.Facts) {}}
	if err := ok.valid(); err != nil {
		t.Errorf("expected a rule, found %v", err)
	}
	for want, change := range map[string]func(r *Rule){
		"expected a clause, found none":                                                             func(r *Rule) { r.Clauses = nil },
		`expected a clause of the document, found "X99"`:                                            func(r *Rule) { r.Clauses = []string{"G01", "X99"} },
		"expected one of Check, New, Pair and NotHere, found none":                                  func(r *Rule) { r.Check = nil },
		"expected Check alone, found New, Pair or NotHere beside it":                                func(r *Rule) { r.NotHere = "why" },
		"expected Check alone, found New, Pair or NotHere beside it ":                               func(r *Rule) { r.New = func() Probe { return Probe{} } },
		"expected Check alone, found New, Pair or NotHere beside it  ":                              func(r *Rule) { r.Pair = func(*Trial, *Relay) {} },
		"expected one of New and Pair, found both":                                                  func(r *Rule) { r.Check, r.Pair, r.New = nil, func(*Trial, *Relay) {}, func() Probe { return Probe{} } },
		"expected On of a rule with Check, found it with Pair":                                      func(r *Rule) { r.Check, r.Pair, r.On = nil, func(*Trial, *Relay) {}, OnWeighed },
		`expected in Since the month the rule came in, as 2026-11, found ""`:                        func(r *Rule) { r.Since = "" },
		`expected in Since the month the rule came in, as 2026-11, found "2026-13"`:                 func(r *Rule) { r.Since = "2026-13" },
		"expected Needs of a rule with New, found it without: only probes have a client's evidence": func(r *Rule) { r.Needs = NeedsBans },
	} {
		r := ok
		change(&r)
		if err := r.valid(); err == nil || err.Error() != strings.TrimSpace(want) {
			t.Errorf("expected %q, found %v", want, err)
		}
	}
	if file, line := ok.Source(); file != "" || line != 0 {
		t.Errorf("expected no source of a rule that nobody registered, found %s:%d", file, line)
	}
	for level, want := range map[clause.Level]int{clause.Must: 4, clause.Should: 3, clause.May: 2, clause.Info: 1} {
		if got := Severity(level); got != want {
			t.Errorf("%s: expected %d, found %d", level, want, got)
		}
	}
}

// Patterns of hosts, with any number of stars.
func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"a*", "abc", true}, {"a*", "ba", false}, {"*c", "abc", true}, {"*c", "abd", false}, {"a*c", "ac", true}, {"a*b*c", "axbxc", true}, {"a*b*c", "axc", false},
		{"a*bb*b", "abb", false}, {"a*bb*b", "abbb", true}, {"*.x.*", "a.x.b", true}, {"*.x.*", "a.y.b", false}, {"ab*ba", "aba", false}, {"", "", true}, {"", "a", false}, {"*", "", true}, {"a**c", "abc", true},
	} {
		if got := globMatch(c.pattern, c.s); got != c.want {
			t.Errorf("%s on %s: expected %t, found %t", c.pattern, c.s, c.want, got)
		}
	}
	h, err := NewHosts([]string{"[::1]:8080", "Example.COM:9*"})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]bool{"http://[::1]:8080/": true, "http://[::1]:8081/": false, "http://example.com:91/": true, "http://example.com:81/": false} {
		if got := h.Match(factsOf(url)); got != want {
			t.Errorf("%s: expected %t, found %t", url, want, got)
		}
	}
}

// The digest names what gives a verdict: other rules, another digest; the same,
// the same.
func TestDigestMindsTheRules(t *testing.T) {
	empty, other := Digest(&edition.Edition{ID: "none"}), Digest(&edition.Edition{ID: "another"})
	if empty == other || empty != Digest(&edition.Edition{ID: "none"}) || len(empty) != 64 {
		t.Errorf("expected a digest of the edition, found %s and %s", empty, other)
	}
}
