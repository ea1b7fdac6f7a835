package venue

import (
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Call is one request on its way through the venue. Do fills in what it does
// not need to be told: Names, Endpoint, Params and At.
type Call struct {
	Method string // upper case
	Path   string // as sent, without the query; escapes are not undone
	Query  string // as sent, without the question mark
	Body   []byte // as sent

	ContentType string // of the body
	Accept      string
	APIKey      string
	Address     string // whose limits it counts against

	// Request is the HTTP request that the call came by, which a venue with hooks
	// needs.
	Request *http.Request

	// Names are the venue's, of all calls the same: read only.
	Names *Names

	// At is the instant at which the venue took the request up, by its clock.
	At time.Time

	// Endpoint is the route in the catalogue, nil for routes that are newer
	// than it and for unknown ones.
	Endpoint *edition.Endpoint

	// Params are what was sent, in the order in which they count: the first of
	// a name wins. Those of the query come before those of the body. Of a
	// GET's body there are none.
	Params []Param

	unread  *refusal // why the body could not be read
	route   *route
	account *account
	refusal *refusal
	out     writer
	weight  int64 // used by the address
	orders  [maxOrderLimits]int64
	placed  bool // an order was placed
}

// Answer is what the venue is about to send.
type Answer struct {
	Status int
	Header []Field
	Body   []byte
}

// Field is one header field.
type Field struct{ Name, Value string }

// Set replaces the field of that name (spelt exactly so), or adds it.
func (a *Answer) Set(name, value string) {
	for i := range a.Header {
		if a.Header[i].Name == name {
			a.Header[i].Value = value
			return
		}
	}
	a.Header = append(a.Header, Field{name, value})
}

// Get returns the field of that name (spelt exactly so), "" for none.
func (a *Answer) Get(name string) string {
	for _, f := range a.Header {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Del drops the field of that name (spelt exactly so).
func (a *Answer) Del(name string) {
	for i := range a.Header {
		if a.Header[i].Name == name {
			a.Header = append(a.Header[:i], a.Header[i+1:]...)
			return
		}
	}
}

// Names are what the venue's edition calls the header fields that the venue reads
// and sets, in the canonical form of net/http: as Go's own clients and recorders
// look them up (they compare without regard to case, RFC 9110 section 5.1), and the
// parameters that every signed request has.
type Names struct {
	UsedWeight, UsedWeightMinute string
	APIKey                       string
	OrderCount                   string // an interval follows

	Timestamp, Signature, RecvWindow string
}

func namesOf(d *traffic.Dialect) Names {
	field := http.CanonicalHeaderKey
	return Names{
		field(d.Fields.UsedWeight), field(d.Fields.UsedWeightMinute), field(d.Fields.APIKey), field(d.Fields.OrderCount),
		d.Param(traffic.RoleTimestamp), d.Param(traffic.RoleSignature), d.Param(traffic.RoleRecvWindow),
	}
}

// Those that HTTP gives.
const (
	HeaderRetryAfter  = "Retry-After"
	HeaderContentType = "Content-Type"
	HeaderDate        = "Date"
)

// Hooks are the seam where faults and misbehaviours are put in. Any may be
// nil. They are called by many goroutines at once; a Call and an Answer are
// theirs only until they return, and may be changed.
type Hooks struct {
	// Before is called with a request that passed the limits and is about to
	// be carried out. It may wait, and change c.Params. If it returns true the
	// request is not carried out, and a is the answer as far as it goes: the
	// venue adds the fields that every answer has where they are missing.
	Before func(c *Call, a *Answer) (instead bool)

	// After is called with every answer, refusals by limits and unknown paths
	// included: what was to be carried out has been.
	After func(c *Call, a *Answer)

	// Send is called by ServeHTTP in place of writing the answer, to write it
	// in another way or not at all. If it returns false ServeHTTP writes it.
	Send func(w http.ResponseWriter, c *Call, a *Answer) (sent bool)
}
