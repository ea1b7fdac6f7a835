package main

import (
	"testing"
	"time"
)

// at is a note at an instant, in milliseconds.
func at(ms int, n note) note {
	n.At = millis(ms)
	return n
}

// asks is the decision of a thread to send a call.
func asks(number, thread int, c asked) note {
	return note{Event: decided, Call: number, Thread: thread, Method: c.method, Path: c.path, Same: c.same, Symbol: c.symbol, ClientID: c.id, About: c.about}
}

// asked is as much of a call as the oracle asks for.
type asked struct{ method, path, same, symbol, id, about string }

var (
	aRead     = asked{method: "GET", path: "/api/v1/klines", same: "klines", symbol: "BTCUSDT"}
	anOrder   = asked{method: "POST", path: "/api/v3/order", same: "buy", symbol: "BTCUSDT", id: "one"}
	theSame   = asked{method: "POST", path: "/api/v3/order", same: "buy", symbol: "BTCUSDT", id: "two"}
	another   = asked{method: "POST", path: "/api/v3/order", same: "sell", symbol: "BTCUSDT", id: "three"}
	elsewhere = asked{method: "POST", path: "/api/v3/order", same: "buy LTC", symbol: "LTCUSDT", id: "four"}
	aLookUp   = asked{method: "GET", path: "/api/v3/order", same: "query", symbol: "BTCUSDT", about: "one"}
)

func hears(call, thread, status int) note {
	return note{Event: read, Call: call, Thread: thread, Status: status}
}

func refused(call, thread, status int, wait string) note {
	return note{Event: read, Call: call, Thread: thread, Status: status, RetryAfter: wait, Date: "Sun, 21 Jul 2019 10:00:50 GMT"}
}

// TestTruth: what a diary says of each clause, and what it leaves open.
func TestTruth(t *testing.T) {
	for _, c := range []struct {
		name, clause string
		notes        []note
		want         Answer
	}{
		{"nothing was refused", "L08", []note{at(0, asks(1, 0, aRead)), at(9, hears(1, 0, 200))}, Idle},
		{"silent to the instant", "L08", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 429, "2")), at(2009, asks(2, 0, aRead)),
		}, IsKept},
		{"at once", "L08", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 429, "2")), at(10, asks(2, 0, aRead)),
		}, IsBroken},
		{"decided before the refusal was read", "L08", []note{
			at(0, asks(1, 0, aRead)), at(8, asks(2, 1, aRead)), at(9, refused(1, 0, 429, "2")), at(400, hears(2, 1, 200)),
		}, IsKept},
		{"decided before, on a connection that was begun after", "L08", []note{
			at(0, asks(1, 0, aRead)), at(8, asks(2, 1, aRead)), at(9, refused(1, 0, 429, "2")), at(10, note{Event: dialled, Call: 2, Thread: 1}),
		}, Ambiguous},
		{"decided before, when all connections were taken", "L08", []note{
			at(0, asks(1, 0, aRead)), at(8, asks(2, 1, aRead)), at(9, refused(1, 0, 429, "2")), at(10, note{Event: got, Call: 2, Thread: 1}),
		}, Ambiguous},
		{"another thread, which can't know yet", "L08", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 429, "2")), at(30, asks(2, 1, aRead)),
		}, Ambiguous},
		{"another thread, which ought to know", "L08", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 429, "2")), at(200, asks(2, 1, aRead)),
		}, IsBroken},
		{"nearly over", "L08", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 429, "5")), at(4500, asks(2, 0, aRead)),
		}, Ambiguous},
		{"without a time, in the minute", "L08", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 429, "")), at(1500, asks(2, 0, aRead)),
		}, IsBroken},
		{"without a time, in the next minute", "L08", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 429, "")), at(10100, asks(2, 0, aRead)),
		}, IsKept},
		{"while it is being ended", "L08b", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 418, "120")), at(9000, asks(2, 0, aRead)), at(9100, note{Event: stopped}),
		}, Ambiguous},
		{"during a ban", "L08b", []note{
			at(0, asks(1, 0, aRead)), at(9, refused(1, 0, 418, "120")), at(9000, asks(2, 0, aRead)), at(20000, note{Event: stopped}),
		}, IsBroken},

		{"no order was lost", "G10a", []note{at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 200)), at(10, asks(2, 0, theSame))}, Idle},
		{"sent again at once", "G10a", []note{at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 504)), at(10, asks(2, 0, theSame))}, IsBroken},
		{"sent again after a look", "G10a", []note{
			at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 504)), at(10, asks(2, 0, aLookUp)), at(12, hears(2, 0, 400)), at(13, asks(3, 0, theSame)),
		}, IsKept},
		{"sent again before the look", "G10a", []note{
			at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 504)), at(10, asks(2, 0, theSame)), at(12, asks(3, 0, aLookUp)),
		}, IsBroken},
		{"sent again while the look was under way", "G10a", []note{
			at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 504)), at(10, asks(2, 1, aLookUp)), at(12, asks(3, 0, theSame)), at(13, hears(2, 1, 200)),
		}, Ambiguous},
		{"twins", "G10a", []note{
			at(0, asks(1, 0, anOrder)), at(1, asks(2, 1, theSame)), at(9, hears(1, 0, 504)),
		}, IsKept},
		{"twins, of which one dials when the other is on its way", "G10a", []note{
			at(0, asks(1, 0, anOrder)), at(1, asks(2, 1, theSame)), at(2, note{Event: wrote, Call: 1}), at(3, note{Event: dialled, Call: 2, Thread: 1}), at(9, hears(1, 0, 504)),
		}, Ambiguous},
		{"not answered", "G10a", []note{at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 0)), at(10, asks(2, 0, theSame))}, IsBroken},
		{"given up", "G10a", []note{at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 504)), at(10, asks(2, 0, aRead))}, IsKept},

		{"looked up", "G10b", []note{at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 503)), at(10, asks(2, 0, aLookUp))}, IsKept},
		{"never looked up", "G10b", []note{at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 503)), at(10, asks(2, 0, elsewhere))}, Unlooked},
		{"traded on", "G10b", []note{at(0, asks(1, 0, anOrder)), at(9, hears(1, 0, 503)), at(10, asks(2, 0, another))}, IsBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := truths(c.notes)[c.clause]; got.Answer != c.want {
				t.Errorf("%s: expected %s, found %s (%s)", c.clause, c.want, got.Answer, got.Why)
			}
		})
	}
}

// TestStarved: where the machine kept the client from reading, seats may take what
// it had decided upon for later.
func TestStarved(t *testing.T) {
	for late, want := range map[int]bool{20: false, 900: true} {
		notes := []note{
			at(0, asks(1, 0, aRead)), at(1, note{Event: wrote, Call: 1}), at(late-1, asks(2, 1, aRead)), at(late, refused(1, 0, 429, "2")),
		}
		truth := truths(notes)["L08"]
		if truth.Answer != IsKept || truth.Starved != want {
			t.Errorf("read after %d ms: expected a client that keeps the clause, starved %t, found %+v", late, want, truth)
		}
		if f := contradiction(truth, Told{Verdict: Fail}); (f == Starving) != want || f == "" {
			t.Errorf("read after %d ms: expected a false fail, found %q", late, f)
		}
	}
}

// TestContradiction: what of a verdict contradicts which truth.
func TestContradiction(t *testing.T) {
	for _, c := range []struct {
		truth   Answer
		verdict Verdict
		want    Fault
	}{
		{IsKept, Pass, ""}, {IsKept, Inconclusive, ""}, {IsKept, NotExercised, ""}, {IsKept, Fail, FalseFail},
		{IsBroken, Pass, FalsePass}, {IsBroken, Inconclusive, ""}, {IsBroken, NotExercised, ""}, {IsBroken, Fail, ""},
		{Unlooked, Pass, FalsePass}, {Unlooked, Fail, FalseFail}, {Unlooked, NotExercised, ""},
		{Ambiguous, Pass, ""}, {Ambiguous, Fail, ""}, {Idle, Fail, FalseFail}, {Idle, NotExercised, ""},
	} {
		if got := contradiction(Truth{Answer: c.truth}, Told{Verdict: c.verdict}); got != c.want {
			t.Errorf("%s, told %s: expected %q, found %q", c.truth, c.verdict, c.want, got)
		}
	}
	if got := contradiction(Truth{Answer: IsKept}, Told{Verdict: Inconclusive, Elsewhere: []string{"the table of clauses"}}); got != DoubtKept {
		t.Errorf("expected a doubt that is told as kept to be found, found %q", got)
	}
	of := func(seat Seat, v Verdict) *Sight {
		s := &Sight{Seat: seat, Truth: map[string]Truth{}, Told: map[string]Told{}}
		s.Truth["L08"], s.Told["L08"] = Truth{Answer: IsBroken}, Told{Verdict: v}
		return s
	}
	list := contradictions([]*Sight{of(Isolated, Fail), of(ByURL, Pass), of(HAR, Inconclusive)})
	if len(list) != 1 || list[0].Fault != FalsePass {
		t.Errorf("expected one false pass, found %v", list)
	}
}

// TestReadReport: of a clause the strongest rule counts, and what the report says
// elsewhere is held against it.
func TestReadReport(t *testing.T) {
	told, err := readReport([]byte(`{
		"rules": [
			{"id": "a", "party": "client", "clauses": ["L08"], "verdict": "pass"},
			{"id": "d", "party": "client", "clauses": ["G10b"], "verdict": "pass", "inconclusive": 1},
			{"id": "b", "party": "client", "clauses": ["L08", "L08b"], "verdict": "inconclusive"},
			{"id": "c", "party": "server", "clauses": ["L08"], "verdict": "fail"}],
		"target": {"clauses": [{"clause": "L08", "verdict": "pass"}]},
		"scenarios": [{"name": "x", "clauses": [{"id": "L08b", "verdict": "inconclusive"}, {"id": "G10b", "verdict": "pass", "in_doubt": 1}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := told["L08"]; got.Verdict != Inconclusive || len(got.Elsewhere) != 1 {
		t.Errorf("expected a doubt that the table of clauses tells as kept, found %+v", got)
	}
	if got := told["L08b"]; got.Verdict != Inconclusive || len(got.Elsewhere) != 0 {
		t.Errorf("expected a doubt, found %+v", got)
	}
	if got := told["G10b"]; got.Verdict != Inconclusive {
		t.Errorf("expected what was kept beside a doubt to be in doubt, found %+v", got)
	}
	if got := told["G10a"]; got.Verdict != NotExercised {
		t.Errorf("expected nothing, found %+v", got)
	}
	if _, err := readReport([]byte(`{}`)); err == nil {
		t.Error("expected an error for a report without rules, found none")
	}
}

// TestCallsOf: the calls of a diary that ends in the middle.
func TestCallsOf(t *testing.T) {
	calls, end := callsOf([]note{
		at(0, asks(1, 0, aRead)), at(1, note{Event: dialled, Call: 1}), at(2, note{Event: wrote, Call: 1}), at(3, asks(2, 1, aRead)), at(4, note{Event: stopped}),
	})
	if len(calls) != 2 || calls[0].dialled == nil || calls[0].written != 1 || calls[0].read != nil || end != 4*time.Millisecond {
		t.Errorf("expected two calls under way at 4 ms, found %+v, %v", calls, end)
	}
}
