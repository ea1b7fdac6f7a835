package general

import (
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

// notByData are the rules that do not hold in the toy edition yet, and what of the
// 2019 document stands in their code. A rule that has come to hold is taken off.
var notByData = map[string]string{
	"no-blind-resend":            "look-ups are told by the last segments of their paths",
	"no-blind-resend-idempotent": "look-ups are told by the last segments of their paths",
	"no-blind-resend-wapi":       "look-ups are told by the last segments of their paths",
	"confirm-unknown":            "look-ups are told by the last segments of their paths",
}

// notTranslated are cases that say something else in the toy's words, or that wait for
// the same as the rules notByData.
var notTranslated = map[string]string{
	"no-endless-resend/bad-asks-for-a-test-order.txt": "the order's look-up is told by the last segment of its path",
	"ms-response-times/bad-second-row.txt":            "the wrong unit is the greater one in the document and the smaller one in the toy, where the list falls too",
	"ms-response-times/good-other-spellings.txt":      "the exponent of a number is not translated",
	"proxy-keeps-bytes/inconclusive-encoded-name.txt": "a name that is written with an escape is not translated",
	"ms-response-times/bad-escaped-name.txt":          "a name that is written with an escape is not translated",
	"negative-code/bad-other-spellings.txt":           "the exponent of a number is not translated",
	"known-error-code/good-other-spellings.txt":       "the exponent of a number is not translated",
}

// toyCases are the cases in the toy's words, as far as their endpoints have
// counterparts, without the findings of rules that are left out.
func toyCases(t *testing.T, without map[string]string) fstest.MapFS {
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
		if !ok || notTranslated[strings.TrimPrefix(file, "testdata/")] != "" {
			continue
		}
		lines := slices.DeleteFunc(strings.Split(translated, "\n"), func(line string) bool {
			name, _, _ := strings.Cut(strings.TrimPrefix(line, "! "), " ")
			return strings.HasPrefix(line, "! ") && without[name] != ""
		})
		cases[file] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}
	}
	return cases
}

func toyRules() []*rule.Rule {
	return slices.DeleteFunc(rule.All(toy), func(r *rule.Rule) bool { return notByData[r.ID] != "" })
}

// The rules say of each case the same in the toy's words, and each plant breaks there
// what it breaks in the document's.
func TestRulesKeepTheToyEdition(t *testing.T) {
	t.Parallel()
	s := &proof.SelfTest{Rules: toyRules(), Cases: toyCases(t, notByData), Edition: toy}
	for _, p := range s.Run() {
		if !strings.Contains(p.Text, "a written reason") { // of clauses, whose rules are not all asked
			t.Error(p)
		}
	}
	const rules, most = 50, 700 // most cases have counterparts, or this shows little
	if s.PlantsRun < rules || s.CasesRun < most {
		t.Errorf("expected %d plants and %d cases or more, found %d and %d", rules, most, s.PlantsRun, s.CasesRun)
	}
	t.Logf("%d rules, %d cases, %d plants", len(s.Rules), s.CasesRun, s.PlantsRun)
}

func TestToyNoticesEveryDeafRule(t *testing.T) {
	t.Parallel()
	rules, cases := toyRules(), toyCases(t, notByData)
	for _, r := range rules {
		s := &proof.SelfTest{Rules: proof.Deafen(rules, r.ID), Cases: cases, Edition: toy}
		if r.Judges() && !noticed(s.RunRule(r.ID), r.ID) {
			t.Errorf("%s: the self-test did not notice that the rule is deaf", r.ID)
		}
	}
}

// What does not hold in the toy is asked, too: the list of it must not outlive its
// reasons.
func TestRulesThatTheToyLacks(t *testing.T) {
	t.Parallel()
	cases := toyCases(t, nil)
	s := &proof.SelfTest{Rules: rule.All(toy), Cases: cases, Edition: toy}
	for id, why := range notByData {
		if len(s.RunRule(id)) == 0 {
			t.Errorf("%s holds in the toy edition: take it off the list (%s)", id, why)
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
