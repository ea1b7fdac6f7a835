package general

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestSetBackMakesNoFinding: a recorder's clock that is set back, so that its
// instants fall behind those before, makes no finding of a client that waits as
// long as it is told, nor of its venue, whose Dates are by that clock or not.
func TestSetBackMakesNoFinding(t *testing.T) {
	rules, cuts, uncut := rule.All(edition.Default()), int64(0), 0
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3))
		xs := setBackSession(r, seed%2 == 0)
		tally := engine.Judge(rules, edition.Default(), xs)
		cuts += tally.Traffic.Cuts
		for at, finding := range failures(tally) {
			t.Errorf("seed %d: expected no finding, found %s: %s", seed, at, finding)
		}
		for i := range xs { // in a recording without an order only instants count
			xs[i].Gaps |= traffic.GapOrder
		}
		if len(failures(engine.Judge(rules, edition.Default(), xs))) > 0 {
			uncut++
		}
	}
	if cuts < 100 || uncut < 50 {
		t.Errorf("expected 100 cuts or more, and 50 sessions with findings where nothing is cut; found %d and %d", cuts, uncut)
	}
}

// setBackSession is a client that sends one request after another, of which every
// thirtieth is refused, and that waits then.
func setBackSession(r *rand.Rand, datesToo bool) (xs []*traffic.Exchange) {
	now, off := time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC), time.Duration(0)
	minute, used, gap := int64(0), 0, time.Duration(0)
	for n := range 150 {
		if r.IntN(20) == 0 && n > 20 {
			off -= min(gap+1100*time.Millisecond+time.Duration(r.IntN(20000))*time.Millisecond, 30*time.Second)
		}
		sent := now.Add(off)
		answered := sent.Add(time.Duration(20+r.IntN(60)) * time.Millisecond)
		date := answered
		if !datesToo {
			date = answered.Add(-off)
		}
		if m := date.Unix() / 60; m != minute {
			minute, used = m, 0
		}
		used++
		x := &traffic.Exchange{At: traffic.Position{File: "set.ndjson", Line: n + 1, Number: n + 1}}
		x.Request = traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/ping", Header: traffic.Header{{Name: "Accept", Value: "*/*"}}}
		x.Response = traffic.Response{Status: 200, Body: []byte("{}"), Header: traffic.Header{
			{Name: "Content-Type", Value: "application/json"}, {Name: "X-MBX-USED-WEIGHT", Value: fmt.Sprint(used)},
			{Name: "Date", Value: date.Format("Mon, 02 Jan 2006 15:04:05 GMT")},
		}}
		x.Sent, x.Received = traffic.Exactly(sent), traffic.Exactly(answered)
		gap = time.Duration(100+r.IntN(900)) * time.Millisecond
		if n%30 == 29 {
			wait := 2 + r.IntN(10)
			x.Response.Status, x.Response.Body = 429, []byte(`{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}`)
			x.Response.Header.Set("Retry-After", fmt.Sprint(wait))
			gap = time.Duration(wait)*time.Second + 100*time.Millisecond
		}
		xs, now = append(xs, x), now.Add(answered.Sub(sent)+gap)
	}
	return xs
}

// TestSetBackCutsOneClient: what another client's recorder did stands as it is.
func TestSetBackCutsOneClient(t *testing.T) {
	rules := slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool { return r.ID != "back-off-after-429" })
	text := ""
	ping := func(at int, client, answer string) {
		text += fmt.Sprintf("> +%dms client=%s\nGET https://api.binance.com/api/v1/ping HTTP/1.1\n\n<\nHTTP/1.1 %s\n\n{}\n\n", at, client, answer)
	}
	for i := range 9 {
		ping(1000*i, "10.0.0.1", "200 OK")
		ping(1000*i, "10.0.0.2", "200 OK")
	}
	for _, client := range []string{"10.0.0.1", "10.0.0.2"} {
		ping(9000, client, "429 Too Many Requests\nX-MBX-USED-WEIGHT: 1201\nRetry-After: 5")
	}
	ping(3000, "10.0.0.1", "200 OK") // it waited, and then its clock was set back
	ping(10000, "10.0.0.1", "200 OK")
	ping(10000, "10.0.0.2", "200 OK") // it did not wait
	c, err := conversation.Parse(edition.Default(), "two", text)
	if err != nil {
		t.Fatal(err)
	}
	tally := engine.Judge(rules, edition.Default(), c.Exchanges)
	found := tally.Rules[0].Findings
	if tally.Traffic.Cuts != 1 || len(found) != 1 || found[0].At.Exchange != 23 {
		t.Errorf("expected one cut, and one finding at exchange 23, found %d and %+v", tally.Traffic.Cuts, found)
	}
}
