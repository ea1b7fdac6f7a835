package general

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "base-endpoint",
	Clauses: []string{"G01"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Requests go to the base endpoint over https.",
		Why:     "Over plain http everybody on the way reads the API key and can replay signed orders; another host has other limits, other balances and another document.",
		Mend:    "Set the client's base URL to https://api.binance.com.",
		Reading: "The document names one base; the venue later added numbered and cloud siblings that serve the same API, and they count as kept. Other hosts are told, not failed, since a test network or a national site may be meant. A loopback address is a target under test and says nothing; so does a host that the recorder replaced.",
		Good:    "GET https://api.binance.com/api/v1/ping",
		Bad:     "GET http://api.binance.com/api/v1/ping",
	},
	Check: func(c *rule.Trial, f *traffic.Facts) {
		switch {
		case f.Scheme == "https" && f.Port == "" && f.Host == c.Edition.Host():
			c.Pass()
		case f.Host == "" || f.Gaps.Has(traffic.GapHost) || strings.ContainsAny(f.Host, "{}<>*"):
		case isLoopback(f.Host):
		case c.Endpoint == nil && (!f.Family.Known() || !c.Edition.Owns(f.Host)): // nothing says that this API is meant
		case !isBase(c.Edition, f):
			c.Fail(rule.Report{
				Message:  "The request goes to another host than the base endpoint.",
				Cause:    "other host",
				Expected: strings.Join(c.Edition.Bases, ", "),
				Seen:     f.Host, Pointer: "/header/Host",
			})
		case f.Scheme == "":
			c.Inconclusive("the recording does not keep the scheme")
		case !strings.EqualFold(f.Scheme, "https"):
			c.Fail(rule.Report{
				Message:  "The request goes to the base endpoint without encryption.",
				Cause:    "no encryption",
				Expected: "https", Seen: f.Scheme,
			})
		default:
			c.Pass()
		}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Request.URL = strings.Replace(x.Request.URL, "https:", "http:", 1)
	},
})

// isLoopback reports a host of this machine (RFC 6761 section 6.3, RFC 1122
// section 3.2.1.3, RFC 4291 section 2.5.3).
func isLoopback(host string) bool {
	switch {
	case host == "localhost", host == "[::1]", strings.HasSuffix(host, ".localhost"):
		return true
	}
	last := host[len(host)-1]
	return strings.HasPrefix(host, "127.") && '0' <= last && last <= '9'
}

// isBase reports whether the request goes to one of the edition's bases, by a
// port of theirs.
func isBase(held *edition.Edition, f *traffic.Facts) bool {
	return (f.Port == "" || f.Port == "443" || f.Port == "80" && f.Scheme == "http") && held.IsBase(f.Host)
}
