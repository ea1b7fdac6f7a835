package general

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// crowd is a recording of several clients at once: each has one of the cases, in its
// own order, and an address of its own.
func crowd(r *rand.Rand, cases []*conversation.Conversation) (xs []*traffic.Exchange) {
	var left [][]*traffic.Exchange
	for i := range 2 + r.IntN(4) {
		var own []*traffic.Exchange
		for _, x := range cases[r.IntN(len(cases))].Exchanges {
			y := x.Clone()
			y.Client = fmt.Sprintf("10.0.%d.1", i) + x.Client
			if y.Annotation.Side() != traffic.Alone {
				of := *y.Annotation
				of.Hop.ID += uint64(100 * i)
				y.Annotation = &of
			}
			own = append(own, y)
		}
		left = append(left, own)
	}
	for len(left) > 0 {
		i := r.IntN(len(left))
		x := left[i][0]
		x.At = traffic.Position{File: "crowd", Line: len(xs) + 1, Number: len(xs) + 1}
		xs = append(xs, x)
		if left[i] = left[i][1:]; len(left[i]) == 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
	return xs
}

// half is one that a Sequencer hears.
type half struct {
	ev        rule.Event
	isRequest bool
}

// The law of sequences: a Sequencer needs each client's halves in their order, and no
// more: clients may come in any order, and the verdicts are those of one engine that
// reads the recording.
func TestSequencerHearsClientsInAnyOrder(t *testing.T) {
	rules, cases := rule.All(edition.Default()), all(t)
	opts := engine.Options{Edition: edition.Default()}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		xs := crowd(r, cases)
		whole := engine.Judge(rules, edition.Default(), xs)

		front, byClient := engine.NewFront(rules, opts), map[uint64][]half{}
		var counted rule.Traffic
		order := engine.NewOrder(&counted, func(ev *rule.Event, isRequest bool) {
			byClient[ev.Client] = append(byClient[ev.Client], half{*ev, isRequest})
		})
		hops := engine.NewJoiner(rules, opts)
		order.Begin()
		for _, x := range xs {
			var ev rule.Event
			if front.Read(x, &ev) {
				hops.Hear(&ev)
				order.Put(&ev)
			}
		}
		order.End()
		hops.End()
		got := front.Take()
		got.Traffic.Files, got.Traffic.Late, got.Traffic.Cuts = 1, counted.Late, counted.Cuts
		got.Merge(hops.Tally())
		got.Merge(hearInTurns(r, rules, opts, byClient))
		if !reflect.DeepEqual(got, whole) {
			t.Fatalf("seed %d: expected the tally of one engine\n%s\nfound\n%s", seed, verdicts(whole), verdicts(got))
		}
	}
}

// hearInTurns has a Sequencer hear all clients' halves, of now this and now that one.
func hearInTurns(r *rand.Rand, rules []*rule.Rule, opts engine.Options, byClient map[uint64][]half) *rule.Tally {
	s := engine.NewSequencer(rules, opts)
	var clients []uint64
	for client := range byClient {
		clients = append(clients, client)
	}
	slices.Sort(clients)
	for len(clients) > 0 {
		i := r.IntN(len(clients))
		halves := byClient[clients[i]]
		n := 1 + r.IntN(len(halves))
		for _, h := range halves[:n] {
			s.Hear(&h.ev, h.isRequest)
		}
		if byClient[clients[i]] = halves[n:]; n == len(halves) {
			clients = slices.Delete(clients, i, i+1)
		}
	}
	s.End()
	return s.Tally()
}

// What a client is found to have done does not depend on who else is in the
// recording, whose clocks may say what they want. Only whether the recording keeps an
// order, so that a clock that falls back is seen by that, is shown by all.
func TestClientsDoNotMatterToEachOther(t *testing.T) {
	rules := rule.All(edition.Default())
	cases := slices.DeleteFunc(all(t), func(c *conversation.Conversation) bool { return !keepsOrder(c) || hasHops(c) })
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 11))
		xs := crowd(r, cases)
		for _, x := range xs { // each client's clock is off by so much
			shift(x, time.Duration(traffic.Hash(x.Client)%5)*time.Hour)
		}
		whole := engine.Judge(rules, edition.Default(), xs)
		alone := map[string][]*traffic.Exchange{}
		for _, x := range xs {
			alone[x.Client] = append(alone[x.Client], x)
		}
		var sum *rule.Tally
		for _, own := range alone {
			if one := engine.Judge(rules, edition.Default(), own); sum == nil {
				sum = one
			} else {
				sum.Merge(one)
			}
		}
		if a, b := verdicts(sum), verdicts(whole); a != b {
			t.Fatalf("seed %d: expected what is found of each client alone\n%s\nfound\n%s", seed, a, b)
		}
	}
}

// keepsOrder reports a conversation whose exchanges stand in the order in which they
// were sent.
func keepsOrder(c *conversation.Conversation) bool {
	return slices.IsSortedFunc(c.Exchanges, func(a, b *traffic.Exchange) int { return a.Sent.Latest.Compare(b.Sent.Latest) })
}

// hasHops reports a conversation of both sides of a proxy, who is the client behind.
func hasHops(c *conversation.Conversation) bool {
	return slices.ContainsFunc(c.Exchanges, func(x *traffic.Exchange) bool { return x.Annotation.Side() != traffic.Alone })
}

func shift(x *traffic.Exchange, by time.Duration) {
	if x.Sent.Known() {
		x.Sent = x.Sent.Shift(by)
	}
	if x.Received.Known() {
		x.Received = x.Received.Shift(by)
	}
}

// A watermark that keeps its promise changes nothing but when a verdict is there.
func TestAdvanceChangesNoTally(t *testing.T) {
	rules, cases := rule.All(edition.Default()), all(t)
	early := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 13))
		xs := crowd(r, cases)
		whole := engine.Judge(rules, edition.Default(), xs)
		e := engine.New(rules, engine.Options{Edition: edition.Default()})
		e.Begin()
		for i, x := range xs {
			e.Observe(x)
			if at, known := earliest(xs[i+1:]); known && r.IntN(3) == 0 {
				e.Advance(at.Add(-time.Duration(r.IntN(2)) * time.Second))
			}
			early += len(failures(e.Tally()))
		}
		e.End()
		if !reflect.DeepEqual(e.Tally(), whole) {
			t.Fatalf("seed %d: expected the tally without watermarks\n%s\nfound\n%s", seed, verdicts(whole), verdicts(e.Tally()))
		}
	}
	if early == 0 {
		t.Error("expected findings before the end, found none")
	}
}

// earliest is the first instant of what is still to come, as sequences hear it.
func earliest(xs []*traffic.Exchange) (at time.Time, known bool) {
	for _, x := range xs {
		sent := x.Sent.Latest
		if x.Statement() {
			sent = x.Received.Earliest
		}
		if x.Sent.Known() && (!known || sent.Before(at)) {
			at, known = sent, true
		}
	}
	return at, known
}

// A request that came too early is a finding as soon as nothing more can come before
// it: a live client is told at once.
func TestAdvanceFindsAtOnce(t *testing.T) {
	const refused = "> +0s\nGET https://api.binance.com/api/v1/ping HTTP/1.1\n\n< +80ms\nHTTP/1.1 429 Too Many Requests\nRetry-After: 5\n\n" +
		`{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}` + "\n\n"
	c, err := conversation.Parse(edition.Default(), "live", refused+"> +1s\nGET https://api.binance.com/api/v1/ping HTTP/1.1\n\n< +1080ms\nHTTP/1.1 200 OK\n\n{}\n")
	if err != nil {
		t.Fatal(err)
	}
	const id = "back-off-after-429"
	rules := slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool { return r.ID != id })
	e := engine.New(rules, engine.Options{Edition: edition.Default()})
	e.Begin()
	for _, x := range c.Exchanges {
		e.Observe(x)
	}
	early := c.Exchanges[1].Sent.Latest
	for _, step := range []struct {
		at   time.Time
		want int64
	}{{early.Add(-time.Second), 0}, {early, 0}, {early.Add(1), 1}, {early, 1}} {
		if e.Advance(step.at); e.Tally().Rules[0].Failed != step.want {
			t.Errorf("nothing earlier than %s is to come: expected %d findings of %s, found %d", step.at, step.want, id, e.Tally().Rules[0].Failed)
		}
	}
	if e.End(); e.Tally().Rules[0].Failed != 1 {
		t.Errorf("expected one finding at the end, found %d", e.Tally().Rules[0].Failed)
	}
}
