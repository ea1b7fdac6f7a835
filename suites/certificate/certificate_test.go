package certificate

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// said is what rules say of a client, by their IDs.
type said map[string]rule.Verdict

// judges are the rules that clients of these tests are judged by, with one for
// servers.
var judges = strings.Fields(`ms-request-times no-blind-resend no-blind-resend-wapi errors-on-any-endpoint
	get-params-in-query no-duplicate-params back-off-after-429 tells-rate-limit guards-silence silence-during-ban error-envelope`)

// tallyOf is a tally of the rules, each of which said its verdict once.
func tallyOf(said said) *rule.Tally {
	t := &rule.Tally{Edition: edition.DefaultID, Bounds: rule.Bounds{Findings: 100, OfAKind: 3}}
	for _, id := range judges {
		one := rule.RuleTally{ID: id}
		switch said[id] {
		case rule.Pass:
			one.Passed = 1
		case rule.Fail:
			one.Failed, one.Findings = 1, []rule.Finding{{Rule: id, Message: "It did not.", Expected: "this", Seen: "that"}}
		case rule.Inconclusive:
			one.Inconclusive, one.Doubts = 1, rule.Counts[int64]{"the clock is too coarse": new(int64(1))}
		case rule.Broken:
			one.Error = "index out of range"
		}
		t.Rules = append(t.Rules, one)
	}
	return t
}

// keepsAll is a client that reads and keeps every clause of the market-data
// profile.
func keepsAll() said {
	return said{
		"ms-request-times": rule.Pass, "errors-on-any-endpoint": rule.Pass, "get-params-in-query": rule.Pass, "back-off-after-429": rule.Pass,
		"tells-rate-limit": rule.Pass, "guards-silence": rule.Fail, "silence-during-ban": rule.Pass,
	}
}

func client(profile string) Target {
	return Target{Name: "small", Version: "1", Profile: profile, Command: []string{"./small"}, Mode: Drive, Reached: wire.Isolated, Reproduce: "mbxcheck certify -- ./small"}
}

// refused is a run of a client that spams.
func refused() *Run {
	all := keepsAll()
	all["back-off-after-429"] = rule.Fail
	return &Run{
		Tally: tallyOf(all), Target: client("all"), Version: "0.2.0",
		Scenarios: []Scenario{{Name: "429-read-1", Place: "/api", Outcome: Played, Tally: tallyOf(all)}, {Name: "418-read", Outcome: Broke, Note: "The client ended."}},
		Evidence:  map[string]Evidence{"back-off-after-429": {Cassette: "evidence/back-off-after-429.ndjson"}},
	}
}

func certified(t testing.TB, r *Run) *Certificate {
	t.Helper()
	c, err := New(r, time.Date(2026, 11, 24, 15, 30, 0, 999, time.FixedZone("", 3600)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func text(t testing.TB, c *Certificate) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reread holds a certificate against its schema, and what was read of it against
// what was written.
func reread(t *testing.T, c *Certificate) {
	t.Helper()
	written := text(t, c)
	again, err := Read("mbxcheck-report.yaml", bytes.NewReader(written))
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if !reflect.DeepEqual(c, again) {
		t.Errorf("expected\n%+v, read\n%+v", c, again)
	}
}

// TestWhatRefuses is the table of verdicts.
func TestWhatRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile string
		change  said
		want    string // clause:kind of each reason
	}{
		{"keeps all", "market-data", nil, ""},
		{"spams", "market-data", said{"back-off-after-429": rule.Fail}, "L08:failed"},
		{"spams and tells", "market-data", said{"back-off-after-429": rule.Fail, "tells-rate-limit": rule.Pass}, "L08:failed"},
		{"waits and hides", "market-data", said{"tells-rate-limit": rule.Fail}, ""},
		{"no retry, tells", "market-data", said{"back-off-after-429": rule.NotExercised}, ""},
		{"no retry, hides", "market-data", said{"back-off-after-429": rule.NotExercised, "tells-rate-limit": rule.Fail}, "L08:hidden"},
		{"never limited", "market-data", said{"back-off-after-429": rule.NotExercised, "tells-rate-limit": rule.NotExercised}, "L08:not-exercised"},
		{"undecided", "market-data", said{"back-off-after-429": rule.Inconclusive}, "L08:inconclusive"},
		{"broken", "market-data", said{"back-off-after-429": rule.Broken}, "L08:error"},
		{"a should", "market-data", said{"no-duplicate-params": rule.Fail}, ""},
		{"a server's rule", "market-data", said{"error-envelope": rule.Fail}, ""},
		{"a must outside the profile", "market-data", said{"no-blind-resend": rule.Fail}, "G10a:failed"},
		{"orders never seen", "trading", nil, "G10a:not-exercised"},
		{"orders seen, no withdrawal", "withdraw", said{"no-blind-resend": rule.Pass}, "G10a:not-exercised G11b:not-exercised"},
	} {
		all := keepsAll()
		for r, v := range c.change {
			all[r] = v
		}
		got := certified(t, &Run{Target: client(c.profile), Tally: tallyOf(all)})
		var reasons []string
		for _, r := range got.Reasons {
			reasons = append(reasons, r.Clause+":"+string(r.Kind))
		}
		if strings.Join(reasons, " ") != c.want || (got.Verdict == Certified) != (c.want == "") {
			t.Errorf("%s: expected %q, found %s with %q", c.name, c.want, got.Verdict, reasons)
		}
		reread(t, got)
	}
}

// TestPlacesCount: what was seen on /api is no evidence for /wapi, and a SHOULD
// kept there none for its MUST.
func TestPlacesCount(t *testing.T) {
	for _, c := range []struct {
		place string
		said  said
		want  int // reasons
	}{
		{"/wapi", said{"no-blind-resend": rule.Pass, "errors-on-any-endpoint": rule.Pass}, 0},
		{"/api", said{"no-blind-resend": rule.Pass, "errors-on-any-endpoint": rule.Pass}, 2},
		{"", said{"no-blind-resend": rule.Pass, "errors-on-any-endpoint": rule.Pass}, 2},
		{"/wapi", said{"no-blind-resend-wapi": rule.Pass, "errors-on-any-endpoint": rule.Pass}, 1},
		{"/wapi", said{"no-blind-resend-wapi": rule.Fail, "errors-on-any-endpoint": rule.Pass}, 1},
	} {
		all := keepsAll()
		all["no-blind-resend"] = rule.Pass
		got := certified(t, &Run{Target: client("withdraw"), Tally: tallyOf(all),
			Scenarios: []Scenario{{Name: "x", Place: c.place, Outcome: Played, Tally: tallyOf(c.said)}}})
		if len(got.Reasons) != c.want {
			t.Errorf("%q %v: expected %d reasons, found %v", c.place, c.said, c.want, got.Reasons)
		}
	}
}

// TestDecidedOccasions: a certificate needs each MUST of the profile decided,
// with no doubt beside it, in one scenario at least.
func TestDecidedOccasions(t *testing.T) {
	resends := func(v rule.Verdict, inDoubt int64) *rule.Tally {
		tally := tallyOf(said{"no-blind-resend": v})
		for i := range tally.Rules {
			if tally.Rules[i].ID == "no-blind-resend" && inDoubt > 0 {
				tally.Rules[i].Inconclusive, tally.Rules[i].Doubts = inDoubt, rule.Counts[int64]{"both may have been under way": new(int64(inDoubt))}
			}
		}
		return tally
	}
	for _, c := range []struct {
		name  string
		parts []*rule.Tally // of the scenarios on /api
		want  ReasonKind
	}{
		{"decided", []*rule.Tally{resends(rule.Pass, 0)}, ""},
		{"decided in one scenario, in doubt in another", []*rule.Tally{resends(rule.Pass, 0), resends(rule.NotExercised, 3)}, ""},
		{"in doubt alone", []*rule.Tally{resends(rule.NotExercised, 1)}, BecauseInconclusive},
		{"a doubt beside each pass", []*rule.Tally{resends(rule.Pass, 1), resends(rule.Pass, 2)}, BecauseInconclusive},
		{"broken, and in doubt", []*rule.Tally{resends(rule.Fail, 2)}, BecauseFailed},
		{"nothing", nil, BecauseNotExercised},
	} {
		r := &Run{Target: client("trading"), Tally: tallyOf(keepsAll())}
		for _, part := range c.parts {
			r.Tally.Merge(part)
			r.Scenarios = append(r.Scenarios, Scenario{Name: "x", Place: "/api", Outcome: Played, Tally: part})
		}
		got := certified(t, r)
		var found ReasonKind
		for _, reason := range got.Reasons {
			if reason.Clause == "G10a" {
				found = reason.Kind
			}
		}
		if found != c.want {
			t.Errorf("%s: expected %q, found %q: %v", c.name, c.want, found, got.Reasons)
		}
		reread(t, got)
	}
}

// TestNoCertificateWithoutProfile: nobody is certified for nothing.
func TestNoCertificateWithoutProfile(t *testing.T) {
	for _, profile := range []string{"", "gambling"} {
		run := &Run{Tally: tallyOf(nil), Target: Target{Profile: profile}}
		if _, err := New(run, time.Now()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", profile)) {
			t.Errorf("expected the profile %q in the error, found %v", profile, err)
		}
	}
}

// TestWrongCertificates: what does not keep the schema, or contradicts itself, is
// refused with what is wrong.
func TestWrongCertificates(t *testing.T) {
	good := string(text(t, certified(t, refused())))
	for _, c := range []struct{ from, to, want string }{
		{good, "", "empty file"},
		{"verdict: refused", "verdict: certified", "reasons if and only if"},
		{"verdict: refused", "verdict: perfect", "x.yaml:7: verdict"},
		{"verdict: refused\n", "", "verdict is required"},
		{"profile: all", "profile: gambling", "profile"},
		{"profile: all", "profile: &p all\nedition: *p #", "anchors"},
		{"evidence/back-off-after-429.ndjson", "../../etc/passwd", "below"},
		{"evidence/back-off-after-429.ndjson", "javascript:alert(1)", "below"},
		{"evidence/back-off-after-429.ndjson", "/etc/passwd", "below"},
		{"evidence/back-off-after-429.ndjson", `a\\b`, "below"},
		{"id: L08b", "id: L08", "twice"},
		{"id: L08b", "id: X99", "id"},
		{"date: 2026-11-24T14:30:00Z", "date: yesterday", "date"},
		{"mode: drive", "mode: drive\nmode: observe", "already defined"},
		{"mode: drive", "mode: drive\nmood: drive", "mood"},
		{"# A certificate", "a: [\n# A", "x.yaml"},
		{"# A certificate", "# " + strings.Repeat("x", 1<<20), "1048576 bytes"},
	} {
		wrong := strings.Replace(good, c.from, c.to, 1)
		if wrong == good {
			t.Errorf("%q does not stand in the certificate", c.from)
		}
		if _, err := Read("x.yaml", strings.NewReader(wrong)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q for %.60q: expected an error with %q, found %v", c.to, c.from, c.want, err)
		}
	}
	if _, err := Open("testdata/none.yaml"); err == nil {
		t.Error("expected an error for a file that is not there")
	}
}

// FuzzReadCertificate: what is read can be written, and read again.
func FuzzReadCertificate(f *testing.F) {
	for _, run := range []*Run{refused(), {Target: client("market-data"), Tally: tallyOf(keepsAll())}} {
		f.Add(text(f, certified(f, run)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Read("x.yaml", bytes.NewReader(data))
		if err != nil {
			return
		}
		again := text(t, c)
		if _, err := Read("x.yaml", bytes.NewReader(again)); err != nil {
			t.Errorf("%v\n%s", err, again)
		}
	})
}
