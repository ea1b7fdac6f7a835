package general

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/proof"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// notTranslated are cases that say something else in the toy's words.
var notTranslated = map[string]string{
	"ms-response-times/bad-second-row.txt": "the wrong unit is the greater one in the document and the smaller one in the toy, where the list of it falls too",
	"proxy-keeps-path/good-prefix.txt":     "a path with a prefix is not translated",
	"proxy-keeps-framing/bad-inner.txt":    "a request that stands in a body is not translated",
	"proxy-keeps-framing/bad-delete.txt":   "a request that stands in a body is not translated",
}

// toyCases are the cases in the toy's words, as far as their endpoints have
// counterparts.
func toyCases(t *testing.T) fstest.MapFS {
	t.Helper()
	cases := fstest.MapFS{}
	files, err := fs.Glob(Cases, "testdata/*/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(Cases, file)
		if err != nil {
			t.Fatal(err)
		}
		translated, ok := toyText(string(text))
		if ok && notTranslated[strings.TrimPrefix(file, "testdata/")] == "" {
			cases[file] = &fstest.MapFile{Data: []byte(translated)}
		}
	}
	return cases
}

// The rules say of each case the same in the toy's words, and each plant breaks there
// what it breaks in the document's.
func TestRulesKeepTheToyEdition(t *testing.T) {
	t.Parallel()
	s := &proof.SelfTest{Rules: rule.All(toy), Cases: toyCases(t), Edition: toy}
	for _, p := range s.Run() {
		t.Error(p)
	}
	const rules, most = 70, 1000 // most cases have counterparts, or this shows little
	if s.PlantsRun < rules || s.CasesRun < most {
		t.Errorf("expected %d plants and %d cases or more, found %d and %d", rules, most, s.PlantsRun, s.CasesRun)
	}
	t.Logf("%d rules, %d cases, %d plants", len(s.Rules), s.CasesRun, s.PlantsRun)
}

func TestToyNoticesEveryDeafRule(t *testing.T) {
	t.Parallel()
	rules, cases := rule.All(toy), toyCases(t)
	for _, r := range rules {
		s := &proof.SelfTest{Rules: proof.Deafen(rules, r.ID), Cases: cases, Edition: toy}
		if r.Judges() && !noticed(s.RunRule(r.ID), r.ID) {
			t.Errorf("%s: the self-test did not notice that the rule is deaf", r.ID)
		}
	}
}

// The toy's own words, written by hand: a slip of the translation can't hide here.
func TestRulesReadTheToy(t *testing.T) {
	t.Parallel()
	const refused = ">\nGET https://trade.toy.example/spot/book?market=NOPE HTTP/1.1\n\n<\nHTTP/1.1 400 Bad Request\n\n"
	for name, c := range map[string]struct {
		text string
		says map[string]rule.Verdict
	}{
		"a refusal": {refused + `{"fault":-41121,"reason":"Unheard-of market."}`, map[string]rule.Verdict{
			"error-envelope": rule.Pass, "known-error-code": rule.Pass, "negative-code": rule.Pass, "used-weight-header": rule.Pass, "base-endpoint": rule.Pass}},
		"a refusal in the document's words": {refused + `{"code":-1121,"msg":"Invalid symbol."}`, map[string]rule.Verdict{
			"error-envelope": rule.Fail, "known-error-code": rule.NotExercised}},
		"microseconds": {">\nGET https://trade.toy.example/spot/clock HTTP/1.1\n\n<\nHTTP/1.1 200 OK\n\n{\"now\":1563616810000000}", map[string]rule.Verdict{
			"ms-response-times": rule.Pass}},
		"milliseconds": {">\nGET https://trade.toy.example/spot/clock HTTP/1.1\n\n<\nHTTP/1.1 200 OK\n\n{\"now\":1563616810000}", map[string]rule.Verdict{
			"ms-response-times": rule.Fail}},
		"a counter that falls": {">\nGET https://trade.toy.example/spot/alive HTTP/1.1\n\n<\nHTTP/1.1 200 OK\nUsed-Credits: 15\n\n{}\n" +
			">\nGET https://trade.toy.example/spot/alive HTTP/1.1\n\n<\nHTTP/1.1 200 OK\nUsed-Credits: 3\n\n{}", map[string]rule.Verdict{
			"used-weight-per-minute": rule.Fail, "json-body": rule.Pass}},
		"no counter": {">\nGET https://trade.toy.example/spot/alive HTTP/1.1\n\n<\nHTTP/1.1 200 OK\nX-MBX-USED-WEIGHT: 3\nUsed-Credits: -\nCredits-Trace: a\n\n{}", map[string]rule.Verdict{
			"used-weight-header": rule.Fail}},
		"another family": {">\nGET https://trade.toy.example/vault/payouts?good=NOPE&clock=1563616810000000&seal=00 HTTP/1.1\n\n<\nHTTP/1.1 200 OK\n\n{\"done\":false,\"reason\":\"No.\"}", map[string]rule.Verdict{
			"wapi-error-envelope": rule.Pass, "ms-request-times": rule.Pass, "used-weight-header": rule.NotExercised}},
		"a limit": {">\nGET https://trade.toy.example/spot/alive HTTP/1.1\n\n<\nHTTP/1.1 400 Bad Request\n\n{\"fault\":-41003,\"reason\":\"Too many knocks.\"}", map[string]rule.Verdict{
			"rate-limit-status": rule.Fail}},
	} {
		parsed, err := conversation.Parse(toy, name, c.text)
		if err != nil {
			t.Fatal(err)
		}
		rules := rule.All(toy)
		tally := engine.Judge(rules, toy, parsed.Exchanges)
		for i, r := range rules {
			if want, asked := c.says[r.ID]; asked && tally.Rules[i].Verdict() != want {
				t.Errorf("%s: expected %s of %s, found %s", name, want, r.ID, tally.Rules[i].Verdict())
			}
		}
	}
}

// TestToySignaturesAreHidden: what signs is a secret by the name that the edition has for
// it, whatever it looks like.
func TestToySignaturesAreHidden(t *testing.T) {
	const host, secret = "https://trade.toy.example", "Open-sesame"
	for id, text := range map[string]string{
		"proxy-keeps-bytes": "> #f hop=1/front\nPOST " + host + "/spot/v3/order?way=BUY&clock=1563616810000000&seal=" + secret + " HTTP/1.1\n\n" +
			"> #b +5ms hop=1/behind\nPOST " + host + "/spot/v3/order?way=SELL&clock=1563616810000000&s%65al=" + secret + " HTTP/1.1\n\n" +
			"< #b\nHTTP/1.1 400 Bad Request\n\n{\"fault\":-41022,\"reason\":\"No.\"}\n\n< #f\nHTTP/1.1 400 Bad Request\n\n{\"fault\":-41022,\"reason\":\"No.\"}\n",
		"no-duplicate-params": ">\nPOST " + host + "/spot/v3/order?seal=" + secret + " HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n\nseal=" + secret + "2\n\n<\nHTTP/1.1 200 OK\n\n{}\n",
	} {
		c, err := conversation.Parse(toy, id, text)
		if err != nil {
			t.Fatal(err)
		}
		rules := slices.DeleteFunc(rule.All(toy), func(r *rule.Rule) bool { return r.ID != id })
		found := engine.Judge(rules, toy, c.Exchanges).Rules[0].Findings
		if len(found) != 1 {
			t.Fatalf("%s: expected a finding, found %d", id, len(found))
		}
		if all := fmt.Sprint(found); strings.Contains(all, secret[4:]) || !strings.Contains(all, "al=…") {
			t.Errorf("%s: expected the signature to be hidden, found %s", id, all)
		}
	}
}
