package general

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "top-level-kind",
	Clauses: []string{"G02b"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A route answers with the kind, object or array, that is documented for it.",
		Why:     "Typed clients decode one route into one shape. An object where candles are listed is an error in the decoder, or an empty list that looks like a market without trades.",
		Mend:    "Answer with the documented kind: a ticker is an object when symbol is given and an array otherwise; a list of one row is still a list.",
		Reading: "The document says object or array and leaves which to each route; the catalogue holds it. Error payloads are objects on every route and are not judged, nor is a ticker whose symbol is empty or stands in the body.",
		Good:    "GET /api/v1/klines answered [[1563616800000,...]]",
		Bad:     `GET /api/v1/klines answered {"klines":[[1563616800000,...]]}`,
	},
	On:   rule.OnSuccess | rule.OnToldError,
	Only: func(ep *edition.Endpoint) bool { return ep.Top != 0 },
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !f.Success() || !f.BodySeen() || !f.Body.JSON() || !isContainer(f.Body.Kind) {
			return
		}
		want, decided := topOf(c.Endpoint, f)
		switch {
		case !decided:
			c.Inconclusive("it cannot be told whether a symbol was asked for")
		case want&topKind(f.Body.Kind) != 0:
			c.Pass()
		case saysWhatHappened(f):
		case c.Endpoint.TopRule == edition.TopBySymbol && f.Query == "" && !f.Exact:
			c.Inconclusive("the recording may have lost the query: nothing else tells whether a symbol was asked for")
		default:
			c.Fail(rule.Report{
				Message:  "The body is of another kind than the one documented for the route.",
				Expected: want.String(), Seen: f.Body.Kind.String(),
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Response.Body = []byte(`{"rows":` + string(x.Response.Body) + `}`)
	},
})

func topKind(k traffic.Kind) edition.Top {
	if k == traffic.KindArray {
		return edition.Array
	}
	return edition.Object
}

// topOf returns the kinds allowed for what was asked, and whether that can be
// told. Of the routes whose kind depends on symbol, later ones also take a list
// of symbols, which they answer with an array.
func topOf(ep *edition.Endpoint, f *traffic.Facts) (want edition.Top, decided bool) {
	if ep.TopRule != edition.TopBySymbol {
		return ep.Top, true
	}
	given := false
	for i := range f.Params {
		p := &f.Params[i]
		switch {
		case p.Name == "symbols":
			return edition.Array, p.Place == traffic.InQuery
		case p.Role == traffic.RoleSymbol && (p.Value == "" || p.Place == traffic.InBody):
			return 0, false
		case p.Role == traffic.RoleSymbol:
			given = true
		}
	}
	if !given && (f.Gaps.Has(traffic.GapFiltered) || strings.ContainsAny(f.Query, "{}<>*")) {
		return 0, false
	}
	return ep.TopFor(given), true
}

// saysWhatHappened reports an object that, by its members, is an outcome and
// no data: an error payload of either family or of neither, or a mark of
// success.
func saysWhatHappened(f *traffic.Facts) bool {
	b := &f.Body
	return b.Capture(traffic.CaptureCode).Kind != traffic.KindNone ||
		b.Capture(traffic.CaptureMsg).Kind != traffic.KindNone || b.Capture(traffic.CaptureMessage).Kind != traffic.KindNone ||
		b.Capture(traffic.CaptureSuccess).Kind != traffic.KindNone
}
