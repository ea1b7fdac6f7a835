package general

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "ascending",
	Clauses: []string{"G03"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Rows with an age run oldest first, newest last.",
		Why:     "A client that takes the last row for the newest draws its chart upside down and trades on the oldest price.",
		Mend:    "Sort the rows by the key, oldest first, before they are sent; a proxy or a mock must not reverse them.",
		Reading: "The sentence names no key and stands against lists that have no age. It is enforced for the lists whose key is known to ascend (aggTrades, trades, historicalTrades, klines, myTrades, allOrders); ids must rise, times may repeat, and ids of orders compare within one symbol. Integers of any length are compared, and 5.0 is 5. Tickers, balances and order books have no age. Rows that rise strictly by their times do run oldest first, whatever their ids do, and are inconclusive. Lists with aggregate trades that the venue has invalidated are inconclusive where they do not ascend, and so are three rows and more that all have one key: somebody replaced it.",
		Good:    `GET /api/v1/trades answered [{"id":1,...},{"id":2,...}]`,
		Bad:     `GET /api/v1/trades answered [{"id":2,...},{"id":1,...}]`,
	},
	On:    rule.OnSuccess | rule.OnToldError,
	Only:  hasOrder(edition.Enforce),
	Check: checkOrder(edition.Enforce),
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `:101,`, `:99,`)
	},
})

// hasOrder picks the endpoints with a list whose order has the status.
func hasOrder(status edition.OrderStatus) func(*edition.Endpoint) bool {
	return func(ep *edition.Endpoint) bool {
		for i := range ep.Orders {
			if ep.Orders[i].Status == status {
				return true
			}
		}
		return false
	}
}

// checkOrder judges the lists whose order has the status; the three rules on
// G03 differ in nothing else.
func checkOrder(status edition.OrderStatus) func(*rule.Trial, *traffic.Facts) {
	return func(c *rule.Trial, f *traffic.Facts) {
		if !rule.HasData(f) {
			return
		}
		for i := range f.Body.Orders {
			if spec := &c.Endpoint.Orders[i]; spec.Status == status {
				judgeOrder(c, f, spec, &f.Body.Orders[i])
			}
		}
	}
}

func judgeOrder(c *rule.Trial, f *traffic.Facts, spec *edition.Order, o *traffic.OrderFact) {
	switch {
	case o.Inversions > 0 && hasInvalidated(c, f.Response.Body):
		c.Inconclusive("the list holds aggregate trades that the venue has invalidated, which stand anywhere")
	case o.Inversions > 0 && risesInTime(f.Dialect, f.Response.Body, spec):
		c.Inconclusive("the rows rise strictly by their times, though not by the key: they run oldest first, and the ids were given otherwise")
	case o.Inversions > 0 && o.Equal == o.Compared && o.Equal >= equalByHand:
		c.Inconclusive("all rows have one key, as if somebody had put it in the place of theirs")
	case o.Inversions > 0:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The rows of %s do not ascend by %s: %d of %d neighbours are out of order.", spec.Array, spec.Key, o.Inversions, o.Compared),
			Expected: fmt.Sprintf("%s after %s", atLeast(spec.Strict), o.Prev),
			Seen:     o.Next.String(),
			Pointer:  rowPointer(spec, o.Row),
		})
	case o.Compared > 0:
		c.Pass()
	case o.Rows > 1:
		c.Inconclusive("the rows' key is missing, not an integer, or of different symbols")
	}
}

// equalByHand is from how many pairs on a list of nothing but equal keys looks
// like one whose keys were replaced: a row sent twice is a fault of its sender.
const equalByHand = 2

// hasInvalidated reports aggregate trades that the venue has taken back: since
// 2022-04-12 it lists them with -1 for their first and last trade.
func hasInvalidated(c *rule.Trial, body []byte) bool {
	if c.Edition.CallKind(c.Endpoint.Path) != edition.CallAggregates {
		return false
	}
	var rows []aggregate
	if json.Unmarshal(body, &rows) != nil { // other faults are other rules' to tell
		return bytes.Contains(body, []byte(`"f":-1`)) || bytes.Contains(body, []byte(`"f": -1`))
	}
	return slices.ContainsFunc(rows, func(a aggregate) bool { return a.First != nil && *a.First == "-1" })
}

// aggregate is an aggregate trade, of which only the first trade is asked.
type aggregate struct {
	First *json.Number `json:"f"`
}

func atLeast(strict bool) string {
	if strict {
		return "a greater key"
	}
	return "an equal or greater key"
}

// rowPointer points to a row's key: "/1/0" for "[0]" of "$", "/rows/1/time"
// for "time" of "$.rows".
func rowPointer(spec *edition.Order, row int) string {
	array := strings.ReplaceAll(strings.TrimPrefix(spec.Array, "$"), ".", "/")
	return fmt.Sprintf("%s/%d/%s", array, row, strings.Trim(spec.Key, "[]"))
}
