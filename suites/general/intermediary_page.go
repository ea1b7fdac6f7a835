package general

import (
	"bytes"
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "intermediary-page",
	Clauses: []string{"G02"},
	Party:   clause.Proxy,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "What answers a request is the venue, not a page of something in between.",
		Why:     "The request may never have reached the venue, or may have been carried out with its answer lost. A client that takes the page for the venue's word decides on nothing.",
		Mend:    "Look at the box that made the page (a CDN, a firewall, a gateway, a proxy of your own). A proxy should pass the venue's answers on, and make its own errors JSON.",
		Reading: "The document speaks of endpoints, so that a page made on the way is nobody's violation; it is told so that a reader knows. A page is text that is not JSON and bears the marks of a CDN (Via, X-Cache, CF-Ray, Server), or an HTML error page without any field of the venue's. An empty answer is not told: it is no page.",
		Good:    `404 with {"code":-1121,"msg":"Invalid symbol."}`,
		Bad:     "403 with <html>… and Server: CloudFront",
	},
	On: rule.OnDocumented,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		switch {
		case !owesBody(f) || !f.BodySeen():
		case f.Maker == traffic.MakerVenue:
			c.Pass()
		case f.Maker == traffic.MakerIntermediary && isPage(f):
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("Something between client and venue answered with a page of its own, status %d.", f.Response.Status),
				Expected: "the venue's own answer in JSON",
				Seen:     excerpt(c, f.Response.Body),
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Response.Status = 403
		x.Response.Header.Set("Content-Type", "text/html")
		x.Response.Header.Set("Server", "CloudFront")
		x.Response.Header.Del(c.Edition.Dialect.Fields.UsedWeight)
		x.Response.Body = []byte("<html><body><h1>403 ERROR</h1></body></html>")
	},
})

// isPage reports text that nobody meant for JSON: part of a JSON value is the
// venue's, and so may be a bare one, whoever passed it on.
func isPage(f *traffic.Facts) bool {
	if f.Body.Fault != traffic.FaultSyntax && f.Body.Fault != traffic.FaultTrailing {
		return false
	}
	text := bytes.TrimLeft(f.Response.Body, " \t\r\n")
	return len(text) > 0 && text[0] != '{' && text[0] != '[' && text[0] != '"'
}
