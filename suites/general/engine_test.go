package general

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// spoken is the dialect that the tests' traffic is in.
var spoken = edition.Default().Dialect

// busyClient is n exchanges of a client at four a second: public data and a
// signed order, with the header fields that a real venue behind its CDN sends.
func busyClient(n int, exact bool) []*traffic.Exchange {
	calls := []struct{ method, url, body string }{
		{"GET", "https://api.binance.com/api/v1/ping", `{}`},
		{"GET", "https://api.binance.com/api/v1/time", `{"serverTime":1563616810050}`},
		{"GET", "https://api.binance.com/api/v3/ticker/price?symbol=LTCBTC", `{"symbol":"LTCBTC","price":"4.00000200"}`},
		{"POST", "https://api.binance.com/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1563616810000&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
			`{"symbol":"LTCBTC","orderId":28,"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","transactTime":1563616810050}`},
	}
	xs := make([]*traffic.Exchange, n)
	at, used := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC), 0
	for i := range xs {
		call := calls[i%len(calls)]
		if used++; at.Second() == 0 && at.Nanosecond() == 0 {
			used = 1
		}
		x := &traffic.Exchange{At: traffic.Position{File: "bench.har", Line: i + 1, Number: i + 1}}
		x.Request = traffic.Request{Method: call.method, URL: call.url, Header: traffic.Header{
			{Name: "Host", Value: "api.binance.com"}, {Name: "User-Agent", Value: "client/1.0"},
			{Name: "X-MBX-APIKEY", Value: strings.Repeat("k", 64)}, {Name: "Accept", Value: "application/json"},
		}}
		x.Response = traffic.Response{Status: 200, Body: []byte(call.body), Header: traffic.Header{
			{Name: "Content-Type", Value: "application/json;charset=UTF-8"}, {Name: "Date", Value: at.Format("Mon, 02 Jan 2006 15:04:05 GMT")},
			{Name: "Server", Value: "nginx"}, {Name: "Vary", Value: "Accept-Encoding"},
			{Name: "X-MBX-UUID", Value: "d8b9187d-7df8-4546-ad04-ad01742d8447"}, {Name: "X-MBX-USED-WEIGHT", Value: fmt.Sprint(used)},
			{Name: "Strict-Transport-Security", Value: "max-age=31536000"}, {Name: "X-Cache", Value: "Miss from cloudfront"},
			{Name: "Via", Value: "1.1 x.cloudfront.net (CloudFront)"}, {Name: "Cache-Control", Value: "no-cache"},
		}}
		if exact {
			x.Sent, x.Received = traffic.Exactly(at), traffic.Exactly(at.Add(50*time.Millisecond))
		}
		xs[i], at = x.Clone(), at.Add(250*time.Millisecond)
	}
	return xs
}

// warm is how many exchanges bring the engine to its steady state: its window
// is full then.
const warm = 4000

// annotated are the ways in which somebody may know of exchanges what is not on the
// wire.
var annotated = map[string]*traffic.Annotation{
	"plain": nil, "commanded": {Command: traffic.Command{ID: 1, Op: "ping"}},
	"tried": {Experiment: traffic.Experiment{Name: "any-order", Group: 1, Variant: "reversed"}},
	"front": {Hop: traffic.Hop{ID: 1, Side: traffic.Front}}, "behind": {Hop: traffic.Hop{ID: 1, Side: traffic.Behind}},
}

// unpaired are the rules but for those that judge both sides of a proxy, for which
// exchanges are copied.
func unpaired() []*rule.Rule {
	return slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool { return r.Pair != nil })
}

func annotate(xs []*traffic.Exchange, a *traffic.Annotation) []*traffic.Exchange {
	for _, x := range xs {
		x.Annotation = a
	}
	return xs
}

func TestObserveAllocatesNothing(t *testing.T) {
	const perRun, runs = 4, 200
	for name, a := range annotated {
		for _, exact := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/exact=%v", name, exact), func(t *testing.T) {
				e := engine.New(unpaired(), engine.Options{Edition: edition.Default(), Hosts: rule.HostsOf(edition.Default())})
				xs := annotate(busyClient(warm+perRun*(runs+1), exact), a)
				e.Begin()
				for _, x := range xs[:warm] {
					e.Observe(x)
				}
				at := warm
				n := testing.AllocsPerRun(runs, func() {
					for _, x := range xs[at : at+perRun] {
						e.Observe(x)
					}
					at += perRun
				})
				if n != 0 {
					t.Errorf("expected no allocation for %d exchanges, found %v", perRun, n)
				}
				for _, r := range e.Tally().Rules {
					if r.Failed > 0 || r.Error != "" {
						t.Errorf("%s: expected clean traffic to stay clean, found %d failures %s %+v", r.ID, r.Failed, r.Error, r.Findings[:min(1, len(r.Findings))])
					}
				}
			})
		}
	}
}

// BenchmarkObserve is the engine's whole share of an exchange: reading URL,
// header and body, and all rules.
func BenchmarkObserve(b *testing.B) {
	for _, exact := range []bool{true, false} {
		b.Run(fmt.Sprintf("exact=%v", exact), func(b *testing.B) {
			benchmarkEngine(b, rule.All(edition.Default()), exact)
		})
	}
}

// BenchmarkScanOnly is the same without a rule: what reading alone costs. The
// difference is the rules' share.
func BenchmarkScanOnly(b *testing.B) { benchmarkEngine(b, nil, true) }

// BenchmarkRulesShare is the difference of the two, measured in turns so that a
// machine's changing speed falls on both alike. The least of the turns is what
// it costs where nobody else has the machine.
func BenchmarkRulesShare(b *testing.B) {
	const turn = 500
	xs := busyClient(2*warm, true)
	with, without := newEngine(b, rule.All(edition.Default())), newEngine(b, nil)
	all, scan := turns{least: time.Hour}, turns{least: time.Hour}
	n := 0
	for b.Loop() {
		at := n % len(xs)
		if at == 0 {
			with.Begin()
			without.Begin()
		}
		all.take(with, xs[at:at+turn], at >= warm)
		scan.take(without, xs[at:at+turn], at >= warm)
		n += turn
	}
	b.ReportMetric(float64(all.sum-scan.sum)/float64(n), "rules-ns/exchange")
	b.ReportMetric(float64(scan.sum)/float64(n), "scan-ns/exchange")
	b.ReportMetric(float64(all.least-scan.least)/turn, "least-rules-ns/exchange")
	b.ReportMetric(float64(scan.least)/turn, "least-scan-ns/exchange")
}

// BenchmarkAnnotated is what an exchange costs of which somebody knows more than what
// is on the wire, as a share of a plain one, measured in turns.
func BenchmarkAnnotated(b *testing.B) {
	const turn = 500
	rules := unpaired()
	for _, name := range []string{"commanded", "tried", "front", "behind"} {
		b.Run(name, func(b *testing.B) {
			plain, noted := busyClient(2*warm, true), annotate(busyClient(2*warm, true), annotated[name])
			of, with := newEngine(b, rules), newEngine(b, rules)
			without, more := turns{least: time.Hour}, turns{least: time.Hour}
			for n := 0; b.Loop(); n += turn {
				at := n % len(plain)
				if at == 0 {
					of.Begin()
					with.Begin()
				}
				without.take(of, plain[at:at+turn], at >= warm)
				more.take(with, noted[at:at+turn], at >= warm)
			}
			b.ReportMetric(float64(without.least)/turn, "least-plain-ns/exchange")
			b.ReportMetric(float64(more.least)/turn, "least-annotated-ns/exchange")
			b.ReportMetric(float64(more.least)/float64(without.least), "annotated/plain")
		})
	}
}

// turns adds up how long an engine takes for a number of exchanges, and keeps
// the least in its steady state.
type turns struct{ sum, least time.Duration }

func (t *turns) take(e *engine.Engine, xs []*traffic.Exchange, steady bool) {
	start := time.Now()
	for _, x := range xs {
		e.Observe(x)
	}
	took := time.Since(start)
	if t.sum += took; steady {
		t.least = min(t.least, took)
	}
}

func newEngine(tb testing.TB, rules []*rule.Rule) *engine.Engine {
	return engine.New(rules, engine.Options{Edition: edition.Default(), Hosts: rule.HostsOf(edition.Default()), MaxFindings: 1})
}

func benchmarkEngine(b *testing.B, rules []*rule.Rule, exact bool) {
	e := newEngine(b, rules)
	xs := busyClient(2*warm, exact)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(xs) == 0 {
			e.Begin()
		}
		e.Observe(xs[i%len(xs)])
	}
}

// all reads every case of every rule.
func all(tb testing.TB) []*conversation.Conversation {
	files, err := fs.Glob(Cases, "testdata/*/*.txt")
	if err != nil {
		tb.Fatal(err)
	}
	var cs []*conversation.Conversation
	for _, file := range files {
		text, err := fs.ReadFile(Cases, file)
		if err != nil {
			tb.Fatal(err)
		}
		c, err := conversation.Parse(edition.Default(), file, string(text))
		if err != nil {
			tb.Fatal(err)
		}
		cs = append(cs, c)
	}
	return cs
}

// The law of shards: recordings judged by any number of engines, in any order,
// merge to the same tally.
func TestShardsMergeToTheSameTally(t *testing.T) {
	rules, cases := rule.All(edition.Default()), all(t)
	whole := judgeAll(t, rules, [][]*conversation.Conversation{cases})
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		shuffled := slices.Clone(cases)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		shards := make([][]*conversation.Conversation, 1+r.IntN(7))
		for i, c := range shuffled {
			shards[i%len(shards)] = append(shards[i%len(shards)], c)
		}
		if got := judgeAll(t, rules, shards); !reflect.DeepEqual(got, whole) {
			t.Fatalf("seed %d, %d shards: expected the tally of one pass, found another", seed, len(shards))
		}
	}
}

// The law of fronts: a recording cut anywhere, its parts read by fronts of their own
// and heard in order, comes to the tally of one engine.
func TestFrontsReadToTheSameTally(t *testing.T) {
	rules := rule.All(edition.Default())
	opts := engine.Options{Edition: edition.Default(), MaxFindings: 3}
	r := rand.New(rand.NewPCG(1, 5))
	for _, c := range all(t) {
		whole := judgeAll(t, rules, [][]*conversation.Conversation{{c}})
		for range 5 {
			e := engine.New(rules, opts)
			fronts := []*engine.Front{engine.NewFront(rules, opts), engine.NewFront(rules, opts)}
			e.Begin()
			for before := 0; before < len(c.Exchanges); {
				front, n := fronts[r.IntN(2)], 1+r.IntN(len(c.Exchanges)-before)
				events := readPart(front, c.Exchanges[before:before+n])
				part := front.Take()
				part.Behind(before)
				e.Tally().Merge(part)
				for _, ev := range events {
					ev.At.Number += before
					e.Hear(&ev)
				}
				before += n
			}
			e.End()
			if got := e.Tally(); !reflect.DeepEqual(got, whole) {
				t.Errorf("%s: expected the tally of one engine\n%s\nfound\n%s", c.Exchanges[0].At.File, verdicts(whole), verdicts(got))
			}
		}
	}
}

// readPart reads a part of a recording, whose exchanges it numbers from 1.
func readPart(front *engine.Front, part []*traffic.Exchange) (events []rule.Event) {
	for i, x := range part {
		y := *x
		y.At.Number = i + 1
		var ev rule.Event
		if front.Read(&y, &ev) {
			events = append(events, ev)
		}
	}
	return events
}

func judgeAll(tb testing.TB, rules []*rule.Rule, shards [][]*conversation.Conversation) *rule.Tally {
	var sum *rule.Tally
	for _, shard := range shards {
		e := engine.New(rules, engine.Options{Edition: edition.Default(), MaxFindings: 3})
		for _, c := range shard {
			e.Begin()
			for _, x := range c.Exchanges {
				e.Observe(x)
			}
			e.End()
		}
		if sum == nil {
			sum = e.Tally()
			continue
		}
		sum.Merge(e.Tally())
	}
	return sum
}

// Exact instants put exchanges in order, whatever order they are recorded in.
func TestRecordedOrderDoesNotMatterForExactInstants(t *testing.T) {
	rules := rule.All(edition.Default())
	for _, c := range all(t) {
		file := c.Exchanges[0].At.File
		if !c.Exchanges[0].Sent.Known() || strings.Contains(file, "clock-set-back") || strings.Contains(file, "date-stands-still") {
			continue // without instants, or with wrong ones, or Dates that are, the recorded order is all there is
		}
		want := verdicts(engine.Judge(rules, edition.Default(), c.Exchanges))
		for seed := range uint64(5) {
			r := rand.New(rand.NewPCG(seed, 2))
			r.Shuffle(len(c.Exchanges), func(i, j int) {
				c.Exchanges[i], c.Exchanges[j] = c.Exchanges[j], c.Exchanges[i]
			})
			if got := verdicts(engine.Judge(rules, edition.Default(), c.Exchanges)); got != want {
				t.Errorf("%s: shuffled, expected\n%s\nfound\n%s", c.Exchanges[0].At.File, want, got)
			}
		}
	}
}

func verdicts(t *rule.Tally) string {
	var b strings.Builder
	for i := range t.Rules {
		r := &t.Rules[i]
		fmt.Fprintf(&b, "%s %s %d/%d/%d\n", r.ID, r.Verdict(), r.Passed, r.Failed, r.Inconclusive)
	}
	return b.String()
}
