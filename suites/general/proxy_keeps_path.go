package general

import (
	"net/url"
	"path"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-keeps-path",
	Clauses: []string{"G18p"},
	Party:   clause.Proxy,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes the path of a call on as it was written.",
		Why:     "A path that the venue would refuse becomes one that it serves, or the other way about: what clients are tested with is not what they meet.",
		Mend:    "Forward the path undecoded: nginx does with a proxy_pass without a path, Apache with nocanon, MergeSlashes Off and AllowEncodedSlashes NoDecode.",
		Reading: "The path is not signed, and no route of the document has a double slash, a dot segment or an escape in it, so that clients of the API notice nothing: this is told, not failed. A prefix that the proxy puts before paths, or takes away, is its own to choose; another path altogether is left undecided.",
		Good:    "GET /api/v3//order on both sides of the proxy",
		Bad:     "GET /api/v3//order in front, and GET /api/v3/order behind",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		front := r.Front
		if len(forwarded(r)) > 0 {
			c.Pass()
			return
		}
		for _, f := range r.Behind {
			switch {
			case front == nil || f.Family == (traffic.Family{}) || f.Request.Method != front.Request.Method || !isCopy(f, front):
			case samePath(plainPath(f.Path), plainPath(front.Path)):
				c.Fail(rule.Report{
					Message:  "The proxy wrote the path anew.",
					Expected: shown(c, front.Path) + ", as the client sent it",
					Seen:     shown(c, f.Path),
					Pointer:  "/path",
					Side:     f,
				})
				return
			default:
				c.Inconclusive("a call to another path went out, which may be one of the proxy's own")
				return
			}
		}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		u, err := url.Parse(x.Request.URL)
		if err != nil {
			return
		}
		u.Path = path.Clean(u.Path)
		x.Request.URL = u.String()
	},
})

// plainPath is a path as those write it anew who do: escapes undone, without double
// slashes and dot segments.
func plainPath(p string) string {
	if plain, err := url.PathUnescape(p); err == nil {
		p = plain
	}
	return path.Clean(p)
}
