package relay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// plain counts the calls of a method with which nothing is wrong, and which nobody
// but the venue can answer.
type plain struct {
	method        string
	sent, arrived int
	own           int // status that the proxy answered itself at last; 0 for none
}

func (r *Run) count(method string, front *traffic.Exchange, arrived bool) {
	i := slices.IndexFunc(r.plain, func(p plain) bool { return p.method == method })
	if i < 0 {
		i, r.plain = len(r.plain), append(r.plain, plain{method: method})
	}
	one := &r.plain[i]
	if one.sent++; arrived {
		one.arrived++
	} else {
		one.own = front.Response.Status
	}
}

// UnexercisedHint says what to do where Unexercised names a method.
const UnexercisedHint = "A proxy that refuses what clients may send needs other settings, and one that answers in the venue's place may be broken."

// Unexercised names the methods of which no call came to the venue, though nothing
// was wrong with them; "" for none. The proxy refuses or answers those itself, and that
// nothing wrong came to the venue by them says nothing.
func (r *Run) Unexercised() string {
	var all []string
	for _, p := range r.plain {
		if p.arrived == 0 {
			all = append(all, fmt.Sprintf("no %s came to the venue of %s with which nothing was wrong%s", p.method, wording.Plural(int64(p.sent), "call", "calls"), p.byItself()))
		}
	}
	return strings.Join(all, "; ")
}

// Missed tells of such calls that did not come to the venue where others did, a
// sentence for each method.
func (r *Run) Missed() (all []string) {
	for _, p := range r.plain {
		if p.arrived > 0 && p.arrived < p.sent {
			all = append(all, fmt.Sprintf("%d of %d calls by %s with which nothing was wrong did not come to the venue%s", p.sent-p.arrived, p.sent, p.method, p.byItself()))
		}
	}
	return all
}

// Unreached is why nothing is said of the proxy, though it took connections; nil where
// requests came to the venue.
func (r *Run) Unreached() error {
	if r.behind > 0 {
		return nil
	}
	return fmt.Errorf("no request came to the venue at %s: does the proxy lead there?", r.Upstream.Address())
}

func (p plain) byItself() string {
	if p.own == 0 {
		return ""
	}
	return fmt.Sprintf(": the proxy answered %d itself", p.own)
}
