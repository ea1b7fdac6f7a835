package edition

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// DefaultID is the ID of the edition that traffic is held against when nobody
// names one.
const DefaultID = "2019-seed"

// Edition is the document as it stood for a time, and what the venue's other
// pages said then. What one holds is shared, read-only and safe for concurrent
// use. Editions are told apart by their IDs.
type Edition struct {
	ID       string `json:"-"` // its folder's name
	From, To Date   // the first day and the last

	// Bases are the origins that requests go to (G01), the document's own
	// first. OtherHosts are the venue's that clients ask beside them.
	Bases, OtherHosts []string

	// PayloadPaths are those of which the document itself shows the payload of
	// errors (G11).
	PayloadPaths []string

	// Lookalikes are domains of venues of the same owner or manner whose APIs share
	// paths with the document but which it does not describe: Binance DEX and JEX.
	// Their lists really descend and their weights have other names. A user who asks
	// for every host gets their traffic read, and no violations of a document that is
	// not theirs.
	Lookalikes []string

	// Exchanges are the labels of real exchanges' domains: those that the document
	// is for, their siblings in other countries, their test networks and what they
	// bought.
	Exchanges []string

	Clauses   []Text           `json:"-"` // in the document's order
	Catalogue *Catalogue       `json:"-"`
	Codes     *Codes           `json:"-"`
	Dialect   *traffic.Dialect `json:"-"`

	// CallNames say by its name of which kind a call is, and CallPaths by its path of
	// which part of the API; the first that fits does: see Call.
	CallNames, CallPaths []CallNames

	// LimitTypes and WeightLimits are the eras of what limits there were, the
	// oldest first: see LimitTypesAt and WeightLimitAt.
	LimitTypes   []LimitTypes
	WeightLimits []WeightLimit

	// The days on which header fields appeared. Recordings made before them hold
	// none, which violates nothing.
	WeightHeaderFrom, WeightHeaderSuffixedFrom, RetryAfterFrom Date

	// OrderCountFrom is the day from which successful orders tell the order counts,
	// MaxRecvWindowFrom that from which a recvWindow has a greatest value, and
	// NotFoundPageUntil that on which the server before the API stopped answering
	// unknown paths with a page whatever the client accepts.
	OrderCountFrom, MaxRecvWindowFrom, NotFoundPageUntil Date

	// MarketDataOnV3From is from when market data is asked for under /api/v3, where
	// it was served since the autumn of 2019 and weights are published for later
	// years; before, under /api/v1.
	MarketDataOnV3From Date

	// Bans last from MinBan to MaxBan (L10, L11).
	MinBan, MaxBan time.Duration
}

// IDs returns the IDs of the editions known, the oldest first, and reads none of
// them. The caller owns the slice.
func IDs() []string {
	var ids []string
	for _, s := range shelf {
		ids = append(ids, s.id)
	}
	return ids
}

// All returns the editions known, the oldest first. The caller owns the slice,
// and shares what its elements point to.
func All() []*Edition {
	var all []*Edition
	for _, s := range shelf {
		all = append(all, s.read())
	}
	return all
}

// ByID returns the edition with the ID.
func ByID(id string) (*Edition, bool) {
	for _, s := range shelf {
		if s.id == id {
			return s.read(), true
		}
	}
	return nil, false
}

// Default returns the edition called DefaultID.
func Default() *Edition {
	e, _ := ByID(DefaultID)
	return e
}
