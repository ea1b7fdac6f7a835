package reports

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Rules of the three grades, beside backsOff.
var (
	tellsLimit = registered(rule.Rule{
		ID: "tells-rate-limit", Clauses: []string{"L08"}, Party: clause.Client, Level: clause.Should, New: probes,
		Doc: rule.Doc{Demands: "The caller learns that a 429 came, and how long to wait.", Mend: "Pass status and Retry-After on."},
	})
	guardsLimit = registered(rule.Rule{
		ID: "guards-rate-limit", Clauses: []string{"L08"}, Party: clause.Client, Level: clause.Info, New: probes,
		Doc: rule.Doc{Demands: "What the caller asks for inside the silence is held back.", Mend: "Nothing has to be mended."},
	})
	query = registered(rule.Rule{
		ID: "query-of-a-get", Clauses: []string{"G14"}, Party: clause.Client, Level: clause.Must, Check: checks,
		Doc: rule.Doc{Demands: "The parameters of a GET stand in the query string.", Mend: "Move them there."},
	})
	millis = registered(rule.Rule{
		ID: "milliseconds", Clauses: []string{"G04b"}, Party: clause.Client, Level: clause.Must, Check: checks,
		Doc: rule.Doc{Demands: "Time parameters are in milliseconds.", Mend: "Multiply by 1000."},
	})
	copes = registered(rule.Rule{
		ID: "copes", Clauses: []string{"G11b"}, Party: clause.Client, Level: clause.Must, New: probes,
		Doc: rule.Doc{Demands: "A client copes with an error from every route.", Mend: "Look at the status first."},
	})
	banned = registered(rule.Rule{
		ID: "silent-when-banned", Clauses: []string{"L08b"}, Party: clause.Client, Level: clause.Must, New: probes,
		Doc: rule.Doc{Demands: "After a 418 the client sends nothing until the ban is over.", Mend: "Stop."},
	})
	resend = registered(rule.Rule{
		ID: "no-resend", Clauses: []string{"G10a"}, Party: clause.Client, Level: clause.Must, New: probes,
		Doc: rule.Doc{Demands: "A call of UNKNOWN outcome is not sent again.", Mend: "Look it up."},
	})
	resendWAPI = registered(rule.Rule{
		ID: "no-resend-wapi", Clauses: []string{"G10a"}, Party: clause.Client, Level: clause.Should, New: probes,
		Doc: rule.Doc{Demands: "Nor after another 5XX of /wapi.", Mend: "Look it up."},
	})
)

func clientRules() []*rule.Rule {
	return []*rule.Rule{millis, resend, resendWAPI, copes, query, sorted, once, backsOff, tellsLimit, guardsLimit, banned}
}

// heardBy is a tally of the client rules, to each of which v was said once.
func heardBy(said map[*rule.Rule]rule.Verdict) *rule.Tally {
	t := &rule.Tally{Edition: edition.DefaultID, Traffic: rule.Traffic{Files: 1, Exchanges: 7}, Bounds: rule.Bounds{Findings: 100, OfAKind: 3}}
	for _, r := range clientRules() {
		rt := rule.RuleTally{ID: r.ID}
		switch said[r] {
		case rule.Pass:
			rt.Passed = 1
		case rule.Fail:
			rt.Failed = 1
			rt.Findings = []rule.Finding{finding(r, "", "what the clause asks for", "something else", at("run.har", 10, 3, "", "GET", "/api/v1/klines", 200))}
		case rule.Inconclusive:
			rt.Inconclusive, rt.Doubts = 1, rule.Counts[int64]{"the clock is too coarse": new(int64(1))}
		case rule.Broken:
			rt.Error = "index out of range"
		}
		t.Rules = append(t.Rules, rt)
	}
	return t
}

// keepsAll is a client that reads and keeps every clause of the market-data
// profile.
func keepsAll() map[*rule.Rule]rule.Verdict {
	return map[*rule.Rule]rule.Verdict{
		millis: rule.Pass, copes: rule.Pass, query: rule.Pass, backsOff: rule.Pass, tellsLimit: rule.Pass, guardsLimit: rule.Fail, banned: rule.Pass,
	}
}

func sampleTarget() *certificate.Target {
	return &certificate.Target{
		Name: "ccxt", Version: "4.5.1", Configuration: "maxRetriesOnFailure=3", Language: "JavaScript", Contact: "who@example.com",
		Profile: "market-data", Command: []string{"node", "driver.mjs", "--retries", "3"}, Mode: certificate.Drive, Reached: wire.Isolated,
		Reproduce: "mbxcheck certify --profile market-data -- node driver.mjs --retries 3",
	}
}

// of is a report of a client, with a certificate that is decided upon.
func of(target *certificate.Target, r Report) *Report {
	run := &certificate.Run{Tally: r.Tally, Target: *target, Scenarios: r.Scenarios, Evidence: r.Evidence, Partial: r.Partial, Version: r.Version}
	c, err := certificate.New(run, time.Date(2026, 11, 24, 15, 30, 0, 999, time.FixedZone("", 3600)))
	if err != nil {
		panic(err)
	}
	r.Certificate = c
	return &r
}

func certificateText(t *testing.T, c *certificate.Certificate) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reread holds a certificate against its schema, and what was read of it
// against what was written.
func reread(t *testing.T, c *certificate.Certificate) *certificate.Certificate {
	t.Helper()
	text := certificateText(t, c)
	again, err := certificate.Read("mbxcheck-report.yaml", bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !reflect.DeepEqual(c, again) {
		t.Errorf("expected\n%+v, read\n%+v", c, again)
	}
	if second := certificateText(t, again); !bytes.Equal(text, second) {
		t.Errorf("expected the same bytes, found\n%s", second)
	}
	return again
}

// refusedReport is a client that spams after 429, hides what it was told and
// resends on /wapi.
func refusedReport() *Report {
	target := sampleTarget()
	target.Profile = "all"
	return of(target, refused())
}

func refused() Report {
	said := keepsAll()
	said[backsOff], said[tellsLimit], said[once], said[banned] = rule.Fail, rule.Fail, rule.Fail, rule.NotExercised
	limit := heardBy(map[*rule.Rule]rule.Verdict{backsOff: rule.Fail, tellsLimit: rule.Fail, query: rule.Pass})
	order := heardBy(map[*rule.Rule]rule.Verdict{resend: rule.Pass, once: rule.Fail})
	said[resend] = rule.Pass
	return Report{
		Tally: heardBy(said), Version: "0.2.0", Width: 80,
		Scenarios: []certificate.Scenario{
			{Name: "limit-429", Outcome: certificate.Played, Tally: limit},
			{Name: "order-unknown", Place: "/api", Outcome: certificate.Played, Tally: order},
			{Name: "withdraw-504", Place: "/wapi", Outcome: certificate.Unsupported, Note: "The driver has no op withdraw."},
			{Name: "ban-418", Outcome: certificate.Broke, Note: "The client ended with exit code 1: Error: read ECONNRESET"},
		},
		Evidence: map[string]certificate.Evidence{backsOff.ID: {
			Cassette: "evidence/L08-limit-429.yaml",
			Venue:    "mbxcheck serve --scenario 429-read-1",
			Curl:     "curl -H 'X-MBX-APIKEY: 0123456789abcdef0123456789abcdef' 'https://api.binance.com/api/v1/klines?symbol=BTCUSDT'",
			Timeline: sampleTimeline(),
		}},
	}
}

func TestCertificateGolden(t *testing.T) {
	plain := of(sampleTarget(), Report{Tally: heardBy(keepsAll()), Version: "0.2.0"}).Certificate
	for name, c := range map[string]*certificate.Certificate{"certified.yaml": plain, "refused.yaml": refusedReport().Certificate} {
		c.Tool.RulesDigest = "sha256:" + strings.Repeat("0", 64) // of the registered rules, which other tests add to
		golden(t, name, certificateText(t, c))
		reread(t, c)
	}
}

// TestWatchedCanBeCertified: a program that is watched is not asked for what
// its requests do not show, and its certificate says so; one that is driven is.
func TestWatchedCanBeCertified(t *testing.T) {
	shown := map[*rule.Rule]rule.Verdict{query: rule.Pass, backsOff: rule.Pass, banned: rule.Pass} // neither G11b, nor G04b
	for _, c := range []struct {
		mode   certificate.Mode
		change rule.Verdict // of L08
		want   string
	}{
		{certificate.Observe, rule.Pass, ""},
		{certificate.Drive, rule.Pass, "G04b:not-exercised G11b:not-exercised"},
		{certificate.Observe, rule.NotExercised, "L08:not-exercised"},
		{certificate.Observe, rule.Inconclusive, "L08:inconclusive"},
		{certificate.Observe, rule.Fail, "L08:failed"},
	} {
		shown[backsOff] = c.change
		target := sampleTarget()
		target.Mode = c.mode
		r := of(target, Report{Tally: heardBy(shown), Width: 200})
		got := reread(t, r.Certificate)
		var reasons []string
		for _, one := range got.Reasons {
			reasons = append(reasons, one.Clause+":"+string(one.Kind))
		}
		if found := strings.Join(reasons, " "); found != c.want || (got.Verdict == certificate.Certified) != (c.want == "") {
			t.Errorf("%s, L08 %s: expected %q, found %s with %q", c.mode, c.change, c.want, got.Verdict, found)
		}
		const unasked = "not asked whether it copes with error payloads (G11b), what it tells whoever uses it"
		if text := string(written(t, "text", r)); strings.Contains(text, unasked) != (c.mode == certificate.Observe) {
			t.Errorf("%s: expected %q if and only if it was watched, in\n%s", c.mode, unasked, text)
		}
		if (len(got.NotAsked) > 0) != (c.mode == certificate.Observe) {
			t.Errorf("%s: found %v", c.mode, got.NotAsked)
		}
		judgeSchema(t, reportSchema, string(c.mode), written(t, "json", r))
	}
}

// TestLeftOutIsTold: what a client was not held against stands on its
// certificate, in every report and in the sentence of the verdict.
func TestLeftOutIsTold(t *testing.T) {
	target := sampleTarget()
	target.LeftOut = []certificate.LeftOut{{Profile: "trading", Why: "it has no call placeOrder"}, {Profile: "withdraw", Why: "it withdraws on /sapi, not on /wapi"}}
	r := of(target, Report{Tally: heardBy(keepsAll()), Width: 200})
	got := reread(t, r.Certificate)
	const sentence = "certified for market-data: it was seen to keep each MUST that it was asked for; left out, having no calls for it: trading, withdraw"
	if got.Sentence() != sentence || len(got.LeftOut) != 2 {
		t.Errorf("expected %q, found %q and %v", sentence, got.Sentence(), got.LeftOut)
	}
	watched := *target
	watched.Mode, watched.LeftOut = certificate.Observe, []certificate.LeftOut{{Profile: "trading", Why: "it changed no order on /api while it was watched"}}
	const seen = "left out, no call of it having been seen: trading"
	if got := of(&watched, Report{Tally: heardBy(keepsAll())}).Certificate.Sentence(); !strings.HasSuffix(got, seen) {
		t.Errorf("expected %q of a program that is watched, found %q", seen, got)
	}
	for format, want := range map[string]string{
		"text":     "left out: trading, since it has no call placeOrder; withdraw, since it withdraws on /sapi, not on /wapi; to ask for it all the same: --profile all",
		"markdown": "Left out: trading, since it has no call placeOrder;",
		"json":     `"why": "it has no call placeOrder"`,
	} {
		if out := written(t, format, r); !strings.Contains(string(out), want) {
			t.Errorf("%s: expected %q in\n%s", format, want, out)
		}
	}
	judgeSchema(t, reportSchema, "left out", written(t, "json", r))
	for _, format := range []string{"markdown", "html", "json"} {
		if table := matrixText(t, format, []certificate.Row{{File: "x.yaml", Certificate: got}}, "."); !bytes.Contains(table, []byte("having no calls for it: trading, withdraw")) {
			t.Errorf("%s: expected why in\n%s", format, table)
		}
	}
}

// hostileReport says text wherever a driver, a user or a recording may.
func hostileReport(text string) *Report {
	r := refused()
	r.Version, r.Warning = text, text
	for i := range r.Scenarios {
		r.Scenarios[i].Name, r.Scenarios[i].Note, r.Scenarios[i].Output = text, text, text
		r.Scenarios[i].Presence = &certificate.Presence{Exit: text, Names: []string{text}, Told: text}
	}
	for i := range r.Tally.Rules {
		for j := range r.Tally.Rules[i].Findings {
			f := &r.Tally.Rules[i].Findings[j]
			f.Message, f.Expected, f.Seen, f.Hint = text, text, text, text
		}
	}
	r.Evidence[backsOff.ID] = certificate.Evidence{Cassette: text, Curl: text, Timeline: Timeline{{Who: certificate.Client, Text: text, Finding: true}, {At: 1, Who: certificate.Speaker(text), Text: text}}}
	return of(&certificate.Target{
		Name: text, Version: text, Configuration: text, Language: text, Contact: text, Profile: "all",
		Command: []string{text, "", text}, Mode: certificate.Drive, Reached: wire.ByURL, Reproduce: text,
	}, r)
}

func TestHostileCertificates(t *testing.T) {
	for _, text := range append(hostile, strings.Repeat("x", 5000), strings.Repeat("́", 5000), "null", "~", "2026-11-24", "0x10", "- a", "a: b", "# c", "'", `"`) {
		judgeCertificate(t, text)
	}
}

func FuzzHostileCertificate(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { judgeCertificate(t, text) })
}

func judgeCertificate(t *testing.T, text string) {
	t.Helper()
	c := hostileReport(text).Certificate
	judgeVisible(t, "certificate", text, certificateText(t, c))
	reread(t, c)
}

func TestSecretsAreMasked(t *testing.T) {
	key := "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
	r := hostileReport("signature=" + key)
	var all bytes.Buffer
	all.Write(certificateText(t, r.Certificate))
	all.Write(timelines(t, Timeline(r.Evidence[backsOff.ID].Timeline), Style{}))
	if strings.Contains(all.String(), key[4:]) {
		t.Errorf("the key stands in\n%s", all.String())
	}
	if !strings.Contains(all.String(), fmt.Sprintf("signature=%s…", key[:4])) {
		t.Error("expected the mask")
	}
}
