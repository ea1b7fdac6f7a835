package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// The experiments that rules judge, by name, and their variants. Whoever probes
// a server sends a group's exchanges one after the other and annotates each
// (traffic.Experiment); within a group they differ in what the variant says and
// in what signing makes of it.
const (
	// TryPlaces is one POST with its parameters in several places.
	TryPlaces = "places"
	// PlaceQuery and PlaceBody: all in the query string, all in the body.
	PlaceQuery = "query"
	PlaceBody  = "body"
	// PlaceMixed: the first ones in the query string, the others in the body.
	PlaceMixed = "mixed"
	// PlaceInvalid is PlaceMixed with a value in the query string that makes
	// the call invalid, which PlaceQueryValid has in the body beside the valid
	// one in the query string, and PlaceQueryInvalid the other way round.
	PlaceInvalid      = "invalid"
	PlaceQueryValid   = "query-valid"
	PlaceQueryInvalid = "query-invalid"

	// TryOrder is one call with its parameters in several orders, which the
	// variants number.
	TryOrder = "any-order"

	// TryKeys is one call sent in turns with two API keys from one address
	// that nobody else uses.
	TryKeys   = "two-keys"
	KeyFirst  = "first"
	KeySecond = "second"

	// TryBurst is requests from one address that nobody else uses without a
	// pause, the first of which asks for exchangeInfo, until the address is
	// banned or BurstEnough were sent past the limit.
	TryBurst = "burst"
)

// BurstEnough is how many requests past a limit, sent after the first 429
// arrived, an address gets away with before its not being banned breaks
// ban-follows-spam. The document has no number: this is a count that nobody
// sends who backs off, and nobody reaches who makes one mistake.
const BurstEnough = 500

// reply is what an answer says about how a call was sent.
type reply uint8

const (
	saysNothing reply = iota // lost, limited, failed, or refused for what the call asks
	accepted
	refused // for its parameters or its signature
)

// replyOf tells what an answer to a call of an experiment says. Limits, clocks,
// keys, balances and the venue's own failures say nothing of places and orders.
func replyOf(d *traffic.Dialect, e *rule.Event) reply {
	switch {
	case !e.Answered || e.Maker != traffic.MakerVenue || e.CacheHit:
		return saysNothing
	case e.Succeeded:
		return accepted
	case e.Status/100 < 5 && e.Status != 429 && e.Status != 418 && (e.Means == traffic.BadSignature || d.Chapters.Request.Has(e.Code)):
		return refused
	}
	return saysNothing
}

// attempt is what became of one variant.
type attempt struct {
	reply  reply
	code   int64
	number int // of the exchange, 0 while the variant has not been sent
	method string
	path   string
}

func attemptOf(d *traffic.Dialect, e *rule.Event) attempt {
	return attempt{replyOf(d, e), e.Code, e.At.Number, e.Method, e.Path}
}

// group collects the variants of the group at hand: groups come one after the
// other.
type group struct {
	id       int64
	attempts map[string]attempt
}

// add takes an answer. It reports false for one of another experiment, and for
// one that is no variant of the group's call.
func (g *group) add(d *traffic.Dialect, name string, e *rule.Event) (variant string, ok bool) {
	x := e.Experiment()
	if x.Name != name {
		return "", false
	}
	if g.attempts == nil || g.id != x.Group {
		g.id, g.attempts = x.Group, map[string]attempt{}
	}
	for _, a := range g.attempts {
		if a.method != e.Method || a.path != e.Path {
			return "", false
		}
	}
	if len(g.attempts) >= maxVariants {
		return "", false
	}
	g.attempts[x.Variant] = attemptOf(d, e)
	return x.Variant, true
}

// maxVariants bounds what a recording may name: the largest experiment has six.
const maxVariants = 32

// seen describes an answer for a report.
func seen(e *rule.Event) string {
	if e.Code == 0 {
		return fmt.Sprintf("status %d", e.Status)
	}
	return fmt.Sprintf("status %d with code %d", e.Status, e.Code)
}
