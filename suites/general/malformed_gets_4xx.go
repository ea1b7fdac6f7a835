package general

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "malformed-gets-4xx",
	Clauses: []string{"G05"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A malformed request is answered with a 4XX.",
		Why:     "A client that forgets a parameter and is told success goes on with data that nobody asked for; told 5XX, it waits for the venue to mend what is its own mistake, or looks for an order that never was.",
		Mend:    "Check the parameters first and refuse with 400 and a code from -1100 on; a mock must not answer what the venue would refuse.",
		Reading: "Only what is malformed beyond doubt is judged: a route of trading or market data that has needed symbol (interval, side, type) in every edition, sent without it or with it empty, or a limit, startTime or endTime that is no integer. What a GET has in its body alone is not there. Keys, signatures, balances and values are not looked at. /wapi is left out, since its refusals came with 200. 418 and 429 have clauses of their own, and 502, 503, 504 and codes of overload say that the venue failed before it read the request.",
		Good:    `GET /api/v1/depth answered 400 with {"code":-1102,"msg":"Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."}`,
		Bad:     "GET /api/v1/depth answered 200 with an order book",
	},
	On:   rule.OnCodes,
	Only: func(ep *edition.Endpoint) bool { return slices.ContainsFunc(ep.Params, isAlwaysNeeded) },
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !f.Answered() || f.Response.Status == 418 || f.Response.Status == 429 {
			return
		}
		if what, p := malformed(c.Endpoint, f); what != "" {
			judgeMalformed(c, f, what, p)
		}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Response.Status, x.Response.Body = 200, []byte(`{"lastUpdateId":1,"bids":[],"asks":[]}`)
	},
})

func isAlwaysNeeded(p edition.Param) bool { return p.Always }

// What is wrong with a malformed request.
const (
	wrongAbsent   = "is not there"
	wrongEmpty    = "is empty"
	wrongNoNumber = "is no integer"
)

// malformed returns what is provably wrong with a request, "" for nothing, and
// the parameter it is wrong with; of one that is not there the name alone.
func malformed(ep *edition.Endpoint, f *traffic.Facts) (string, traffic.Param) {
	for i := range f.Params {
		if p := f.Params[i]; counts(f, p) && noInteger(f.Dialect, p) {
			return wrongNoNumber, p
		}
	}
	absent := ""
	for i := range ep.Params {
		name := ep.Params[i].Name
		if !ep.Params[i].Always {
			continue
		}
		v, ok := valueOf(f, name)
		switch {
		case !ok && absent == "" && keepsParams(f):
			absent = name // which may be the recorder's doing, if nothing else is wrong
		case ok && v == "" && !f.Gaps.Has(traffic.GapFiltered) && !emptied(f):
			return wrongEmpty, traffic.Param{Name: name}
		}
	}
	if absent != "" {
		return wrongAbsent, traffic.Param{Name: absent}
	}
	return "", traffic.Param{}
}

// emptied reports several parameters none of which has a value: no client sends
// that, whoever emptied a recording leaves it.
func emptied(f *traffic.Facts) bool {
	return len(f.Params) > 1 && !slices.ContainsFunc(f.Params, func(p traffic.Param) bool { return p.Value != "" })
}

// counts reports a parameter in a place where the venue looks for it: those of
// a GET are sent as a query string.
func counts(f *traffic.Facts, p traffic.Param) bool {
	return p.Place == traffic.InQuery || f.Request.Method != "GET"
}

// valueOf is the value of the first parameter of that name that counts.
func valueOf(f *traffic.Facts, name string) (string, bool) {
	for i := range f.Params {
		if p := f.Params[i]; p.Name == name && counts(f, p) {
			return p.Value, true
		}
	}
	return "", false
}

// noInteger reports a limit in words or with a fraction, and a time with a
// fraction or as a date. Recorders put words in the place of times, but not of
// a limit.
func noInteger(d *traffic.Dialect, p traffic.Param) bool {
	switch p.Role {
	case traffic.RoleLimit:
		return !traffic.MayBePlaceholder(p.Value) && !isInteger(p.Value)
	case traffic.RoleFrom, traffic.RoleUntil:
		unit, _ := paramUnit(d, p.Value)
		return unit == traffic.UnitFraction || unit == traffic.UnitDateString
	}
	return false
}

func isInteger(v string) bool {
	v = strings.TrimPrefix(v, "-")
	return v != "" && strings.Trim(v, "0123456789") == ""
}

// keepsParams reports whether the recording shows every parameter that was
// sent, so that the absence of one is evidence. Recorders that keep no instants
// of their own are known to drop whole queries and to filter names; a body that
// is no form may hold the parameters in another coding.
func keepsParams(f *traffic.Facts) bool {
	if f.Gaps&(traffic.GapFiltered|traffic.GapRequestBody) != 0 {
		return false
	}
	if f.Query == "" && !f.Exact {
		return false
	}
	if f.Request.Method == "GET" {
		return true
	}
	if len(f.Request.Body) > 0 {
		return f.BodyIsForm
	}
	if f.Gaps.Has(traffic.GapRequestHeader) {
		return false // they would tell whether there was a body
	}
	v, coded := f.Request.Header.Get("Content-Type")
	length, told := f.Request.Header.Get("Content-Length")
	return told && length == "0" || !told && (!coded || !strings.Contains(v, "form"))
}

func judgeMalformed(c *rule.Trial, f *traffic.Facts, what string, p traffic.Param) {
	switch status := f.Response.Status; {
	case f.Maker == traffic.MakerIntermediary:
	case status/100 == 4:
		c.Pass()
	case status/100 == 2 && rule.IsError(f): // told as an error, by a status that error-on-2xx judges
	case f.Maker != traffic.MakerVenue:
		c.Inconclusive("it is unknown who made the response")
	case status/100 == 2 && what == wrongAbsent && f.Gaps.Has(traffic.GapHost):
		c.Inconclusive("the recorder replaced parts of the URL")
	case (status/100 == 2 || status == 500) && !f.BodySeen():
		c.Inconclusive("the response's body was not recorded whole, which would tell an error, and of which side")
	case status > 500 || status == 500 && isServerSide(f.Means):
		c.Inconclusive("the venue may have failed before it read the request")
	case status/100 == 2 || status == 500:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("A malformed request was answered with %d: its parameter %s %s.", status, p.Name, what),
			Expected: "a 4XX",
			Seen:     fmt.Sprintf("%d for a request whose %s %s", status, p.Name, what),
			Pointer:  "/status",
		})
	}
}

// isServerSide reports a code that says nothing about the request: the venue
// could not carry it out, or does not know whether it did. -1000 is used for
// both sides.
func isServerSide(m traffic.Meaning) bool {
	switch m {
	case traffic.InternalError, traffic.UnexpectedResponse, traffic.TimedOut, traffic.Busy, traffic.ShuttingDown:
		return true
	}
	return false
}
