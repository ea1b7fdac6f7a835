package clause

import "slices"

// Profile is what a client is used for, and so the clauses that its
// certificate must have seen it keep.
type Profile struct {
	ID      string // what --profile takes
	Summary string // half a sentence
	Needs   []Need // no clause and place twice
}

// The profiles' IDs.
const (
	ProfileMarketData = "market-data"
	ProfileTrading    = "trading"
	ProfileWithdraw   = "withdraw"
	ProfileAll        = "all"

	// ProfileProxy is what is asked of a proxy. It is none of Profiles, which are
	// those that somebody chooses among for a client.
	ProfileProxy = "proxy"
)

// Need is a clause that a profile asks for.
type Need struct {
	Clause string // its ID; a clause of the client's, or one that tells it what to expect
	Place  string // where it must have been seen: "/api", "/wapi"; "" for anywhere
	Why    string // why a client of the profile needs it, a sentence

	// Unless says when a client gives no occasion for the clause and yet misses
	// nothing; "" when a clause not exercised is a gap. UnlessWatched is the same
	// of a program that nobody drives, which asks for what it likes.
	Unless, UnlessWatched string

	// Driven is what of the clause only somebody who drives the client sees,
	// half a sentence, such as "whether it copes with error payloads": a program
	// that is watched is not asked for it. "" where its requests show it.
	Driven string
}

// AskedOf reports whether a client is asked for the clause that is driven, or
// merely watched.
func (n Need) AskedOf(driven bool) bool { return driven || n.Driven == "" }

// Excuse is why a client, driven or watched, misses nothing that gave no
// occasion for the clause; "" when it misses it.
func (n Need) Excuse(driven bool) string {
	if !driven && n.UnlessWatched != "" {
		return n.UnlessWatched
	}
	return n.Unless
}

// copes is what G11b asks of a client, and no request shows.
const copes = "whether it copes with error payloads"

// reads is what every client needs: it asks, and is refused now and then.
var reads = []Need{
	{Clause: "G04b", Why: "Candles and trades are asked for by time; seconds ask for January 1970 and are answered with nothing.",
		UnlessWatched: "the program asks for nothing by time"},
	{Clause: "G11b", Why: "A price read out of an error payload is no price.", Driven: copes},
	{Clause: "G14", Why: "Parameters of a GET that stand in a body are not read, and the answer is for another question."},
	{Clause: "L08", Why: "A client that reads on after a 429 is banned, and blind while it is."},
	{Clause: "L08b", Why: "A client that reads on during a ban lengthens it, up to three days."},
}

// orders is what changes an account's orders on /api.
var orders = []Need{
	{Clause: "G05b", Place: "/api", Why: "An order refused as malformed is refused again, and counts towards the limits again."},
	{Clause: "G10a", Place: "/api", Why: "An order sent again while its outcome is UNKNOWN may buy twice."},
	{Clause: "G10b", Place: "/api", Why: "Who trades on without looking an UNKNOWN order up does not know what he holds."},
	{Clause: "G16", Place: "/api", Why: "An order whose body is no form is refused at the moment that it was meant for.",
		Unless: "the client sends its parameters in the query string, without a body"},
	{Clause: "G19c", Place: "/api", Why: "Of a quantity that stands in two places only one counts.",
		Unless: "the client never divides parameters between query string and body"},
}

// funds is what moves funds on /wapi, whose timeouts and errors differ from
// those of /api (G09, G12).
var funds = []Need{
	{Clause: "G10a", Place: "/wapi", Why: "A withdrawal sent again after a 504 may leave the account twice, and nobody gives it back."},
	{Clause: "G10b", Place: "/wapi", Why: "Only the withdrawal history tells whether a withdrawal of UNKNOWN outcome left."},
	{Clause: "G11b", Place: "/wapi", Why: "An error of /wapi is success false, with status 200 too; taken for success it is a withdrawal that never left.",
		Driven: copes},
}

var profiles = []Profile{
	{ProfileMarketData, "reads prices, candles and trades", reads},
	{ProfileTrading, "places and cancels orders, and reads", slices.Concat(reads, orders)},
	{ProfileWithdraw, "withdraws on /wapi, and reads", slices.Concat(reads, funds)},
	{ProfileAll, "does all of it", slices.Concat(reads, orders, funds)},
}

// proxy is all that binds a proxy: whoever stands between gives an occasion for all of
// it whenever anything passes.
var proxy = Profile{ProfileProxy, "stands between clients and the venue", []Need{
	{Clause: "G05", Why: "A client acts upon status and code, and is told another's."},
	{Clause: "G10c", Why: "An order that is sent twice may be carried out twice, and nobody is told."},
	{Clause: "G18p", Why: "What is changed on the way is refused for its signature."},
	{Clause: "L05", Why: "What stands in a body and becomes a request is sent in the name of another."},
	{Clause: "L07p", Why: "Clients pace themselves by the counter, and an answer out of a store has yesterday's."},
	{Clause: "L12", Why: "Who is told of no wait sends inside it, and the ban is everybody's."},
}}

// Profiles returns the profiles, the narrowest first. The caller owns the
// slice, and shares what its elements point to.
func Profiles() []Profile { return slices.Clone(profiles) }

// ProfileIDs returns the profiles' IDs in the order of Profiles. The caller owns
// the slice.
func ProfileIDs() []string {
	var ids []string
	for _, p := range profiles {
		ids = append(ids, p.ID)
	}
	return ids
}

// ProfileByID returns the profile with the ID.
func ProfileByID(id string) (Profile, bool) {
	if id == ProfileProxy {
		return proxy, true
	}
	i := slices.IndexFunc(profiles, func(p Profile) bool { return p.ID == id })
	if i < 0 {
		return Profile{}, false
	}
	return profiles[i], true
}
