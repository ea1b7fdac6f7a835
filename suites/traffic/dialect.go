package traffic

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Dialect is how an edition of the API writes what every edition has to say: the
// names of its fields and parameters, where it keeps its calls, how it tells of an
// error, and in which unit it counts time. The names that HTTP itself gives (Date,
// Retry-After, Content-Length) are no venue's and stand in the code.
//
// A Dialect is made by NewDialect and is immutable from then on, so that many
// goroutines may share it.
type Dialect struct {
	Fields   FieldNames
	Params   []ParamName
	Families []FamilyName
	Members  Members
	Codes    []CodeMeaning
	Chapters Chapters
	Phrases  Phrases
	Clock    Clock

	// NewIDs end the names of parameters that are ids which a client chooses anew,
	// and OldIDs begin those of ids of what is there already. They are asked of
	// names that Params does not hold.
	NewIDs, OldIDs []string
	// Amounts end, in any case, the names of parameters whose value is a number of
	// something, which is the same however it is written.
	Amounts []string
	// Moved are the names of the parameters that say how much a call moves, and
	// Orders those that name an order, or a list of orders.
	Moved, Orders []string

	compiled `json:"-"`
}

// FieldNames are the venue's own header fields, "" for one that it does not have.
type FieldNames struct {
	Prefixes         []string // that begin the names of fields which only the venue sends
	UsedWeight       string
	UsedWeightMinute string // the same, by the name that says of which interval
	OrderCount       string // begins the name of a counter of orders; the interval follows
	APIKey           string
	UUID             string // of the answer, which nobody picks
	TimeUnit         string // of the request, by which a client asks for AskedUnit
}

// ParamName says what a parameter of some name is for.
type ParamName struct {
	Name string
	Role Role
}

// Role is what a parameter is for.
type Role uint8

// The roles that facts are made of.
const (
	RoleOther           Role = iota
	RoleTimestamp            // when the request was made, by the client's clock
	RoleSignature            // of the parameters
	RoleRecvWindow           // for how long the request may be taken
	RoleNewOrderID           // the client's own id of the order that is placed
	RoleNewWithdrawalID      // likewise of a withdrawal
	RoleAnew                 // something else that a client may choose anew for each attempt, or how much of the answer it asks for
	RoleOldOrderID           // the client's own id of an order that is there
	RoleOrderID              // the venue's id of one
	RoleSymbol
	RoleAsset
	RoleSide
	RoleType
	RoleDirection // the type of a transfer, as some calls name it
	RoleTimeInForce
	RoleIsolated
	RoleFrom  // the begin of the time that is asked about
	RoleUntil // its end
	RolePart  // that a part of a list is asked for, by an id, a state, a page
	RoleAmount
	RoleLimit // how many rows are wanted at the most
)

// String is the role's word, as editions write it.
func (r Role) String() string {
	return [...]string{
		"other", "timestamp", "signature", "recv_window", "new_order_id", "new_withdrawal_id", "anew", "old_order_id",
		"order_id", "symbol", "asset", "side", "type", "direction", "time_in_force", "isolated", "from", "until", "part",
		"amount", "limit",
	}[r]
}

// FamilyName is where the calls of a family are.
type FamilyName struct {
	Prefix string // of their paths, up to the slash that ends it: "/api"
	Family Family
}

// Family is the part of the API that a path belongs to, by what is agreed there. It
// is scalars alone, and equal for two paths of one family. The zero Family is that of
// any other path.
type Family struct {
	Number   uint8 // among the dialect's families, from 1; NewDialect sets it
	Envelope Envelope
	Weighed  bool // its answers tell the weight used
	Main     bool // its limits are those that the API tells, and the account's balances stand there
	// OnlyTimeouts says that of all 5XX only 504 leaves the outcome of a call UNKNOWN.
	OnlyTimeouts bool
}

// Known reports a family of the API.
func (f Family) Known() bool { return f.Number != 0 }

// Envelope is the form of a family's error payloads.
type Envelope uint8

// The forms.
const (
	EnvelopeNone    Envelope = iota
	EnvelopeCode             // a code and a text
	EnvelopeSuccess          // that it was no success, and a text; refusals may come with 2xx
)

// String is the form's word, as editions write it.
func (e Envelope) String() string { return [...]string{"none", "code", "success"}[e] }

// Members are the names of members of the object that a body is, "" for none. A name
// with points in it leads into the objects below: error.code.
type Members struct {
	Code, Msg, Success string // of the error payloads
	Message            string // by which what stands before a venue names the text
	RateLimits, Data   string
	Symbol             string    // of a list's rows
	Times              [2]string // of a list's rows, when it happened
}

// CodeMeaning says what a code of an error payload means.
type CodeMeaning struct {
	Code    int64
	Meaning Meaning
}

// Meaning is what a code means to who judges, whatever its number.
type Meaning uint8

// The meanings.
const (
	MeansOther         Meaning = iota
	InternalError              // the venue failed
	TooManyRequests            // a limit of requests was broken, or the address is banned
	TooManyOrders              // a limit of orders was broken
	UnexpectedResponse         // what is behind the venue's gate answered something else: execution status unknown
	TimedOut                   // likewise, and it did not answer in time
	Busy                       // an overload: it may or may not have been carried out
	ShuttingDown
	BadTimestamp
	BadSignature
	BadKey // no key, or none that is known
	CancelRejected
	NoSuchOrder
	OrderArchived
	BadSymbol
	MissingParam
)

// String is the meaning's word, as editions write it.
func (m Meaning) String() string {
	return [...]string{
		"other", "internal_error", "too_many_requests", "too_many_orders", "unexpected_response", "timed_out", "busy",
		"shutting_down", "bad_timestamp", "bad_signature", "bad_key", "cancel_rejected", "no_such_order", "order_archived",
		"bad_symbol", "missing_param",
	}[m]
}

// Chapters are how the error document groups its codes.
type Chapters struct {
	Venue   CodeRange // the venue's general server and network issues
	Request CodeRange // what is wrong with a request
	Lasting []int64   // of other chapters, that the same request is bound to meet again
}

// CodeRange are the codes from one to another, both of them included.
type CodeRange struct{ From, To int64 }

// Has reports a code of the range; 0 is no code.
func (r CodeRange) Has(code int64) bool { return code != 0 && r.From <= code && code <= r.To }

// Phrases are words in the texts of errors behind which, or by which, something is
// told.
type Phrases struct {
	BannedUntil string // an instant in the dialect's unit follows
	Limit       string // what is allowed, and per which time, follows
	Ahead       string // of a timestamp that may be taken later
	Backend     string // that what is behind the API gave no answer in time
}

// Clock is how the venue counts time.
type Clock struct {
	Unit      Unit      // of its times: seconds, milliseconds, microseconds or nanoseconds
	AskedUnit Unit      // the one that a client may ask for; UnitUnknown for none
	AskedFrom time.Time // since when it may
	AskedBy   string    // the value of the field TimeUnit that does

	From time.Time // no time is earlier; the venue is no older

	Timeout  time.Duration // after which it gives up on a request
	Ahead    time.Duration // how far before its clock an accepted timestamp may be
	Behind   time.Duration // and how far behind, where a request does not ask for more
	Farthest time.Duration // the most that it may ask for
}

// compiled is a dialect as scans ask for it.
type compiled struct {
	letters  uint32   // bit n for the n-th letter: one that a field of the venue's begins with
	own      []string // Fields.Prefixes in small letters, as most recordings have them
	prefixes []string // of the families' paths, their last slash included
	families []Family // by the same index
	params   [paramSlots]ParamName
	amounts  uint32 // likewise, for last letters of amounts
	members  [numCaptures]string
	from     int64 // in the unit
	until    int64
	seconds  int64 // From in seconds
	digits   int   // of an instant in the unit
	plain    *Plan
}

// paramSlots is the size of the table of parameters, a power of two: with its few dozen
// names nearly every one has a place of its own. It must not be full.
const paramSlots = 128

// NewDialect checks and compiles a dialect. It fails on a unit that no instant has,
// a time that none is earlier than which is none, more parameters than half of what
// the table holds, one that is named twice, and a path that no family can begin with.
func NewDialect(d Dialect) (*Dialect, error) {
	d.compiled = compiled{}
	for _, compile := range [...]func() error{d.compileClock, d.compileParams, d.compileFamilies, d.compileNames} {
		if err := compile(); err != nil {
			return nil, fmt.Errorf("dialect: %w", err)
		}
	}
	var err error
	d.plain, err = d.NewPlan(nil, nil)
	return &d, err
}

func (d *Dialect) compileClock() error {
	scale := d.Clock.Unit.perSecond()
	if d.seconds = d.Clock.From.Unix(); scale == 0 || d.seconds <= 0 || d.seconds >= maxSeconds {
		return fmt.Errorf("clock: expected a unit of instants and a first instant between 1970 and 2100, found %s and %s", d.Clock.Unit, d.Clock.From)
	}
	d.from, d.until = d.seconds*scale, maxSeconds*scale
	d.digits = len(strconv.FormatInt(d.from, 10))
	return nil
}

func (d *Dialect) compileParams() error {
	if len(d.Params) > paramSlots/2 {
		return fmt.Errorf("parameters: expected up to %d, found %d", paramSlots/2, len(d.Params))
	}
	for _, p := range d.Params {
		if p.Name == "" {
			return fmt.Errorf("parameters: expected names, found none")
		}
		at := slotOf(p.Name)
		for d.params[at].Name != "" {
			if d.params[at].Name == p.Name {
				return fmt.Errorf("parameter %q: expected it once, found it twice", p.Name)
			}
			at = (at + 1) % paramSlots
		}
		d.params[at] = p
	}
	for _, end := range d.Amounts {
		if end == "" {
			return fmt.Errorf("amounts: expected ends of names, found none")
		}
		d.amounts |= letter(end[len(end)-1])
	}
	return nil
}

func (d *Dialect) compileFamilies() error {
	for i, f := range d.Families {
		if len(f.Prefix) < 2 || f.Prefix[0] != '/' || strings.HasSuffix(f.Prefix, "/") || i >= 1<<8-1 {
			return fmt.Errorf("family %q: expected up to 255 of them, each the beginning of a path up to a slash, such as /api", f.Prefix)
		}
		f.Family.Number = uint8(i + 1)
		d.prefixes, d.families = append(d.prefixes, f.Prefix+"/"), append(d.families, f.Family)
	}
	return nil
}

func (d *Dialect) compileNames() error {
	for _, prefix := range d.Fields.Prefixes {
		if prefix == "" {
			return fmt.Errorf("fields: expected beginnings of names, found none")
		}
		d.letters |= letter(prefix[0])
		d.own = append(d.own, strings.ToLower(prefix))
	}
	for _, name := range [...]string{d.Fields.UsedWeight, d.Fields.UsedWeightMinute, d.Fields.UUID} {
		if name != "" && !d.Owns(name) {
			return fmt.Errorf("field %q: expected it to begin as the venue's own do, with one of %q", name, d.Fields.Prefixes)
		}
	}
	m := &d.Members
	if above, _ := belowWhat(m.Code); m.Code != "" && m.Msg != "" {
		if beside, _ := belowWhat(m.Msg); !slices.Equal(above, beside) {
			return fmt.Errorf("members: expected code and text in one object, found %q and %q", m.Code, m.Msg)
		}
	}
	d.members = [numCaptures]string{m.Code, m.Msg, m.Success, m.Message, m.RateLimits, m.Data}
	return nil
}

// letter is a letter's bit, that of its small one; other characters share them.
func letter(c byte) uint32 { return bits.RotateLeft32(1, int(c)) }

// slotOf is where the search for a parameter begins.
func slotOf(name string) uint {
	n := uint(len(name))
	return (n*41 ^ uint(name[0])*11 ^ uint(name[n-1])*5 ^ uint(name[n/2])*3) % paramSlots
}

// RoleOf tells what a parameter is for by its name.
func (d *Dialect) RoleOf(name string) Role {
	if name == "" {
		return RoleOther
	}
	for at := slotOf(name); ; at = (at + 1) % paramSlots {
		switch p := &d.params[at]; p.Name {
		case name:
			return p.Role
		case "":
			return d.roleByEnd(name)
		}
	}
}

// roleByEnd tells what a parameter is for whose name only ends, or begins, as known
// ones do.
func (d *Dialect) roleByEnd(name string) Role {
	if d.amounts&letter(name[len(name)-1]) != 0 {
		for _, end := range d.Amounts {
			if len(name) >= len(end) && strings.EqualFold(name[len(name)-len(end):], end) {
				return RoleAmount
			}
		}
	}
	for _, end := range d.NewIDs {
		if strings.HasSuffix(name, end) && !d.isOldID(name) {
			return RoleAnew
		}
	}
	return RoleOther
}

func (d *Dialect) isOldID(name string) bool {
	return slices.ContainsFunc(d.OldIDs, func(begin string) bool { return strings.HasPrefix(name, begin) })
}

// Param returns the first parameter's name of a role, "" where the dialect has none.
func (d *Dialect) Param(r Role) string {
	for i := range d.Params {
		if d.Params[i].Role == r {
			return d.Params[i].Name
		}
	}
	return ""
}

// FamilyOf tells which family a path belongs to.
func (d *Dialect) FamilyOf(path string) Family {
	for i, prefix := range d.prefixes {
		if strings.HasPrefix(path, prefix) {
			return d.families[i]
		}
	}
	return Family{}
}

// Prefix is where the calls of a family are, as "/api"; "other" for no family.
func (d *Dialect) Prefix(f Family) string {
	if !f.Known() {
		return "other"
	}
	return d.Families[f.Number-1].Prefix
}

// Meaning tells what a code means.
func (d *Dialect) Meaning(code int64) Meaning {
	if code != 0 { // as of most answers
		for i := range d.Codes {
			if d.Codes[i].Code == code {
				return d.Codes[i].Meaning
			}
		}
	}
	return MeansOther
}

// Code is the first code of a meaning, 0 where the dialect has none.
func (d *Dialect) Code(m Meaning) int64 {
	for i := range d.Codes {
		if d.Codes[i].Meaning == m {
			return d.Codes[i].Code
		}
	}
	return 0
}

// Refusal writes the error payload that has a code.
func (d *Dialect) Refusal(code int64, text string) []byte {
	above, name := belowWhat(d.Members.Code)
	_, msg := belowWhat(d.Members.Msg) // of the same object
	var b []byte
	for _, object := range above {
		b = append(strconv.AppendQuote(append(b, '{'), object), ':')
	}
	b = append(strconv.AppendQuote(append(b, '{'), name), ':')
	b = append(strconv.AppendQuote(append(strconv.AppendInt(b, code, 10), ','), msg), ':')
	quoted, _ := json.Marshal(text) // a string is always written
	return append(append(b, quoted...), strings.Repeat("}", len(above)+1)...)
}

// belowWhat splits a member's name into the objects that it leads through, and the
// last one.
func belowWhat(member string) (above []string, name string) {
	all := strings.Split(member, ".")
	return all[:len(all)-1], all[len(all)-1]
}

// Pointer is where a member stands in a body, as a JSON Pointer.
func (d *Dialect) Pointer(c Capture) string {
	return "/" + strings.ReplaceAll(d.members[c], ".", "/")
}

// Owns reports a header field that only the venue sends, by its name.
func (d *Dialect) Owns(name string) bool {
	if name == "" || d.letters&letter(name[0]|0x20) == 0 {
		return false
	}
	for _, prefix := range d.own {
		if len(name) > len(prefix) && hasPrefixFold(name, prefix) {
			return true
		}
	}
	return false
}

// Plan is the one for endpoints nobody knows: it captures the envelope's members and
// nothing else.
func (d *Dialect) Plan() *Plan { return d.plain }

// UnitOf tells by magnitude which unit an instant is given in.
func (d *Dialect) UnitOf(n int64) Unit {
	switch from := d.seconds; {
	case n >= d.from && n < d.until: // as nearly all are
		return d.Clock.Unit
	case n >= from && n < maxSeconds:
		return UnitSeconds
	case n >= from*1e3 && n < maxSeconds*1e3:
		return UnitMilliseconds
	case n >= from*1e6 && n < maxSeconds*1e6:
		return UnitMicroseconds
	case n >= from*1e9 && n < maxSeconds*1e9:
		return UnitNanoseconds
	}
	return UnitUnknown
}

// Instant is what a number in the dialect's unit stands for, zero for one that is no
// instant in it.
func (d *Dialect) Instant(n int64) time.Time {
	if n < d.from || n >= d.until {
		return time.Time{}
	}
	return d.Clock.Unit.Instant(n)
}
