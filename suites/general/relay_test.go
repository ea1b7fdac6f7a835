package general

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// paired are the rules that judge both sides of a proxy.
func paired() []*rule.Rule {
	return slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool { return r.Pair == nil })
}

// atSides are the exchanges of all cases with hops, each hop with an ID of its own.
func atSides(tb testing.TB) (xs []*traffic.Exchange) {
	cases := slices.DeleteFunc(all(tb), func(c *conversation.Conversation) bool { return !hasHops(c) })
	for i, c := range cases {
		for _, x := range c.Exchanges {
			y := x.Clone()
			of := *y.Annotation
			of.Hop.ID += uint64(100 * i)
			y.Annotation = &of
			y.At = traffic.Position{File: "sides", Line: len(xs) + 1, Number: len(xs) + 1}
			xs = append(xs, y)
		}
	}
	return xs
}

// The law of hops: in whichever order a recording has the exchanges of both sides, and
// whatever stands between them, the verdicts are the same, with their places.
func TestHopsAreJudgedInAnyOrder(t *testing.T) {
	said := func(xs []*traffic.Exchange) string {
		tally := engine.Judge(paired(), edition.Default(), xs)
		var b strings.Builder
		for i := range tally.Rules {
			r := &tally.Rules[i]
			fmt.Fprintf(&b, "%s %d/%d/%d %v", r.ID, r.Passed, r.Failed, r.Inconclusive, r.Doubts)
			for _, f := range r.Findings {
				fmt.Fprintf(&b, " %d%s", f.At.Exchange, f.At.Pointer)
			}
			b.WriteString("\n")
		}
		return b.String()
	}
	xs := atSides(t)
	want := said(xs)
	for _, r := range paired() {
		if !strings.Contains(want, r.ID) || strings.Contains(want, r.ID+" 0/0/0") {
			t.Errorf("%s: expected cases in which it judges, found none", r.ID)
		}
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		r.Shuffle(len(xs), func(i, j int) { xs[i], xs[j] = xs[j], xs[i] })
		if got := said(xs); got != want {
			t.Fatalf("seed %d: expected\n%sfound\n%s", seed, want, got)
		}
	}
}

// The law of sides: that an exchange was recorded on one side of a proxy changes nothing
// of what is said by those who hear that side. Nobody drove the client.
func TestSidesAreJudgedAsTrafficOfTheirOwn(t *testing.T) {
	said := func(rules []*rule.Rule, xs []*traffic.Exchange) string {
		var b strings.Builder
		for _, r := range engine.Judge(rules, edition.Default(), xs).Rules {
			fmt.Fprintf(&b, "%s %d/%d/%d %v\n", r.ID, r.Passed, r.Failed, r.Inconclusive, r.Doubts)
		}
		return b.String()
	}
	for _, side := range []traffic.Side{traffic.Front, traffic.Behind} {
		rules := slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool {
			return r.Pair != nil || (r.Party == clause.Client) != (side == traffic.Front)
		})
		for _, c := range all(t) {
			if slices.ContainsFunc(c.Exchanges, func(x *traffic.Exchange) bool { return x.Annotation != nil }) {
				continue
			}
			want := said(rules, c.Exchanges)
			var xs []*traffic.Exchange
			for i, x := range c.Exchanges {
				y := x.Clone()
				y.Annotation = &traffic.Annotation{Hop: traffic.Hop{ID: uint64(i + 1), Side: side}}
				xs = append(xs, y)
			}
			if got := said(rules, xs); got != want {
				t.Errorf("%s, %v: expected\n%sfound\n%s", c.Exchanges[0].At.File, side, want, got)
			}
		}
	}
}

// BenchmarkRelay is what an exchange costs that is held and judged with its other
// side.
func BenchmarkRelay(b *testing.B) {
	xs := busyClient(2*warm, true)
	for i, x := range xs {
		side := [...]traffic.Side{traffic.Behind, traffic.Front}[i%2]
		x.Annotation = &traffic.Annotation{Hop: traffic.Hop{ID: uint64(i/2 + 1), Side: side}}
	}
	e := newEngine(b, rule.All(edition.Default()))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(xs) == 0 {
			e.End()
			e.Begin()
		}
		e.Observe(xs[i%len(xs)])
	}
}
