package certify

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Result is what came of one scenario.
type Result struct {
	Scenario *Scenario
	Hello    driver.Hello // of a driven client
	Err      error        // why the scenario did not end as scripted; nil if it did

	// Unsupported are the ops of the script that the client does not have.
	Unsupported []driver.Op

	// Flooded says that the scenario was ended early, for the client sent
	// more than anybody needs to see.
	Flooded bool

	Requests int64       // for the venue; 0: the client was not reached
	Front    *wire.Front // closed; it knows what else arrived. Nil if nothing was begun

	Tally *rule.Tally // nil if the client did not start

	// Exchanges are a recording of the scenario, statements of the client
	// among them: findings name them by their number.
	Exchanges []*traffic.Exchange

	// Watched is for how long the client was watched after the answer that the
	// scenario stages, or after the client's last call where it stages none; 0
	// where the client did not come to it.
	Watched time.Duration

	// Unfinished says what of the scenario did not come to pass although the
	// client was reached, such as a 418 that nobody called for; "" for nothing.
	Unfinished string

	// Presence is what was seen of a client, whether it called or not.
	Presence certificate.Presence

	Output       string // the end of what the client wrote for people
	Began, Ended time.Time

	met   bool
	hide  *mask.Masker
	held  *edition.Edition
	place string
}

// Reached reports whether the client sent anything to the venue.
func (r *Result) Reached() bool { return r.Requests > 0 }

// Exercised reports whether the client met what the scenario stages: a call
// that was to fail was made, or, where none fails, one that was commanded.
func (r *Result) Exercised() bool { return r.met }

// Place is the part of the API, "/api", "/wapi" or "/sapi", whose call the
// scenario made fail; "" for none, or for calls of several.
func (r *Result) Place() string { return r.place }
