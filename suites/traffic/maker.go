package traffic

import "strings"

// Maker is who made a response.
type Maker uint8

const (
	// MakerUnknown: the evidence does not decide.
	MakerUnknown Maker = iota
	// MakerVenue: the trading exchange itself.
	MakerVenue
	// MakerIntermediary: a CDN, a WAF, a gateway or another box in between.
	MakerIntermediary
)

// String names the maker.
func (m Maker) String() string {
	return [...]string{"unknown", "venue", "intermediary"}[m]
}

// makerOf tells who made a response (ambiguity A9 of the document).
//
// JSON is the venue's, whatever passed it on: a CDN's own pages are HTML. So is
// anything that carries one of the venue's own header fields. What is not JSON
// and bears a CDN's marks, or is an HTML error page, is an intermediary's. An
// HTML page with a success status and no such mark is the venue's: nothing in
// between has a reason to claim success. Nothing at all with a success status is
// the venue's where a CDN says that it had to ask it (X-Cache: Miss).
func makerOf(r *Response, marks marks, b *Body, gaps Gap) Maker {
	if r.Status == 0 || gaps.Has(GapResponse) {
		return MakerUnknown
	}
	if marks.venue {
		return MakerVenue
	}
	if marks.own && r.Status >= 400 { // it gives no other, and whoever writes the field gets out of nothing by it
		return MakerIntermediary
	}
	if gaps&(GapResponseBody|GapUndecoded) == 0 {
		if b.Fault == FaultEmpty && r.Status < 300 && marks.origin {
			return MakerVenue
		}
		if b.JSON() && (b.Kind == KindObject || b.Kind == KindArray) {
			return MakerVenue
		}
		if marks.cdn || marks.html && r.Status >= 400 {
			return MakerIntermediary
		}
		if b.Fault != FaultEmpty && r.Status < 300 {
			return MakerVenue
		}
	}
	return MakerUnknown
}

// GatewayField is the field of an answer that this program's gateway gave in the venue's
// place, as when the venue did not answer; with a status below 400 it tells nothing. Its value says why.
const GatewayField = "Mbxcheck-Gateway"

// marks are the traces that whoever made or passed on a response left in its
// header.
type marks struct {
	venue, cdn, html bool

	own bool // this program answered in the venue's place

	origin bool  // a CDN says that it asked the origin
	coded  bool  // a content coding is named
	kept   bool  // see Facts.fieldsKept
	length int64 // Content-Length, -1 for none
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
