package suites

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// ConformTo succeeds if the traffic keeps a rule ("ascending") or a clause
// ("G03"): all of the clause's rules that are as strong as the clause itself.
// The edition is the default one, and traffic of every host counts.
//
// Actual is a path of a recording, or of a directory of them; one
// *traffic.Exchange or a slice of exchanges; or a *http.Response, whose body
// stays readable.
//
// The matcher returns an error, which fails To and NotTo alike, if the traffic
// held no occasion or does not decide.
func ConformTo(id string) types.GomegaMatcher {
	return &conform{ids: []string{id}, observe: observeTraffic}
}

// HonourRetryAfter succeeds if the client backed off after each 429 (L08) and
// was silent during each ban (L08b). Actual is as for ConformTo; it must hold a
// 429 or 418, and a request after it.
func HonourRetryAfter() types.GomegaMatcher {
	return &conform{ids: []string{"L08", "L08b"}, observe: observeTraffic}
}

// HaveErrorEnvelope succeeds if the body is the error envelope of /api and
// /sapi, {"code": integer, "msg": string} (G11). Actual is a *http.Response,
// whose body stays readable, or a body as []byte, json.RawMessage or string; a
// body alone is taken for that of a 400. A response with success status is no
// occasion for an envelope, nor is a body that is not JSON (G02): an error.
func HaveErrorEnvelope() types.GomegaMatcher {
	return &conform{ids: []string{"G11"}, observe: observeEnvelope("GET", "/api/v1/depth")}
}

// HaveWAPIErrorEnvelope succeeds if the body is the error envelope of /wapi,
// {"success": false, "msg": string} (G12). Actual is as for HaveErrorEnvelope.
func HaveWAPIErrorEnvelope() types.GomegaMatcher {
	return &conform{ids: []string{"G12"}, observe: observeEnvelope("GET", "/wapi/v3/depositHistory.html")}
}

// CarryUsedWeight succeeds if the response carries X-MBX-USED-WEIGHT, a
// non-negative integer (L07a). Actual is a *http.Response or an http.Header,
// which is taken for that of a 200.
func CarryUsedWeight() types.GomegaMatcher {
	return &conform{ids: []string{"L07a"}, observe: observeHeader(200, otherMark)}
}

// CarryRetryAfter succeeds if a 429 or 418 carries Retry-After (L12), a number
// of seconds (L13). Actual is
// a *http.Response or an http.Header, which is taken for that of a 429. Any
// other status is no occasion.
func CarryRetryAfter() types.GomegaMatcher {
	return &conform{ids: []string{"L12", "retry-after-seconds"}, observe: observeHeader(429, counterMark)}
}

// BeAscendingBy succeeds if the rows of a list run oldest first by a key (G03):
// a member's name ("time", "id") or, for rows that are arrays, a position
// ("[0]"). openTime and closeTime also name positions 0 and 6 of klines. Where
// the catalogue knows the key for an identifier or a period, equal neighbours
// are wrong too. Keys must be integers.
//
// Actual is JSON, as []byte, json.RawMessage or string; a *http.Response, whose
// body stays readable; or any Go value that encoding/json turns into an array.
// A list of fewer than two rows shows nothing: an error.
func BeAscendingBy(key string) types.GomegaMatcher {
	return &conform{ids: []string{"G03"}, observe: observeOrder(key)}
}

// HaveMillisecondTimes succeeds if the named fields are integers that are
// plausible instants in milliseconds (G04a). A name stands for the members of
// that name at any depth; a position such as "[0]" for that of every row; a
// name that begins with "$" is a path such as "$[*].time". openTime and
// closeTime also name positions 0 and 6 of klines. Actual is as for
// BeAscendingBy. A field that is not there shows nothing: an error if none is.
func HaveMillisecondTimes(names ...string) types.GomegaMatcher {
	return &conform{ids: []string{"G04a"}, observe: observeTimes(names)}
}

// conform is the one matcher: it has traffic judged by rules.
type conform struct {
	ids     []string
	observe observe
	tally   *rule.Tally
	held    *edition.Edition // that tally was held against
}

// observe has an actual value judged by rules.
type observe func(actual any, rules []*rule.Rule, held *edition.Edition) (*rule.Tally, error)

// Match implements Gomega's matcher.
func (m *conform) Match(actual any) (bool, error) {
	m.held = edition.Default()
	rules, err := binding(m.held, m.ids)
	if err != nil {
		return false, err
	}
	if m.tally, err = m.observe(actual, rules, m.held); err != nil {
		return false, err
	}
	passed, failed := false, false
	for i := range m.tally.Rules {
		t := &m.tally.Rules[i]
		switch t.Verdict() {
		case rule.Broken:
			return false, fmt.Errorf("the check %s broke, which says nothing about the traffic: %s", t.ID, t.Error)
		case rule.Fail:
			failed = true
		case rule.Pass:
			passed = true
		}
	}
	if !passed && !failed {
		return false, m.nothingShown()
	}
	return !failed, nil
}

// FailureMessage implements Gomega's matcher: each violation, with the clause's
// words, what was expected and seen, and what would mend it.
func (m *conform) FailureMessage(any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Expected the traffic to keep %s, found ", strings.Join(m.ids, " and "))
	for i := range m.tally.Rules {
		if t := &m.tally.Rules[i]; t.Verdict() == rule.Fail {
			b.WriteString(violations(m.held, t) + "\n")
		}
	}
	return b.String()
}

// NegatedFailureMessage implements Gomega's matcher.
func (m *conform) NegatedFailureMessage(any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Expected the traffic to break %s, found no violation\n", strings.Join(m.ids, " and "))
	for i := range m.tally.Rules {
		if t := &m.tally.Rules[i]; t.Verdict() == rule.Pass {
			fmt.Fprintf(&b, "%s %skept on %s\n", count(t.Failed, "violation"), heading(m.held, t), count(t.Passed, "occasion"))
		}
	}
	return b.String()
}

// nothingShown is the error for traffic that shows nothing either way.
func (m *conform) nothingShown() error {
	var b strings.Builder
	fmt.Fprintf(&b, "the traffic neither keeps nor breaks %s:", strings.Join(m.ids, " and "))
	for i := range m.tally.Rules {
		t := &m.tally.Rules[i]
		fmt.Fprintf(&b, "\n%s: %s", t.ID, undecided(t))
		if c, ok := m.held.Text(t.Rule().Clauses[0]); ok && c.NotObservable != "" {
			fmt.Fprintf(&b, "; %s is not observable if %s", c.ID, c.NotObservable)
		}
	}
	return fmt.Errorf("%s", b.String())
}

// binding returns the rules that IDs name: a rule by its own ID, a clause's
// rules as far as they are as strong as the clause. Rules that tell of what the
// document does not forbid do not make a test fail.
func binding(held *edition.Edition, ids []string) ([]*rule.Rule, error) {
	var rules []*rule.Rule
	for _, id := range ids {
		named, err := judge.Pick(held, []string{id})
		if err != nil {
			return nil, err
		}
		c, isClause := held.Text(id)
		bound := slices.DeleteFunc(slices.Clone(named), func(r *rule.Rule) bool {
			return slices.Contains(rules, r) || isClause && (r.Clauses[0] != id || rule.Severity(r.LevelIn(held)) < rule.Severity(c.Level))
		})
		if isClause && len(bound) == 0 {
			bound = named
		}
		rules = append(rules, bound...)
	}
	return rules, nil
}

// observeTraffic judges whole traffic.
func observeTraffic(actual any, rules []*rule.Rule, held *edition.Edition) (*rule.Tally, error) {
	path, ok := actual.(string)
	if !ok {
		exchanges, err := exchangesOf(actual)
		if err != nil {
			return nil, err
		}
		return engine.Judge(rules, held, exchanges), nil
	}
	how := judge.Options{Rules: rules, Engine: engine.Options{Edition: held, MaxFindings: maxFindings}}
	found, err := judge.Paths(context.Background(), []string{path}, how)
	if err != nil {
		return nil, err
	}
	if problems := (&met{Result: *found}).problems(); problems != "" {
		return nil, fmt.Errorf("%s", problems)
	}
	return found.Tally, nil
}

// observeEnvelope judges a response as the answer of a route of the family that
// the envelope belongs to, whatever route a test's server has.
func observeEnvelope(method, path string) observe {
	return func(actual any, rules []*rule.Rule, held *edition.Edition) (*rule.Tally, error) {
		x, err := bodyExchange(actual, held, 400)
		if err != nil {
			return nil, err
		}
		x.Request = traffic.Request{Method: method, URL: held.Bases[0] + path}
		return asAsked(judgeOne(x, counterMark, rules, held), actual), nil
	}
}

// asAsked tells findings by the request that the user's response answers, not
// by the one that stood in for it; without one they name none.
func asAsked(t *rule.Tally, actual any) *rule.Tally {
	method, path := "", ""
	if r, ok := actual.(*http.Response); ok && r.Request != nil && r.Request.URL != nil {
		method, path = mask.Text(r.Request.Method), mask.Text(r.Request.URL.Path)
	}
	for i := range t.Rules {
		for j := range t.Rules[i].Findings {
			at := &t.Rules[i].Findings[j].At
			at.Method, at.Path = method, path
		}
	}
	return t
}

// observeHeader judges a response's header fields.
func observeHeader(status int, mark func(*traffic.Dialect) traffic.Field) observe {
	return func(actual any, rules []*rule.Rule, held *edition.Edition) (*rule.Tally, error) {
		x, err := headerExchange(actual, held, status)
		if err != nil {
			return nil, err
		}
		return asAsked(judgeOne(x, mark, rules, held), actual), nil
	}
}

// judgeOne judges a response of the party under test. Recordings leave open
// whether the venue or something in between made a response; here the test says
// so, with a mark that only the venue leaves.
func judgeOne(x *traffic.Exchange, markOf func(*traffic.Dialect) traffic.Field, rules []*rule.Rule, held *edition.Edition) *rule.Tally {
	mark := markOf(held.Dialect)
	if _, ok := x.Response.Header.Get(mark.Name); !ok {
		x.Response.Header = append(slices.Clone(x.Response.Header), mark)
	}
	return engine.Judge(rules, held, []*traffic.Exchange{x})
}

// The marks: the counter is the surer one, and of no use where it is asked for.
func counterMark(d *traffic.Dialect) traffic.Field {
	return traffic.Field{Name: d.Fields.UsedWeight, Value: "1"}
}
func otherMark(d *traffic.Dialect) traffic.Field {
	return traffic.Field{Name: d.Fields.UUID, Value: "-"}
}

// observeOrder judges a list's order as that of an endpoint made for it.
func observeOrder(key string) observe {
	return func(actual any, rules []*rule.Rule, held *edition.Edition) (*rule.Tally, error) {
		x, err := jsonExchange(actual, held)
		if err != nil {
			return nil, err
		}
		ep := endpointOf(x)
		ep.Orders = []edition.Order{orderBy(held, positionIn(x.Response.Body, key))}
		return engine.JudgeAs(rules, held, ep, x)
	}
}

// observeTimes judges time fields as those of an endpoint made for them.
func observeTimes(names []string) observe {
	return func(actual any, rules []*rule.Rule, held *edition.Edition) (*rule.Tally, error) {
		if len(names) == 0 {
			return nil, fmt.Errorf("HaveMillisecondTimes: expected at least one field's name, found none")
		}
		x, err := jsonExchange(actual, held)
		if err != nil {
			return nil, err
		}
		ep := endpointOf(x)
		for _, name := range names {
			ep.Times = append(ep.Times, edition.TimeField{Path: timePath(positionIn(x.Response.Body, name))})
		}
		return engine.JudgeAs(rules, held, ep, x)
	}
}

// endpointOf makes an endpoint for an exchange, about which nothing is known.
func endpointOf(x *traffic.Exchange) *edition.Endpoint {
	return &edition.Endpoint{ID: x.Request.Method + " " + x.Request.URL, Method: x.Request.Method, Family: edition.API, Top: edition.Object | edition.Array}
}

// orderBy returns the order of a list by a key, as strict as the catalogue
// knows the key to be.
func orderBy(held *edition.Edition, key string) edition.Order {
	for _, ep := range held.Catalogue.Endpoints {
		for _, o := range ep.Orders {
			if o.Key == key && o.Array == "$" && o.Status == edition.Enforce {
				return o
			}
		}
	}
	return edition.Order{Array: "$", Key: key, Status: edition.Enforce}
}

// klinePositions are the positions at which rows of klines hold the fields that
// other lists name.
var klinePositions = map[string]string{"openTime": "[0]", "closeTime": "[6]"}

// positionIn returns the key for rows that are arrays, if the body's first row
// is one.
func positionIn(body []byte, key string) string {
	position, ok := klinePositions[key]
	open := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, string(body[:min(len(body), 64)]))
	if ok && strings.HasPrefix(open, "[[") {
		return position
	}
	return key
}

// timePath is the path of a field that a person names.
func timePath(name string) string {
	switch {
	case strings.HasPrefix(name, "$"):
		return name
	case strings.HasPrefix(name, "["):
		return "$[*]" + name
	}
	return "$.." + name
}
