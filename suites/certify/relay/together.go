package relay

import (
	"context"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// unlike is how much later than others every second answer comes of calls that are
// under way together: enough for those behind it to overtake it.
const unlike = 30 * time.Millisecond

// marked is a call of clients that send at the same time, which is known again by what
// the client may choose: the limit of a list, which no other call has. Its answer has
// as many elements.
type marked struct {
	limit string
	front *traffic.Exchange
}

// limitOf is the mark that what came to the venue bears, wherever it stands.
func limitOf(s *wire.Seen) string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("limit")
}

// together has clients send at the same time, each its calls one behind the other on a
// connection of its own.
func (r *Run) together(ctx context.Context, s *Scenario) error {
	var late []fault.Fault
	c := &s.calls[0]
	for n := int64(1); n <= int64(s.together*s.rounds); n += 2 {
		late = append(late, fault.Fault{Route: c.method + " " + c.path, Calls: fault.Calls{First: n, Last: n}, Do: fault.Slow, Delay: fault.Duration(unlike)})
	}
	r.Upstream.fail(late...)
	all := make([]marked, s.together*s.rounds)
	failed := make([]error, s.together)
	var sending sync.WaitGroup
	for i := range s.together {
		sending.Go(func() { failed[i] = r.client.alike().each(ctx, r, c, all[i*s.rounds:(i+1)*s.rounds], i*s.rounds+1) })
	}
	sending.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	r.tellMarked(s, all, r.take(ctx))
	return nil
}

// tellMarked tells of the calls of several clients and what came to the venue for each.
// Where something came that bears the mark of none, nobody knows for which it did.
func (r *Run) tellMarked(s *Scenario, all []marked, seen []*wire.Seen) {
	known := 0
	for i := range all {
		r.hops++
		for _, one := range seen {
			if limitOf(one) == all[i].limit {
				r.tell(s, one.Exchange(), traffic.Hop{ID: r.hops, Side: traffic.Behind})
				known++
			}
		}
	}
	for i := range all {
		front := all[i].front
		front.CompleteHistory = known == len(seen)
		r.tell(s, front, traffic.Hop{ID: r.hops - uint64(len(all)-1-i), Side: traffic.Front})
	}
}

// alike is a client of the same proxy.
func (c *client) alike() *client {
	return &client{way: c.way, clock: c.clock, waits: c.waits}
}

// each sends a call for every mark, the limits counting from first.
func (c *client) each(ctx context.Context, r *Run, of *call, all []marked, first int) error {
	defer c.close()
	for i := range all {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		one := *of
		limit := strconv.Itoa(first + i)
		one.query = of.query + "&limit=" + limit
		front, err := c.send(r.message(&one))
		if err != nil {
			return r.refused(err)
		}
		all[i] = marked{limit, front}
	}
	return nil
}
