package certify

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// What a client tells its caller of its own timeout, or sends upon it, and the
// certifier's note that it closed the connection, come in either order, as the
// processor has time. The verdicts are the same.
func TestWhatTheClientSaysOfItsLeavingIsOrderedByTheWire(t *testing.T) {
	const left = 5 * time.Second // its timeout
	for _, c := range []struct {
		what    string
		rule    string
		outcome traffic.Outcome
		again   time.Duration // when it opened a connection for the same order, 0 for never
		want    rule.Verdict
	}{
		{"it tells that it does not know", "tells-unknown", traffic.OutcomeUnknown, 0, rule.Pass},
		{"it tells of a refusal", "tells-unknown", traffic.OutcomeRejected, 0, rule.Fail},
		{"it sends nothing more", "no-blind-resend-unanswered", traffic.OutcomeUnknown, 0, rule.Pass},
		{"it sends the order again", "no-blind-resend-unanswered", traffic.OutcomeOK, left + 10*time.Millisecond, rule.Fail},
	} {
		for _, noted := range []time.Duration{left - 5*time.Millisecond, left + 5*time.Millisecond, left + 150*time.Millisecond} {
			told := left + time.Millisecond
			if c.again > 0 {
				told = c.again + time.Second
			}
			r := hung(noted, told, c.again, c.outcome)
			if got := verdictOf(r, c.rule); got != c.want {
				t.Errorf("%s, and the connection is noted to be closed at %v: expected %s of %s, found %s", c.what, noted, c.want, c.rule, got)
			}
		}
	}
}

// hung is a run in which an order was not answered. All times count from its
// beginning: when it is noted that the client left, when the client told its
// caller, and when it opened a connection to send the order again, if it did.
func hung(noted, told, again time.Duration, outcome traffic.Outcome) *run {
	begin := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return begin.Add(d) }
	step := order()
	r := &run{Certifier: &Certifier{}, scenario: &Scenario{Name: "hang"}, end: at(time.Minute)}
	r.commands = []*command{{id: 1, op: step.Op, params: step.Params, given: begin, answered: at(told), answer: driver.Answer{Outcome: outcome}}}
	sent := wire.Seen{
		Number: 1, Method: "POST", URL: "https://api.binance.com/api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.01&price=9000.00",
		OpenedAt: at(time.Millisecond), FirstByteAt: at(2 * time.Millisecond), HeaderAt: at(2 * time.Millisecond),
		End: wire.Unanswered, ClientLeft: true, EndedAt: at(noted),
	}
	r.seen = []*wire.Seen{&sent}
	if again > 0 {
		second := sent
		second.Number, second.OpenedAt, second.FirstByteAt, second.HeaderAt = 2, at(again), at(again+time.Millisecond), at(again+time.Millisecond)
		second.End, second.ClientLeft, second.Status, second.EndedAt = wire.Answered, false, 200, at(again+20*time.Millisecond)
		second.ResponseHeader = traffic.Header{{Name: "Content-Type", Value: "application/json"}}
		second.ResponseBody = []byte(`{"symbol":"BTCUSDT","orderId":28}`)
		r.seen = append(r.seen, &second)
	}
	return r
}

func verdictOf(r *run, id string) rule.Verdict {
	r.Edition, _ = edition.ByID(edition.DefaultID)
	for _, one := range rule.All(r.Edition) {
		if one.ID == id {
			r.Rules = []*rule.Rule{one}
		}
	}
	out := &Result{}
	r.judge(out)
	return out.Tally.Rules[0].Verdict()
}

// A call that comes a second time was sent upon the refusal of the first only if
// its connection was there, or free, after that: else it may have been under way
// beside it, as a second attempt, or as a poll of the client's own.
func TestAgainIsUponTheAnswer(t *testing.T) {
	const refused = 50 * time.Millisecond
	for _, c := range []struct {
		what   string
		opened time.Duration // the connection of the second
		want   rule.Verdict
	}{
		{"a second attempt on a connection opened before the refusal left", 40 * time.Millisecond, rule.Inconclusive},
		{"one on a connection opened after it", refused + 2*time.Millisecond, rule.Fail},
	} {
		if got := verdictOf(askedTwice(refused, c.opened), "back-off-after-429"); got != c.want {
			t.Errorf("%s: expected %s, found %s", c.what, c.want, got)
		}
	}
}

// askedTwice is a run in which a read was refused and came again 5 ms after that.
// All times count from its beginning.
func askedTwice(refused, opened time.Duration) *run {
	begin := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return begin.Add(d) }
	r := &run{Certifier: &Certifier{}, scenario: &Scenario{Name: "refused"}, end: at(time.Minute)}
	r.commands = []*command{{id: 1, op: driver.Klines, params: map[string]any{"symbol": "BTCUSDT", "interval": "1m"}, given: begin, answered: at(time.Second), answer: driver.Answer{Outcome: traffic.OutcomeOK}}}
	first := wire.Seen{
		Number: 1, Method: "GET", URL: "https://api.binance.com/api/v1/klines?symbol=BTCUSDT&interval=1m",
		OpenedAt: at(time.Millisecond), FirstByteAt: at(2 * time.Millisecond), HeaderAt: at(2 * time.Millisecond),
		End: wire.Answered, Status: 429, EndedAt: at(refused),
		ResponseHeader: traffic.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Retry-After", Value: "30"}},
		ResponseBody:   []byte(`{"code":-1003,"msg":"Too many requests."}`),
	}
	second := first
	second.Number, second.OpenedAt = 2, at(opened)
	second.FirstByteAt, second.HeaderAt = at(refused+5*time.Millisecond), at(refused+5*time.Millisecond)
	second.Status, second.EndedAt, second.ResponseBody = 200, at(refused+20*time.Millisecond), []byte(`[]`)
	r.seen = []*wire.Seen{&first, &second}
	return r
}

// A statement is of the address from which the requests of its command came, where
// the client used several, and of nobody's where there were none; one address needs
// not be said.
func TestStatementsNameTheirSpeakers(t *testing.T) {
	sent := func(client string, command int64) *traffic.Exchange {
		return &traffic.Exchange{Client: client, Annotation: &traffic.Annotation{Command: traffic.Command{ID: command}}}
	}
	told := func(command int64) *traffic.Exchange {
		return &traffic.Exchange{Annotation: &traffic.Annotation{Command: traffic.Command{ID: command}, Told: traffic.Told{Outcome: traffic.OutcomeOK}}}
	}
	for name, c := range map[string]struct {
		list []*traffic.Exchange
		want []string
	}{
		"one address": {[]*traffic.Exchange{sent("127.0.0.1", 1), told(1), sent("127.0.0.1", 2), told(2)}, []string{"127.0.0.1", "", "127.0.0.1", ""}},
		"two":         {[]*traffic.Exchange{sent("127.0.0.1", 1), sent("::1", 2), told(1), told(2), told(3)}, []string{"127.0.0.1", "::1", "127.0.0.1", "::1", ""}},
		"again from another": {[]*traffic.Exchange{sent("127.0.0.1", 1), sent("::1", 1), {Client: "::1"}, told(1)},
			[]string{"127.0.0.1", "::1", "::1", "127.0.0.1"}},
	} {
		nameSpeakers(c.list)
		for i, x := range c.list {
			if x.Client != c.want[i] {
				t.Errorf("%s: exchange %d: expected it to be of %q, found %q", name, i+1, c.want[i], x.Client)
			}
		}
	}
}
