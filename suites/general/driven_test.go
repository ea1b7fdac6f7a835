package general

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// at is an instant so long after a start that all tests share.
func at(d time.Duration) traffic.Span { return traffic.Exactly(lost.Add(d)) }

// served is a request of a driven client, and its answer a second later.
func served(number int, command int64, business uint64, own bool) *rule.Event {
	e := &rule.Event{At: traffic.Position{Number: number}, Method: "GET", Path: "/api/v3/order", Business: business, Status: 503, Answered: true, Family: spoken.FamilyOf("/api/")}
	e.Sent, e.Received = at(time.Duration(number)*time.Minute), at(time.Duration(number)*time.Minute+time.Second)
	e.Annotation = &traffic.Annotation{Command: traffic.Command{ID: command, Own: own}}
	return e
}

// What a command was answered last is what its caller is to be told of, if nothing
// better came of it.
func TestAnswersOfCommands(t *testing.T) {
	post := func(e *rule.Event) *rule.Event {
		e.Method, e.StateChanging, e.ClientID = "POST", true, 7
		return e
	}
	look := func(e *rule.Event) *rule.Event {
		e.OrderRef = 7
		return e
	}
	ping := func(e *rule.Event) *rule.Event {
		e.Path, e.Endpoint = "/api/v1/ping", edition.Default().Catalogue.Lookup("GET", "/api/v1/ping")
		return e
	}
	type steps = func(s *answers)
	trouble := func(e *rule.Event) steps { return func(s *answers) { s.trouble(asked, e) } }
	next := func(e *rule.Event) steps { return func(s *answers) { s.next(asked, e) } }
	for _, c := range []struct {
		name   string
		steps  []steps
		ok     bool
		number int // of the exchange that is told of
		also   func(a *answer) bool
	}{
		{"nothing was refused", nil, false, 0, nil},
		{"a call", []steps{trouble(served(1, 1, 5, false))}, true, 1, nil},
		{"another command's", []steps{trouble(served(1, 2, 5, false))}, false, 0, nil},
		{"nobody's", []steps{trouble(served(1, 0, 5, false))}, false, 0, nil},
		{"what the client does beside it is no call of the command", []steps{trouble(served(1, 1, 5, true))}, false, 0, nil},
		{"its own second try", []steps{trouble(served(1, 1, 5, false)), trouble(served(2, 1, 5, true))}, true, 2, nil},
		{"its own second try, not refused", []steps{trouble(served(1, 1, 5, false)), next(served(2, 1, 5, true))}, false, 0, nil},
		{"of two calls the one that was answered last", []steps{trouble(served(2, 1, 6, false)), trouble(served(1, 1, 5, false))}, true, 2, nil},
		{"of two calls the one that was answered last, in turn", []steps{trouble(served(1, 1, 5, false)), trouble(served(2, 1, 6, false))}, true, 2, nil},
		{"of two calls the one that was not sent again", []steps{trouble(served(1, 1, 5, false)), trouble(served(2, 1, 6, false)), next(served(3, 1, 6, true))}, true, 1, nil},
		{"another command sends the same", []steps{trouble(served(1, 1, 5, false)), next(served(2, 2, 5, false))}, true, 1, func(a *answer) bool { return !a.again }},
		{"the client sends something else by itself", []steps{trouble(served(1, 1, 5, false)), next(served(2, 1, 6, true))}, true, 1, func(a *answer) bool { return a.other && a.lookup.Number == 0 }},
		{"the client asks by itself how the venue is", []steps{trouble(served(1, 1, 5, false)), next(ping(served(2, 1, 6, true)))}, true, 1, func(a *answer) bool { return !a.other }},
		{"its caller asks for something else", []steps{trouble(served(1, 1, 5, false)), next(served(2, 1, 6, false))}, true, 1, func(a *answer) bool { return !a.other }},
		{"the client looks an order up", []steps{trouble(post(served(1, 1, 5, false))), next(look(served(2, 1, 6, true)))}, true, 1, func(a *answer) bool { return a.lookup.Number == 2 && !a.absent }},
		{"the look-up is refused", []steps{trouble(post(served(1, 1, 5, false))), next(look(served(2, 1, 6, true))), trouble(look(served(2, 1, 6, true)))}, true, 1, func(a *answer) bool { return a.lookup.Number == 2 && a.absent }},
		{"something else is refused", []steps{trouble(post(served(1, 1, 5, false))), next(look(served(2, 1, 6, true))), trouble(served(3, 1, 8, true))}, true, 1, func(a *answer) bool { return a.lookup.Number == 2 && !a.absent }},
		{"a second look-up is not refused", []steps{trouble(post(served(1, 1, 5, false))), next(look(served(2, 1, 6, true))), trouble(look(served(2, 1, 6, true))), next(look(served(3, 1, 6, true)))}, true, 1, func(a *answer) bool { return a.lookup.Number == 3 && !a.absent }},
		{"a read is looked up by nothing", []steps{trouble(served(1, 1, 5, false)), next(look(served(2, 1, 6, true)))}, true, 1, func(a *answer) bool { return a.lookup.Number == 0 }},
	} {
		var s answers
		for _, step := range c.steps {
			step(&s)
		}
		last, ok := s.told(served(9, 1, 0, false))
		if ok != c.ok || last.at.Number != c.number {
			t.Errorf("%s: expected exchange %d, %t, found %d, %t", c.name, c.number, c.ok, last.at.Number, ok)
		} else if c.also != nil && !c.also(&last) {
			t.Errorf("%s: expected otherwise than %+v", c.name, last)
		}
		if _, again := s.told(served(9, 1, 0, false)); again {
			t.Errorf("%s: expected a command to be told of once", c.name)
		}
	}
}

// Of more commands under way than are remembered the oldest is forgotten.
func TestMoreCommandsThanAreRemembered(t *testing.T) {
	var s answers
	for n := range answersKept + 1 {
		s.trouble(asked, served(n+1, int64(n+1), 5, false))
	}
	if len(s.kept) != answersKept {
		t.Errorf("expected %d commands to be remembered, found %d", answersKept, len(s.kept))
	}
	if _, ok := s.told(served(99, 1, 0, false)); ok {
		t.Error("expected the oldest to be forgotten")
	}
	for n := 2; n <= answersKept+1; n++ {
		if last, ok := s.told(served(99, int64(n), 0, false)); !ok || last.at.Number != n {
			t.Errorf("expected command %d to be remembered, found %d, %t", n, last.at.Number, ok)
		}
	}
	var g guard
	g.silence = wait{at: traffic.Position{Number: 1}, began: at(0), end: at(2 * time.Hour)}
	for n := range answersKept + 1 {
		g.request(nil, served(n+1, int64(n+1), 5, false))
	}
	if _, any := g.take(1); any || len(g.sent) != answersKept {
		t.Errorf("expected the oldest request alone to be forgotten, found it %t, and %d", any, len(g.sent))
	}
	for n := 2; n <= answersKept+1; n++ {
		if first, any := g.take(int64(n)); !any || first.at.Number != n {
			t.Errorf("expected the request of command %d, found %d, %t", n, first.at.Number, any)
		}
	}
}

// A client is watched for long enough from two seconds on; what was answered at a
// time that nobody knows is not.
func TestLongWatched(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		since traffic.Span
		want  bool
	}{
		{"two seconds", shortestWatch, at(0), true},
		{"a little less", shortestWatch - time.Nanosecond, at(0), false},
		{"two seconds from the earliest alone", shortestWatch, traffic.Span{Earliest: at(0).Earliest, Latest: at(1).Latest}, false},
		{"an answer of no known time", time.Hour, traffic.Span{}, false},
	} {
		if got := longWatched(&rule.Event{Received: at(c.after)}, c.since); got != c.want {
			t.Errorf("%s: expected to be long enough: %t, found %t", c.name, c.want, got)
		}
	}
}

// What a client sends at the instant of an answer follows it where it is its own
// doing, and so does an order that its connection was ready for only then.
func TestFollows(t *testing.T) {
	own := &traffic.Annotation{Command: traffic.Command{ID: 1, Own: true}}
	wide := traffic.Span{Earliest: at(-time.Second).Earliest, Latest: at(time.Second).Latest}
	for _, c := range []struct {
		name    string
		e       rule.Event
		arrived traffic.Span
		want    bool
	}{
		{"sent later", rule.Event{Sent: at(1)}, at(0), true},
		{"sent at the same instant", rule.Event{Sent: at(0)}, at(0), false},
		{"sent at the same instant, by itself", rule.Event{Sent: at(0), Annotation: own}, at(0), true},
		{"sent before, by itself", rule.Event{Sent: at(-1), Annotation: own}, at(0), false},
		{"sent at about the same time, by itself", rule.Event{Sent: wide, Annotation: own}, at(0), false},
		{"an order, on a connection ready after it", rule.Event{Sent: wide, Annotation: own, StateChanging: true, Ready: lost}, at(0), true},
		{"an order, on a connection ready before it", rule.Event{Sent: wide, Annotation: own, StateChanging: true, Ready: lost.Add(-1)}, at(0), false},
		{"a read, on a connection ready after it", rule.Event{Sent: wide, Annotation: own, Ready: lost}, at(0), false},
		{"an order of somebody else's, on a connection ready after it", rule.Event{Sent: wide, StateChanging: true, Ready: lost}, at(0), false},
		{"an answer of no known time", rule.Event{Sent: at(0), Annotation: own}, traffic.Span{}, false},
	} {
		if got := follows(&c.e, c.arrived); got != c.want {
			t.Errorf("%s: expected to follow: %t, found %t", c.name, c.want, got)
		}
	}
}
