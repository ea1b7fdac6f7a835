package engine

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// leaveOut counts an exchange of a host that is not judged.
func leaveOut(t *rule.Tally, f *traffic.Facts) {
	t.LeaveOut(rule.ShortName(f.Host), f.Family.Known())
}

// unknown counts an exchange of a route that the catalogue does not know. A
// number in the path, being an id, makes no route of its own. route is memory to
// use again, and is returned.
func unknown(t *rule.Tally, f *traffic.Facts, route []byte) []byte {
	route = append(append(route[:0], mask.Text(rule.ShortName(f.Request.Method))...), ' ')
	first := true
	for segment := range strings.SplitSeq(mask.Text(rule.ShortPath(f.Path)), "/") {
		if !first {
			route = append(route, '/')
		}
		first = false
		if segment != "" && strings.Trim(segment, "0123456789") == "" {
			segment = "*"
		}
		route = append(route, segment...)
	}
	t.UnknownRoute(route)
	return route
}
