package general

import (
	"bytes"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-keeps-framing",
	Clauses: []string{"L05"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy makes one request of one: what stands in a body never comes to the venue as a request of its own.",
		Why:     "Whoever can write into a body sends calls in the name of others: on a connection that many share the venue counts and answers a request that none of them made, and each gets the answer of the one before.",
		Mend:    "Refuse requests whose length can be read in two ways with a 400, and write Content-Length or Transfer-Encoding anew for each that goes on; a chunked body of a DELETE is one as any other.",
		Reading: "The document has a weight counted for each request: one in front is one behind. RFC 9112 sections 6.1 and 6.3 leave no choice: Content-Length does not go on beside Transfer-Encoding, and Content-Lengths that differ are refused. A proxy that refuses keeps this, and is not asked; other forms that are merely odd, and mean the same to everybody, are not judged. A body that came to the venue nowhere may have gone behind its request, where nobody saw it, and is left undecided.",
		Good:    "A POST with Transfer-Encoding and Content-Length in front, and with Transfer-Encoding alone behind",
		Bad:     "The same POST with both fields behind, or behind it as a request what stood in its body",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		front := r.Front
		if front == nil || len(front.Request.Body) == 0 || len(r.Behind) == 0 {
			return
		}
		lost := false
		for _, f := range r.Behind {
			lost = lost || len(f.Request.Body) == 0 && !f.Gaps.Has(traffic.GapRequestBody) && readInTwoWays(front.Request.Header) == ""
			if field := readInTwoWays(f.Request.Header); field != "" {
				c.Fail(rule.Report{
					Message:  "The proxy passed a length on that can be read in two ways.",
					Expected: "one Content-Length, or Transfer-Encoding alone",
					Seen:     field,
					Pointer:  "/header/Content-Length",
					Cause:    "length",
					Side:     f,
				})
				return
			}
			if line := f.Request.Method + " " + targetOf(f); bytes.Contains(front.Request.Body, []byte(line+" HTTP/1.")) {
				c.Fail(rule.Report{
					Message:  "What stood in the body of a request came to the venue as a request of its own.",
					Expected: "one request behind the proxy",
					Seen:     shown(c, line),
					Cause:    "body",
					Side:     f,
				})
				return
			}
		}
		if lost {
			c.Inconclusive("a body is not where it was sent: what came of it nobody saw")
			return
		}
		c.Pass()
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Request.Header = append(x.Request.Header, traffic.Field{Name: "Transfer-Encoding", Value: "chunked"}, traffic.Field{Name: "Content-Length", Value: "7"})
	},
})

func targetOf(f *traffic.Facts) string {
	if f.Query == "" {
		return f.Path
	}
	return f.Path + "?" + f.Query
}

// readInTwoWays names what of a header says in two ways where the message ends; "" for
// one that is clear.
func readInTwoWays(h traffic.Header) string {
	length, coded := "", false
	for i := range h {
		switch name := h[i].Name; {
		case strings.EqualFold(name, "Transfer-Encoding"):
			coded = true
		case strings.EqualFold(name, "Content-Length"):
			for value := range strings.SplitSeq(h[i].Value, ",") {
				if value = strings.TrimSpace(value); length != "" && length != value {
					return "Content-Length of " + length + " and of " + value
				}
				length = value
			}
		}
	}
	if coded && length != "" {
		return "Transfer-Encoding and Content-Length"
	}
	return ""
}
