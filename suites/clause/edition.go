package clause

import "slices"

// Edition is the document as it stood for a time.
type Edition struct {
	ID      string
	From    string // first day, "2019-07-17"
	To      string // last day
	Default bool
	Summary string

	// Bases are the origins that requests go to (G01), the document's own
	// first. BasesNote says where the others come from.
	Bases     []string
	BasesNote string

	// WeightHeader is the response header field that counts the used weight
	// (L07a).
	WeightHeader string
}

// DefaultEdition is the ID of the edition that traffic is held against when
// nobody names one.
const DefaultEdition = "2019-seed"

var editions = []Edition{{
	ID:      DefaultEdition,
	From:    "2019-07-17",
	To:      "2019-08-14",
	Default: true,
	Summary: "/api, /wapi/v3 and /sapi/v1/margin on one page, from the first margin page to the day before the weight header got a suffix",
	Bases: []string{
		"https://api.binance.com",
		"https://api1.binance.com",
		"https://api2.binance.com",
		"https://api3.binance.com",
		"https://api4.binance.com",
		"https://api-gcp.binance.com",
	},
	BasesNote:    "the document names the first only; the venue added the others later, api1 to api3 by 2020-11-27, api4 on 2023-01-23 and api-gcp on 2023-06-06, and they serve the same API",
	WeightHeader: "X-MBX-USED-WEIGHT",
}}

// Editions returns the editions known, oldest first. The caller owns the
// slice, and shares what its elements point to.
func Editions() []Edition { return slices.Clone(editions) }

// EditionByID returns the edition with the ID.
func EditionByID(id string) (Edition, bool) {
	i := slices.IndexFunc(editions, func(e Edition) bool { return e.ID == id })
	if i < 0 {
		return Edition{}, false
	}
	return editions[i], true
}
