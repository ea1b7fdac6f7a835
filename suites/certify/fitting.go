package certify

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Fitting is the widest profile that the client of results has calls for, and
// what it leaves out. A client that is driven says which calls it has; of one
// that is observed those count that it was seen to make.
func (c *Certifier) Fitting(results []*Result) (profile string, left []certificate.LeftOut) {
	trades, withdraws := "", ""
	if c.observes() {
		trades = c.seenNot(results, "it changed no order on /api while it was watched", changesOrders)
		withdraws = c.seenNot(results, "it made no withdrawal on /wapi while it was watched", withdrawsOnWAPI)
	} else {
		trades, withdraws = hasNot(results, driver.PlaceOrder), withdrawsElsewhere(results)
	}
	if trades != "" {
		left = append(left, certificate.LeftOut{Profile: clause.ProfileTrading, Why: trades})
	}
	if withdraws != "" {
		left = append(left, certificate.LeftOut{Profile: clause.ProfileWithdraw, Why: withdraws})
	}
	switch {
	case trades == "" && withdraws == "":
		return clause.ProfileAll, nil
	case trades == "":
		return clause.ProfileTrading, left
	case withdraws == "":
		return clause.ProfileWithdraw, left
	}
	return clause.ProfileMarketData, left
}

// seenNot is why, unless a request of the client is one.
func (c *Certifier) seenNot(results []*Result, why string, is func(*traffic.Exchange, *traffic.Facts) bool) string {
	for _, r := range results {
		for _, x := range r.Exchanges {
			var f traffic.Facts
			if f.ScanRequest(c.held().Dialect, x); !x.Statement() && is(x, &f) {
				return ""
			}
		}
	}
	return why
}

// changesOrders reports any request of the main family that changes something, but for
// streams, which are read.
func changesOrders(x *traffic.Exchange, f *traffic.Facts) bool {
	return f.Family.Main && x.Request.Method != "GET" && !strings.Contains(f.Path, "userDataStream")
}

func withdrawsOnWAPI(x *traffic.Exchange, f *traffic.Facts) bool {
	return f.Family.Envelope == traffic.EnvelopeSuccess && slices.Contains(routesOf[driver.Withdraw], route{x.Request.Method, f.Path})
}

// hasNot says that a driven client has no call for an op, "" where it has.
func hasNot(results []*Result, op driver.Op) string {
	said := slices.ContainsFunc(results, func(r *Result) bool { return r.Hello.Has(op) })
	refused := slices.ContainsFunc(results, func(r *Result) bool { return r.Hello.Has(op) && slices.Contains(r.Unsupported, op) })
	if said && !refused {
		return ""
	}
	return "it has no call " + string(op)
}

// withdrawsElsewhere says why a driven client need not be asked for /wapi, the
// place of withdrawals in the document: it has none, or makes them on /sapi, as
// clients of today do.
func withdrawsElsewhere(results []*Result) string {
	if why := hasNot(results, driver.Withdraw); why != "" {
		return why
	}
	at := func(place string) bool {
		return slices.ContainsFunc(results, func(r *Result) bool { return r.Scenario.Part == Withdraw && r.Place() == place })
	}
	if at("/sapi") && !at("/wapi") {
		return "it withdraws on /sapi, not on /wapi"
	}
	return ""
}
