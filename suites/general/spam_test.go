package general

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// refusedCall is one call, refused with a 429 without Retry-After, or answered.
type refusedCall struct {
	sent, answered time.Duration
	status         int
}

// chain is a call that is sent again so long after each refusal, which takes a
// millisecond.
func chain(from time.Duration, pauses ...time.Duration) []refusedCall {
	calls := []refusedCall{{from, from + time.Millisecond, 429}}
	for _, p := range pauses {
		from += time.Millisecond + p
		calls = append(calls, refusedCall{from, from + time.Millisecond, 429})
	}
	return calls
}

// each is n pauses that are the same.
func each(n int, pause time.Duration) []time.Duration {
	var list []time.Duration
	for range n {
		list = append(list, pause)
	}
	return list
}

// What is spamming, by how often the same call is sent again, and after which pauses.
func TestSpamIsTenTriesWithoutAPauseThatGrows(t *testing.T) {
	const ms = time.Millisecond
	later := func(at time.Duration) refusedCall { return refusedCall{at, at + ms, 200} }
	with := func(list []refusedCall, more ...refusedCall) []refusedCall { return append(list, more...) }
	halves := func(early, late time.Duration) []time.Duration {
		return append(each(spamCount/2, early), each(spamCount/2, late)...)
	}
	doubted := with([]refusedCall{{0, ms, 429}, {2 * ms, 5 * ms, 429}, {3 * ms, 6 * ms, 429}}, chain(7*ms, each(spamCount-3, ms)...)...)
	for _, c := range []struct {
		name  string
		calls []refusedCall
		want  string // kept, broken and undecided
	}{
		{"ten tries at once", chain(0, each(spamCount, ms)...), "0 1 0"},
		{"nine", with(chain(0, each(spamCount-1, ms)...), later(time.Minute)), "1 0 0"},
		{"twenty, which are two times ten", chain(0, each(2*spamCount+1, ms)...), "0 2 0"},
		{"pauses of which the longest are twice the shortest", with(chain(0, halves(60*ms, 120*ms)...), later(time.Minute)), "1 0 0"},
		{"pauses of which the longest are less than twice the shortest", chain(0, halves(60*ms, 119*ms)...), "0 1 0"},
		{"pauses as short as those that grow", with(chain(0, halves(ms, 100*ms)...), later(time.Minute)), "1 0 0"},
		{"pauses shorter than any that grow", chain(0, halves(ms, 99*ms)...), "0 1 0"},
		{"one long pause in the first half", chain(0, append(append(each(4, 60*ms), 110*ms), each(5, 60*ms)...)...), "0 1 0"},
		{"one short pause in the first half", with(chain(0, append(append(each(4, 60*ms), 20*ms), each(5, 100*ms)...)...), later(time.Minute)), "1 0 0"},
		{"one long pause in the second half", with(chain(0, append(append(each(5, 60*ms), 120*ms), each(4, 60*ms)...)...), later(time.Minute)), "1 0 0"},
		{"the tenth within five seconds", chain(0, each(spamCount, 498*ms)...), "0 1 0"},
		{"the tenth after five seconds", chain(0, append(each(spamCount-1, 499*ms), 500*ms)...), "1 0 0"},
		{"in doubt, and gone on with more slowly", with(doubted, refusedCall{4 * time.Second, 4*time.Second + ms, 429}, refusedCall{6 * time.Second, 6*time.Second + ms, 429}, later(time.Minute)), "0 0 1"},
		{"in doubt, and another chain long after it", with(doubted, with(chain(time.Minute, each(spamCount-1, ms)...), later(2*time.Minute))...), "1 0 1"},
		{"answered in between, and ten tries then", with(with(chain(0, each(2, ms)...), refusedCall{6 * ms, 7 * ms, 200}), chain(8*ms, each(spamCount, ms)...)...), "0 1 0"},
		{"answered in between, and fewer tries then", with(with(with(chain(0, each(5, ms)...), refusedCall{12 * ms, 13 * ms, 200}), chain(14*ms, each(5, ms)...)...), later(time.Minute)), "1 0 0"},
		{"one sent as the first refusal came, and nine tries follow", with(chain(0, append(each(1, 0), each(spamCount-1, ms)...)...), later(time.Minute)), "1 0 0"},
		{"nine, and calls of another minute", with(chain(0, each(spamCount-1, ms)...), later(time.Minute), later(2*time.Minute), later(3*time.Minute)), "1 0 0"},
		{"three were under way at the first refusal, and ten tries follow", with([]refusedCall{{-3 * ms, 1 * ms, 429}, {-2 * ms, 2 * ms, 429}, {-1 * ms, 3 * ms, 429}}, chain(4*ms, each(spamCount, ms)...)...), "0 1 0"},
	} {
		var xs []*traffic.Exchange
		for i, call := range c.calls {
			body := `{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}`
			if call.status == 200 {
				body = `{}`
			}
			x := answered("https://api.binance.com/api/v1/ping", call.status, body)
			x.Request.Header = traffic.Header{{Name: "Accept", Value: "*/*"}}
			x.At.Number, x.Sent, x.Received = i+1, at(time.Second+call.sent), at(time.Second+call.answered)
			xs = append(xs, x)
		}
		if got := judgedBy(t, "back-off-after-429", engine.Options{}, xs...); got != c.want {
			t.Errorf("%s: expected %s, found %s", c.name, c.want, got)
		}
	}
}
