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
// between has a reason to claim success.
func makerOf(r *Response, b *Body, gaps Gap) Maker {
	if r.Status == 0 || gaps.Has(GapResponse) {
		return MakerUnknown
	}
	marks := readMarks(r.Header)
	if marks.venue {
		return MakerVenue
	}
	if gaps&(GapResponseBody|GapUndecoded) == 0 {
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

type marks struct{ venue, cdn, html bool }

func readMarks(h Header) (m marks) {
	for i := range h {
		name, value := h[i].Name, h[i].Value
		if len(name) < 3 {
			continue
		}
		switch name[0] | 0x20 {
		case 'x':
			switch {
			case hasPrefixFold(name, "x-mbx-"), hasPrefixFold(name, "x-sapi-used-"):
				m.venue = true
			case strings.EqualFold(name, "X-Cache"), hasPrefixFold(name, "x-amz-cf-"):
				m.cdn = true
			}
		case 'v':
			m.cdn = m.cdn || strings.EqualFold(name, "Via")
		case 'c':
			switch {
			case strings.EqualFold(name, "Content-Type"):
				m.html = hasPrefixFold(value, "text/html")
			case strings.EqualFold(name, "CF-Ray"):
				m.cdn = true
			}
		case 's':
			if strings.EqualFold(name, "Server") {
				m.cdn = m.cdn || hasPrefixFold(value, "cloudfront") || hasPrefixFold(value, "cloudflare") ||
					hasPrefixFold(value, "awselb")
			}
		}
	}
	return m
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
