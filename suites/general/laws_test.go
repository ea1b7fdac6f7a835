package general

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// change is something a recorder does to an exchange.
type change struct {
	name string
	do   func(*traffic.Exchange)
}

var signing = regexp.MustCompile(`&?\b(timestamp|signature|recvWindow)=[^&]*`)

// losses are what recorders lose, each noted as its gap.
var losses = []change{
	{"response header fields", func(x *traffic.Exchange) {
		x.Response.Header, x.Gaps = nil, x.Gaps|traffic.GapResponseHeader
	}},
	{"the response body", func(x *traffic.Exchange) {
		x.Response.Body, x.Gaps = nil, x.Gaps|traffic.GapResponseBody
	}},
	{"the end of the response body", func(x *traffic.Exchange) {
		x.Response.Body, x.Gaps = x.Response.Body[:len(x.Response.Body)/2], x.Gaps|traffic.GapTruncated
	}},
	{"the content coding", func(x *traffic.Exchange) {
		x.Response.Body, x.Gaps = []byte("\x1f\x8b\x08\x00garbled"), x.Gaps|traffic.GapUndecoded
	}},
	{"request header fields", func(x *traffic.Exchange) {
		x.Request.Header, x.Gaps = nil, x.Gaps|traffic.GapRequestHeader
	}},
	{"the request body", func(x *traffic.Exchange) {
		x.Request.Body, x.Gaps = nil, x.Gaps|traffic.GapRequestBody
	}},
	{"signing parameters", func(x *traffic.Exchange) {
		x.Request.URL = signing.ReplaceAllString(x.Request.URL, "")
		x.Request.Body = signing.ReplaceAll(x.Request.Body, nil)
		x.Gaps |= traffic.GapFiltered
	}},
	{"all parameters", func(x *traffic.Exchange) {
		x.Request.URL, _, _ = strings.Cut(x.Request.URL, "?")
		x.Request.Body, x.Gaps = nil, x.Gaps|traffic.GapFiltered|traffic.GapRequestBody
	}},
	{"the host", func(x *traffic.Exchange) {
		x.Request.URL = strings.Replace(x.Request.URL, "api.binance.com", "[host]", 1)
		x.Gaps |= traffic.GapHost
	}},
	{"the status", func(x *traffic.Exchange) {
		if !x.Gaps.Has(traffic.GapResponse) {
			x.Response.Status, x.Gaps = 0, x.Gaps|traffic.GapStatus
		}
	}},
	{"the response", func(x *traffic.Exchange) {
		x.Response, x.Gaps = traffic.Response{}, x.Gaps|traffic.GapResponse
	}},
}

// The law of gaps: what a recorder loses makes no violation. Whatever fails in
// a recording with a gap fails in the whole one.
//
// It is held for the rules that judge one exchange; a sequence without its
// refusals is another sequence.
func TestGapsMakeNoViolation(t *testing.T) {
	rules := exchangeRules()
	for _, whole := range all(t) {
		before := failures(engine.Judge(rules, edition.Default(), whole.Exchanges))
		for _, loss := range losses {
			if loss.name == "response header fields" && strings.HasSuffix(whole.Exchanges[0].At.File, "-edited-body.txt") {
				continue // with them goes what shows that the answer was edited
			}
			c := changed(whole, loss.do)
			for at, finding := range failures(engine.Judge(rules, edition.Default(), c.Exchanges)) {
				if _, was := before[at]; !was {
					t.Errorf("%s: without %s, %s fails: %s", c.Exchanges[0].At.File, loss.name, at, finding)
				}
			}
		}
	}
}

// changed returns a copy of a conversation, each exchange changed.
func changed(c *conversation.Conversation, do func(*traffic.Exchange)) *conversation.Conversation {
	d := &conversation.Conversation{}
	for _, x := range c.Exchanges {
		y := x.Clone()
		do(y)
		d.Exchanges = append(d.Exchanges, y)
	}
	return d
}

func exchangeRules() []*rule.Rule {
	var rules []*rule.Rule
	for _, r := range rule.All(edition.Default()) {
		if r.Check != nil {
			rules = append(rules, r)
		}
	}
	return rules
}

func failures(t *rule.Tally) map[string]string {
	fs := map[string]string{}
	for i := range t.Rules {
		for _, f := range t.Rules[i].Findings {
			fs[fmt.Sprintf("%s at exchange %d", f.Rule, f.At.Exchange)] = f.Message + " Expected " + f.Expected + ", saw " + f.Seen
		}
	}
	return fs
}

// secret stands where recordings hold keys, signatures and listen keys. It has
// their length and, as theirs do, no meaning.
const secret = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y6Ju91duEh8A"

// The law of secrecy: whatever a rule finds, it prints no secret, and secrets
// that a recorder replaced change no verdict.
func TestSecretsAreNeitherPrintedNorJudged(t *testing.T) {
	rules := rule.All(edition.Default())
	for _, c := range all(t) {
		open := engine.Judge(rules, edition.Default(), changed(c, func(x *traffic.Exchange) { sign(x, secret) }).Exchanges)
		for at, text := range failures(open) {
			if strings.Contains(text, secret[:20]) {
				t.Errorf("%s: %s prints a secret: %s", c.Exchanges[0].At.File, at, text)
			}
		}
		masked := changed(c, func(x *traffic.Exchange) { sign(x, "[REDACTED]") })
		if a, b := verdicts(open), verdicts(engine.Judge(rules, edition.Default(), masked.Exchanges)); a != b {
			t.Errorf("%s: with secrets\n%s\nwithout\n%s", c.Exchanges[0].At.File, a, b)
		}
	}
}

// sign puts a value in the place of every secret of an exchange.
func sign(x *traffic.Exchange, value string) {
	x.Request.URL = replaceParam(x.Request.URL, value)
	x.Request.Body = []byte(replaceParam(string(x.Request.Body), value))
	if _, ok := x.Request.Header.Get("X-MBX-APIKEY"); ok {
		x.Request.Header.Set("X-MBX-APIKEY", value)
	}
}

func replaceParam(s, value string) string {
	for _, name := range []string{"signature=", "listenKey="} {
		if head, tail, ok := strings.Cut(s, name); ok {
			rest := ""
			if i := strings.IndexByte(tail, '&'); i >= 0 {
				rest = tail[i:]
			}
			s = head + name + value + rest
		}
	}
	return s
}
