package venue

import (
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/venue/limits"
)

// security is what a route asks of a request.
type security uint8

const (
	open   security = iota // nothing
	keyed                  // a key that the venue knows
	signed                 // and a signature and timestamp
)

// route is one method of one path.
type route struct {
	endpoint *edition.Endpoint // nil when the catalogue has none
	family   edition.Family
	security security
	handle   func(*Venue, *Call)

	// accepts are the parameters that the route reads. One of another name is
	// refused where strict, as /api does it.
	accepts []string
	strict  bool
	repeats string // the one that may come more than once
	orders  int64  // orders that it places
	margin  bool   // it trades in the margin wallet
}

// methods are the routes of one path.
type methods struct {
	by          map[string]*route
	unsupported route // answers any other method
}

// entry is one line of the route table: paths that answer alike.
type entry struct {
	method   string
	paths    string // separated by spaces
	security security
	handle   func(*Venue, *Call)
	extra    string // parameters that the catalogue doesn't have, separated by spaces
}

// routeTable makes the routes by path.
func (v *Venue) routeTable() map[string]*methods {
	table := map[string]*methods{}
	for _, group := range [][]entry{publicRoutes, tradingRoutes, streamRoutes, wapiRoutes, marginRoutes, capitalRoutes} {
		for _, e := range group {
			accepts := v.accepted(&e)
			for _, path := range strings.Fields(e.paths) {
				m := table[path]
				if m == nil {
					m = &methods{by: map[string]*route{}, unsupported: route{family: familyOf(path), handle: unsupported}}
					table[path] = m
				}
				m.by[e.method] = v.route(&e, path, accepts)
			}
		}
	}
	return table
}

func (v *Venue) route(e *entry, path string, accepts []string) *route {
	r := &route{
		endpoint: v.held.Catalogue.Lookup(e.method, path), family: familyOf(path),
		security: e.security, handle: e.handle, accepts: accepts,
	}
	r.strict = r.family == edition.API
	r.margin = strings.HasPrefix(path, "/sapi/v1/margin/")
	if r.endpoint != nil {
		r.orders = int64(r.endpoint.OrderCount)
		for _, p := range r.endpoint.Params {
			if p.Type == "ARRAY" {
				r.repeats = p.Name
			}
		}
	}
	return r
}

// accepted lists the parameters of all paths of the entry: a parameter that one
// version of a path took is read by the others too.
func (v *Venue) accepted(e *entry) []string {
	names := strings.Fields(e.extra)
	if e.security != open { // all with a key read what is signed
		names = append(names, v.names.RecvWindow, v.names.Timestamp, v.names.Signature)
	}
	for _, path := range strings.Fields(e.paths) {
		if ep := v.held.Catalogue.Lookup(e.method, path); ep != nil {
			for _, p := range ep.Params {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

func familyOf(path string) edition.Family {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return edition.Family(first)
}

func unsupported(_ *Venue, c *Call) { c.refuse(errUnsupported) }

// cost is what a call takes of the limits, and what of its weight it is given
// back when it succeeds.
func (r *route) cost(c *Call) (cost limits.Cost, refund int64) {
	cost = limits.Cost{Weight: 1, Orders: r.orders}
	if r.endpoint == nil {
		return cost, 0
	}
	rows := r.endpoint.Weights
	for i := rowAt(rows, c.At); i >= 0; i-- {
		rule := &rows[i].WeightRule
		value, present := "", false
		if rule.Param != "" {
			value, present = c.Get(rule.Param)
		}
		failure, known := rule.Weigh(value, present, false)
		success, knownToo := rule.Weigh(value, present, true)
		if known && knownToo {
			cost.Weight = int64(failure)
			return cost, int64(failure - success)
		}
	}
	return cost, 0
}

// rowAt is the index of the row that holds at a time: the last that began, or
// the first.
func rowAt(rows []edition.WeightRow, at time.Time) int {
	for i := len(rows) - 1; i > 0; i-- {
		if !at.Before(rows[i].From.Time()) {
			return i
		}
	}
	return min(0, len(rows)-1)
}
