package rule

import (
	"cmp"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Event is what sequence rules know of an exchange: scalars only, so that a
// window of events can be put in time order without keeping bodies. The
// request's half is heard at Sent, the response's at Received.
type Event struct {
	At              traffic.Position
	Method, Path    string
	Host            string            // lower case, "" when not recorded
	Endpoint        *edition.Endpoint // nil when the catalogue does not know it
	Family          traffic.Family
	StateChanging   bool       // POST, PUT or DELETE
	Repetition      Repetition // of a call that changes state
	CompleteHistory bool

	Logical, Business uint64 // fingerprints, see traffic.Facts
	ClientID, Symbol  uint64
	OrderRef          uint64 // hash of the id by which it names an order that is there, 0 for none
	APIKey            uint64
	HasSignature      bool
	Stamp             uint64      // hash of the timestamp as written, 0 for none
	Signing           uint64      // see traffic.Facts
	Ask               traffic.Ask // of a call that is signed or changes state
	Blurred           bool        // of it and another call nobody knows whether they are the same

	Sent, Received traffic.Span
	Ready          time.Time // see traffic.Arrival; zero where nobody between client and venue saw it
	ArrivedAt      time.Time // when somebody there saw it come; likewise
	Exact          bool
	Loose          bool      // its recording has no order of its own
	Alone          bool      // an example: what stands beside it came neither before nor after
	Timed, DateOff bool      // of the recorder's own instants, see traffic.Facts
	Date           time.Time // of the response; zero when absent
	Era            time.Time // best known instant, for dated facts

	Answered      bool
	Status        int
	Maker         traffic.Maker
	Code          int64           // of the error envelope, 0 when absent
	Means         traffic.Meaning // of the code
	Unclaimed     bool            // neither code nor field shows that the venue made the answer
	Ahead         bool            // of a refusal for its timestamp: that is ahead of the venue's clock, says its message
	HeadersSeen   bool
	UsedWeight    int64 // by either name, -1 when absent
	OwnWeight     int64 // of this request by the dated table, -1 when unknown
	HasRetryAfter bool
	RetryAfterSec int64     // -1 when absent, not an integer, or several that differ
	RetryAfterAt  time.Time // that the field names in the place of seconds, as RFC 9110 section 10.2.3 allows; zero for none
	BannedUntil   time.Time
	LimitWindow   time.Duration // of the limit that a 429 names, 0 for none
	CacheHit      bool
	Empty         bool  // the response body has no bytes
	List          List  // of a signed GET
	EditedBody    bool  // see traffic.Facts
	Succeeded     bool  // 2xx, and no error envelope in its place
	NoData        bool  // of a driven client: 2xx, and not what was asked for: an error, no JSON, or cut off
	WeightLimit   int64 // REQUEST_WEIGHT a minute told by this reply, 0 for none

	Annotation *traffic.Annotation // nil for ordinary traffic

	// Copy is the exchange itself, of a side of a hop while some rule judges hops,
	// whose rules need its bytes; nil of all others. LeftOut: its host is not judged,
	// so that nothing else of the event holds but where it stands.
	Copy    *traffic.Exchange
	LeftOut bool

	// Whose it is, as hashes: of a client at one venue, of its API key there, and
	// of the client's address wherever it speaks to. Address is 0 of a statement
	// that names no client.
	Client, Key, Address uint64
	Episode              int64 // of the client: what it did in another one says nothing of this one
}

// unknown is what is known beside the wire of ordinary traffic.
var unknown traffic.Annotation

// known is what is known of it beside the wire, which may be nothing.
func (e *Event) known() *traffic.Annotation { return cmp.Or(e.Annotation, &unknown) }

// Commanded reports a request that the client's caller asked for. What else a
// client sends is its own doing.
func (e *Event) Commanded() bool { return e.Command() != 0 && !e.known().Command.Own }

// Command is the ID of the command that the client was serving, 0 for none.
func (e *Event) Command() int64 { return e.known().Command.ID }

// Statement reports an event that is what a client told its caller, or a watcher.
func (e *Event) Statement() bool { return e.known().Told.Outcome != "" }

// Told is what a statement says; its Outcome is "" for all other events.
func (e *Event) Told() traffic.Told { return e.known().Told }

// Experiment is what the exchange is part of; its Name is "" for all traffic
// that nobody sent to see what comes back.
func (e *Event) Experiment() traffic.Experiment { return e.known().Experiment }

// Lost says how the answer was lost, "" where it was not, or where nobody knows.
func (e *Event) Lost() traffic.Lost { return e.known().Lost }

// IsTrouble reports a response that Probe.Trouble is told of.
func (e *Event) IsTrouble() bool {
	return e.Status >= 400 || !e.Answered || e.NoData || e.SaysUnknown()
}

// List is what an answer lists.
type List uint8

// The lists.
const (
	NoList    List = iota // none was seen
	EmptyList             // the first one in the body is empty
	SomeList
)

// Success reports whether the response has a 2xx status.
func (e *Event) Success() bool { return e.Status/100 == 2 }

// OrderLimited reports a refusal by an order limit, which counts orders of an
// account and blocks no reads.
func (e *Event) OrderLimited() bool { return e.Means == traffic.TooManyOrders }

// SaysUnknown reports an answer that bears a code by which the venue says that it
// does not know itself what became of the call, whatever the status.
func (e *Event) SaysUnknown() bool {
	return TellsUnknown(e.Means) && !e.Succeeded
}

// TellsUnknown reports what a code means of which the errors document has "execution
// status unknown".
func TellsUnknown(m traffic.Meaning) bool {
	return m == traffic.UnexpectedResponse || m == traffic.TimedOut
}

// ReadyAfter reports whether the connection of a request was opened, or free to
// carry it, after an answer had been handed over, as somebody between saw.
func (e *Event) ReadyAfter(answered traffic.Span) bool {
	return answered.Known() && !e.Ready.Before(answered.Latest) // as no instant is
}

// ArrivedAfter reports whether the request came to the venue after an answer had
// left it: it was surely sent later, or somebody between saw it come later.
func (e *Event) ArrivedAfter(answered traffic.Span) bool {
	return answered.Before(e.Sent) || answered.Known() && answered.Earliest.Before(e.ArrivedAt)
}

// IsError reports whether a body says that the request failed: the error
// envelope of either kind, whatever the status. A code of 200 or 0 marks
// success (ambiguity A18), and so does a true success member.
func IsError(f *traffic.Facts) bool {
	if success := f.Body.Capture(traffic.CaptureSuccess); success.Kind == traffic.KindBool {
		return string(success.Raw) == "false"
	}
	code, _ := f.Body.Capture(traffic.CaptureCode).Int() // 0 where it is none
	return code != 0 && code != 200 && f.Body.Capture(traffic.CaptureMsg).Kind != traffic.KindNone
}

// HasData reports whether the response answers with the data that was asked
// for, and its body can be judged as such: recorded whole, JSON, and with a 2xx.
//
// Where the recorder kept no status, the body itself must tell. A list is data:
// errors are objects. An object is data unless it bears code, msg or message,
// one of which the error payloads of the venue and of what stands before it
// have in common, or says success.
func HasData(f *traffic.Facts) bool {
	if !f.BodySeen() || !f.Body.JSON() || IsError(f) {
		return false
	}
	if !f.Unlabelled() {
		return f.Success()
	}
	b := &f.Body
	return b.Kind == traffic.KindArray || b.Kind == traffic.KindObject && (b.Capture(traffic.CaptureSuccess).Kind == traffic.KindBool ||
		b.Capture(traffic.CaptureCode).Kind == traffic.KindNone && b.Capture(traffic.CaptureMsg).Kind == traffic.KindNone &&
			b.Capture(traffic.CaptureMessage).Kind == traffic.KindNone)
}
