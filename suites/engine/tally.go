package engine

import (
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// unknown counts an exchange of a route that the catalogue does not know. A
// number in the path, being an id, makes no route of its own. route is memory to
// use again, and is returned.
func unknown(t *rule.Tally, f *traffic.Facts, route []byte) []byte {
	route = append(append(route[:0], mask.Text(rule.ShortName(f.Request.Method))...), ' ')
	for segment := range rule.Segments(mask.Text(rule.ShortPath(f.Path)), "*") {
		route = append(append(route, segment...), '/')
	}
	route = route[:len(route)-1]
	t.UnknownRoute(route)
	return route
}
