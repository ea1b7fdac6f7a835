// Package observable says which clauses of the document a recording in some
// format can show, by trying: the rules' own bad cases are stripped of what the
// format does not record, and judged. A rule that still fails can be shown.
//
// It knows what formats record and rules. It must not know any one of either.
package observable

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Prover holds the cases. It is safe for concurrent use.
type Prover struct {
	edition *edition.Edition
	rules   []*rule.Rule
	cases   map[*rule.Rule][]*conversation.Conversation // which break the rule
}

// New reads the cases of the edition's rules, and plants what breaks each into
// its good case.
func New(edition *edition.Edition, cases fs.FS) (*Prover, error) {
	p := &Prover{edition: edition, rules: rule.All(edition), cases: map[*rule.Rule][]*conversation.Conversation{}}
	byID := map[string]*rule.Rule{}
	for _, r := range p.rules {
		byID[r.ID] = r
		if r.NotHere != "" || r.Plant == nil {
			continue
		}
		c, err := parse(cases, path.Join("testdata", r.ID, "good.txt"))
		if err != nil {
			return nil, err
		}
		r.Plant(c)
		p.cases[r] = append(p.cases[r], c)
	}
	bad, err := fs.Glob(cases, path.Join("testdata", "*", "bad*.txt"))
	if err != nil {
		return nil, err
	}
	for _, file := range bad {
		c, err := parse(cases, file)
		if err != nil {
			return nil, err
		}
		for _, w := range c.Wants {
			if r := byID[w.Rule]; r != nil && !slices.Contains(p.cases[r], c) {
				p.cases[r] = append(p.cases[r], c)
			}
		}
	}
	return p, nil
}

func parse(cases fs.FS, file string) (*conversation.Conversation, error) {
	text, err := fs.ReadFile(cases, file)
	if err != nil {
		return nil, err
	}
	return conversation.Parse(edition.Default(), file, string(text))
}

// Rules returns the rules that a recording which keeps what records holds can
// break, in the document's order.
func (p *Prover) Rules(records format.Records) []*rule.Rule {
	var shown []*rule.Rule
	for _, r := range p.rules {
		if slices.ContainsFunc(p.cases[r], func(c *conversation.Conversation) bool { return p.fails(r, c, records) }) {
			shown = append(shown, r)
		}
	}
	return shown
}

// Clauses returns the clauses that Rules judge, and those that only rules judge
// which recordings of other formats can break, in the document's order.
func (p *Prover) Clauses(records format.Records) (shown, hidden []string) {
	rules := p.Rules(records)
	for _, c := range clause.All() {
		judges := func(r *rule.Rule) bool { return slices.Contains(r.Clauses, c.ID) }
		switch {
		case slices.ContainsFunc(rules, judges):
			shown = append(shown, c.ID)
		case slices.ContainsFunc(p.rules, func(r *rule.Rule) bool { return r.NotHere == "" && judges(r) }):
			hidden = append(hidden, c.ID)
		}
	}
	return shown, hidden
}

func (p *Prover) fails(r *rule.Rule, c *conversation.Conversation, records format.Records) bool {
	kept := &conversation.Conversation{}
	for _, x := range c.Exchanges {
		if x.Statement() {
			continue // no recorder hears it
		}
		y := x.Clone()
		strip(y, records)
		kept.Exchanges = append(kept.Exchanges, y)
	}
	t := engine.Judge([]*rule.Rule{r}, p.edition, kept.Exchanges)
	return t.Rules[0].Failed > 0
}

// losses take out of an exchange what is not recorded.
var losses = []struct {
	unless format.Records
	gap    traffic.Gap
	lose   func(*traffic.Exchange)
}{
	{format.RecordsHost, traffic.GapHost, func(x *traffic.Exchange) {
		if _, rest, ok := strings.Cut(x.Request.URL, "://"); ok {
			_, target, _ := strings.Cut(rest, "/")
			x.Request.URL = "/" + target
		}
		x.Request.Header.Del("Host")
	}},
	{format.RecordsRequestHeader, traffic.GapRequestHeader, func(x *traffic.Exchange) { x.Request.Header = nil }},
	{format.RecordsLibraryFields, traffic.GapLibraryFields, func(*traffic.Exchange) {}},
	{format.RecordsRequestBody, traffic.GapRequestBody, func(x *traffic.Exchange) { x.Request.Body = nil }},
	{format.RecordsSigning, traffic.GapFiltered, func(x *traffic.Exchange) {
		x.Request.URL = signing.ReplaceAllString(x.Request.URL, "")
		x.Request.Body = signing.ReplaceAll(x.Request.Body, nil)
	}},
	{format.RecordsStatus, traffic.GapStatus, func(x *traffic.Exchange) { x.Response.Status = 0 }},
	{format.RecordsResponseHeader, traffic.GapResponseHeader, func(x *traffic.Exchange) { x.Response.Header = nil }},
	{format.RecordsResponseBody, traffic.GapResponseBody, func(x *traffic.Exchange) { x.Response.Body = nil }},
	{format.RecordsOrder, traffic.GapOrder, func(*traffic.Exchange) {}},
	{format.RecordsClient, 0, func(x *traffic.Exchange) { x.Client, x.CompleteHistory = "", false }},
}

var signing = regexp.MustCompile(`&?\b(timestamp|signature)=[^&]*`)

func strip(x *traffic.Exchange, records format.Records) {
	x.Annotation = nil // no recorder knows it
	for _, l := range losses {
		if !records.Has(l.unless) {
			l.lose(x)
			x.Gaps |= l.gap
		}
	}
	stripTimes(x, records)
}

// stripTimes keeps of the instants what is recorded. The sum of two is the
// third.
func stripTimes(x *traffic.Exchange, records format.Records) {
	if x.Sent.Exact() && x.Received.Exact() {
		x.Duration = x.Received.Earliest.Sub(x.Sent.Earliest)
	}
	if !records.Has(format.RecordsDuration) {
		x.Duration = 0
	}
	exact := records.Has(format.RecordsSent) && (records.Has(format.RecordsReceived) || records.Has(format.RecordsDuration))
	switch {
	case exact:
		return
	case records.Has(format.RecordsReceived) && x.Received.Exact(): // to the second, as all who keep it alone
		at := x.Received.Earliest.Truncate(time.Second)
		x.Received = traffic.Span{Earliest: at, Latest: at.Add(traffic.DateWidth)}
	default:
		x.Received = traffic.Span{}
	}
	if !records.Has(format.RecordsSent) {
		x.Sent = traffic.Span{}
	}
}
