package engine

import (
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// planOf is the scan plan of an endpoint. A path the plan cannot follow is a
// fault of the catalogue, which a test of it finds; here it only means that
// nothing is asked.
func planOf(d *traffic.Dialect, ep *edition.Endpoint) *traffic.Plan {
	if ep == nil {
		return d.Plan()
	}
	p, err := compilePlan(d, ep)
	if err != nil {
		return d.Plan()
	}
	return p
}

// compilePlan turns what the catalogue says of an endpoint's lists and times
// into a scan plan.
func compilePlan(d *traffic.Dialect, ep *edition.Endpoint) (*traffic.Plan, error) {
	var orders []traffic.OrderQuery
	for _, o := range ep.Orders {
		orders = append(orders, traffic.OrderQuery{Array: o.Array, Key: o.Key, Strict: o.Strict, GroupBySymbol: o.GroupBySymbol})
	}
	var times []traffic.TimeQuery
	for _, t := range ep.Times {
		times = append(times, traffic.TimeQuery{Path: t.Path, Sentinels: t.Sentinels})
	}
	return d.NewPlan(orders, times)
}
