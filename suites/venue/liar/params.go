package liar

import (
	"net/url"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// paramLiars read parameters in another way than the document says. No
// recording shows it: it takes sending the same call in several ways.
var paramLiars = []Liar{
	{"body-wins", "uses the body's value of a parameter that the query has too", []string{"query-wins"}, before(func(c *venue.Call, a *venue.Answer) bool {
		slices.SortStableFunc(c.Params, func(p, q venue.Param) int { return place(q) - place(p) })
		return false
	})},
	{"query-only", "passes by parameters in the body", []string{"query-or-body-accepted", "mixed-accepted"}, before(func(c *venue.Call, a *venue.Answer) bool {
		c.Params = slices.DeleteFunc(c.Params, func(p venue.Param) bool { return p.InBody })
		return false
	})},
	{"no-mixing", "refuses parameters of /api and /sapi that stand partly in the query and partly in the body", []string{"mixed-accepted"}, before(func(c *venue.Call, a *venue.Answer) bool {
		inBody := 0
		for _, p := range c.Params {
			inBody += place(p)
		}
		if isWAPI(c) || inBody == 0 || inBody == len(c.Params) {
			return false
		}
		a.Status, a.Body = 400, append(a.Body[:0], `{"code":-1101,"msg":"Too many parameters sent for this endpoint."}`...)
		return true
	})},
	{"reads-get-bodies", "takes the parameters of a GET from its body too", []string{"malformed-gets-4xx"}, before(func(c *venue.Call, a *venue.Answer) bool {
		if c.Method != "GET" {
			return false
		}
		form, _ := url.ParseQuery(string(c.Body)) // what cannot be read is not there
		for name := range form {
			c.Params = append(c.Params, venue.Param{Name: name, Value: form.Get(name), InBody: true})
		}
		return false
	})},
	{"alphabetical-only", "refuses parameters of /api and /sapi that do not stand in the order of the alphabet", []string{"any-order-accepted"}, before(func(c *venue.Call, a *venue.Answer) bool {
		// The signature is sent last by every client.
		sent := slices.DeleteFunc(slices.Clone(c.Params), func(p venue.Param) bool { return p.Name == c.Names.Signature })
		if isWAPI(c) || slices.IsSortedFunc(sent, func(p, q venue.Param) int { return strings.Compare(p.Name, q.Name) }) {
			return false
		}
		a.Status, a.Body = 400, append(a.Body[:0], `{"code":-1022,"msg":"Signature for this request is not valid."}`...)
		return true
	})},
}

// place is 1 for a parameter in the body and 0 for one in the query.
func place(p venue.Param) int {
	if p.InBody {
		return 1
	}
	return 0
}
