package certificate

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Run is what a client, or a proxy, was put through, and what was found.
type Run struct {
	Tally     *rule.Tally
	Target    Target
	Scenarios []Scenario          // in the order to be shown
	Evidence  map[string]Evidence // by rule ID, of its first finding
	Partial   string              // what ended it before all was judged, "" if nothing did
	Version   string              // of the tool; "" when unknown
}

// Target is the client that was certified, and how. Its texts are those of
// users and drivers: they are cleaned, masked and cut where they are written.
type Target struct {
	Name          string // what the client is called where people get it; "" for unknown
	Version       string // "" for unknown
	Configuration string // "" for default
	Language      string // "" when nobody said
	Contact       string // of who has it certified; "" when nobody said

	Profile   string    // a clause.Profile's ID
	LeftOut   []LeftOut // what nobody asked for by name, and the client has no calls for
	Command   []string  // empty for a client in this process
	Mode      Mode
	Reached   wire.Way
	Reproduce string // the command line that does it again
}

// LeftOut is a profile that a client was not held against, since it has no
// calls for it.
type LeftOut struct {
	Profile string `yaml:"profile" json:"profile"`
	Why     string `yaml:"why" json:"why"` // half a sentence
}

// Mode is who decides what the client does.
type Mode string

// The modes.
const (
	Drive   Mode = "drive"   // a driver does what it is told
	Observe Mode = "observe" // the program does what it does
	Relay   Mode = "relay"   // it is a proxy, and passes on what a scripted client sends
)

// Scenario is one scenario that a target was put through.
type Scenario struct {
	Name string

	// Place is what the scenario makes fail: "/api", "/wapi", "/sapi", or "" for
	// no one of them. A profile's need of a clause at a place is met by the
	// scenarios of that place alone.
	Place string

	// NamesNoWait says that it refuses without saying for how long. That demands
	// little of who is to be silent, so that no certificate rests on it.
	NamesNoWait bool

	Outcome Outcome
	Note    string // what a person should know, a sentence; "" for nothing

	// Watched is for how long the client was watched after what the scenario
	// stages; 0 when nobody says. Unfinished is what of it did not come to pass
	// though the client was reached, half a sentence; "" for nothing.
	Watched    time.Duration
	Unfinished string

	Presence *Presence // nil when nobody says
	Output   string    // the end of what the client printed; "" for nothing, and where it was reached

	// Tally is of this scenario's traffic alone; nil when there was none.
	Tally *rule.Tally
}

// Outcome is what became of a scenario.
type Outcome string

// The outcomes.
const (
	Played      Outcome = "played"      // the client met what the scenario stages
	Unsupported Outcome = "unsupported" // the client has no such call
	NotReached  Outcome = "not-reached" // no request of the client was seen, or none that the scenario is about
	Broke       Outcome = "broke"       // the client did not start, or ended before
)

// Evidence shows a rule's first finding to who wants to see it happen.
type Evidence struct {
	// Cassette is the path of a recording that breaks the rule under lint,
	// slashed and relative to the certificate's directory; "" for none.
	Cassette string

	Venue    string // a command line that has a venue stage it; "" for none
	Curl     string // a command line that sends the request at fault; "" for none
	Timeline []Moment
}
