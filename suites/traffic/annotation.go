package traffic

import "time"

// Annotation is what somebody who drove the client, probed the server, or recorded
// both sides of a proxy, knows of an exchange beside what was on the wire.
// Recordings of ordinary traffic have none. It is immutable once an Exchange points to it, so that copies
// share it.
type Annotation struct {
	Command    Command
	Told       Told
	Experiment Experiment
	Lost       Lost
	Hop        Hop
}

// Command is the command of its caller that a client was serving, for clients
// that are driven by commands. Without one all that is sent counts as the
// client's own doing.
type Command struct {
	ID int64  // 1 or above; 0: none is known
	Op string // the driver protocol's word, such as placeOrder

	// Own says that the client sent the request by itself: it sent again, was
	// redirected, asked for the time or polled. Without it the request is the
	// one that the command needs.
	Own bool
}

// Told is what a driven client told its caller in answer to a command. An
// Exchange with an Outcome is a statement: it has no messages, was Sent when
// the command was given and Received when the client answered.
type Told struct {
	Outcome    Outcome
	Type       string        // of the error told, as the client names it; "" for none
	Status     int           // that the error bears; 0 for none
	Code       int64         // that the error bears; 0 for none
	RetryAfter time.Duration // that the error bears; 0 for none
}

// Outcome is what became of a command, as the client told it.
type Outcome string

// The outcomes; "" is no statement.
const (
	OutcomeOK          Outcome = "ok"
	OutcomeRejected    Outcome = "rejected"     // refused by the venue: it has not happened
	OutcomeRateLimited Outcome = "rate_limited" // refused for now
	OutcomeBanned      Outcome = "banned"
	OutcomeUnknown     Outcome = "unknown"     // may have happened
	OutcomeError       Outcome = "error"       // anything else
	OutcomeUnsupported Outcome = "unsupported" // the client has no such command; nothing was sent

	// OutcomeWatched answers no command: whoever watched the client did so up
	// to this instant, so that what it has not sent until then is evidence.
	OutcomeWatched Outcome = "watched"
)

// Experiment groups the exchanges of a probe that are to be compared.
type Experiment struct {
	Name    string // what is tried, such as any-order; "" for none
	Group   int64  // exchanges of one name and group belong together
	Variant string // which of the group it is, such as reversed
}

// Lost says how a request came to have no answer, where that was seen and is
// no gap of the recording.
type Lost string

// The ways to lose an answer; "" is none.
const (
	LostClosed Lost = "closed" // the connection was closed
	LostReset  Lost = "reset"  // the connection was reset
	LostHung   Lost = "hung"   // nothing came until one side gave up
)

// Statement reports whether the exchange is what a client told its caller, and
// holds no messages.
func (x *Exchange) Statement() bool { return x.Annotation != nil && x.Annotation.Told.Outcome != "" }
