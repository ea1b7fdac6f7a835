package main

import (
	"math/rand/v2"
	"slices"
)

// Behaviour is what a client does, whoever watches it. It is data: a seed and a
// number make it, and JSON takes it to the process that plays it.
type Behaviour struct {
	Number   int    `json:"number"`
	Scenario string `json:"scenario"` // of certify, which gives the occasion

	Threads    int        `json:"threads"`
	Connection Connection `json:"connection"`
	InQuery    bool       `json:"in_query,omitempty"` // parameters of a POST stand in the query

	Warm    bool `json:"warm,omitempty"`     // each thread pings first, so that connections are there
	StartMs int  `json:"start_ms,omitempty"` // after the process began
	Calls   int  `json:"calls"`              // of each thread
	PaceMs  int  `json:"pace_ms"`            // between the calls of a thread
	Shifted bool `json:"shifted,omitempty"`  // each thread begins a little after the one before

	// Others says what all threads but the first do where the scenario is about
	// a call that changes something.
	Others Others `json:"others,omitempty"`

	Refused   OnRefusal `json:"refused,omitempty"` // what it does on 429 and 418
	Unknown   OnUnknown `json:"unknown,omitempty"` // and where an outcome is unknown
	AfterMs   int       `json:"after_ms,omitempty"`
	TimeoutMs int       `json:"timeout_ms"`         // of one call
	Exits     bool      `json:"exits,omitempty"`    // when it has done all, and
	StaysMs   int       `json:"stays_ms,omitempty"` // so long after that
}

// Connection is how calls come by their connections.
type Connection string

// The ways.
const (
	Kept  Connection = "kept"  // one pool for all threads
	Fresh Connection = "fresh" // one for each call
	Own   Connection = "own"   // one for each thread
	HTTP2 Connection = "http2" // one for all, where it is spoken; else as Kept
)

// Others is what the threads beside the first do.
type Others string

// What they do.
const (
	Read  Others = "read"
	Trade Others = "trade" // orders of their own
	Twin  Others = "twin"  // the very order of the first, at the same time
)

// OnRefusal is what a client makes of 429 and 418.
type OnRefusal string

// The reactions. All but Ignore ask again when they have waited, once.
const (
	Ignore     OnRefusal = "ignore"      // asks again at once, some times
	Wait       OnRefusal = "wait"        // to the instant
	WaitLonger OnRefusal = "wait-longer" // and a while
	WaitMillis OnRefusal = "wait-millis" // takes seconds for milliseconds
	WaitPartly OnRefusal = "wait-partly" // not to the end
	WaitAlone  OnRefusal = "wait-alone"  // in the thread that was refused; others go on
	Stop       OnRefusal = "stop"        // sends nothing any more
)

// OnUnknown is what a client makes of a call that changes something when nobody
// can know what became of it.
type OnUnknown string

// The reactions, which come after AfterMs.
const (
	GiveUp       OnUnknown = "give-up"
	Resend       OnUnknown = "resend"
	ResendSameID OnUnknown = "resend-same-id"
	LookUp       OnUnknown = "look-up"
	LookUpResend OnUnknown = "look-up-resend" // where the first left no trace
	ResendLookUp OnUnknown = "resend-look-up" // too late
	TradeOn      OnUnknown = "trade-on"       // another order of the symbol
)

// scenarios are those of certify that the behaviours meet, more often those that
// have been told wrongly.
var scenarios = []struct {
	name   string
	weight int
}{
	{"429-read-1", 2}, {"429-read-2", 4}, {"429-read-5", 2}, {"429-parallel", 4},
	{"429-order-1", 1}, {"429-order-2", 3}, {"429-order-5", 1},
	{"429-without-header", 1}, {"429-then-418", 3}, {"418-read", 3}, {"418-order", 2},
	{"order-503-done", 1}, {"order-503-not-done", 2}, {"order-504-done", 2}, {"order-504-not-done", 3},
	{"order-closed-not-done", 1}, {"order-closed-warm-done", 1}, {"order-hang-not-done", 1},
	{"cancel-504-not-done", 2}, {"cancel-504-done", 1},
	{"withdraw-504-not-done", 2}, {"withdraw-504-done", 1}, {"withdraw-500-not-done", 1},
}

// Generate makes behaviour number n of a seed.
func Generate(seed uint64, n int) Behaviour {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	b := Behaviour{
		Number: n, Scenario: pickScenario(r),
		Threads:    1,
		Connection: pick(r, Kept, Kept, Kept, Fresh, Fresh, Own, Own, HTTP2),
		InQuery:    r.IntN(3) == 0,
		Warm:       r.IntN(3) == 0,
		StartMs:    pick(r, 0, 0, 0, 200, 1500, 4000),
		Calls:      1 + r.IntN(8),
		PaceMs:     pick(r, 0, 5, 20, 100, 300, 1000),
		Shifted:    r.IntN(2) == 0,
		Others:     pick(r, Read, Read, Trade, Twin),
		TimeoutMs:  pick(r, 5000, 10000, 30000),
		Exits:      r.IntN(6) == 0,
	}
	if r.IntN(5) > 1 {
		b.Threads = 2 + r.IntN(7)
	}
	if refuses(b.Scenario) {
		b.Refused = pick(r, Ignore, Wait, Wait, WaitLonger, WaitMillis, WaitPartly, WaitAlone, Stop)
	} else {
		b.Unknown = pick(r, GiveUp, Resend, Resend, ResendSameID, LookUp, LookUpResend, ResendLookUp, TradeOn)
		b.AfterMs = pick(r, 0, 0, 0, 1, 20, 300, 1000, 3000, 6000, 9000, 15000)
	}
	return b
}

func pickScenario(r *rand.Rand) string {
	var all []string
	for _, s := range scenarios {
		all = append(all, slices.Repeat([]string{s.name}, s.weight)...)
	}
	return pick(r, all...)
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }
