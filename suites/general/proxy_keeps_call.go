package general

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-keeps-call",
	Clauses: []string{"G18p"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes a call on with its method, its API key and the type of its form body.",
		Why:     "Without its type the venue does not read a body, without its key it knows no account, and by another method it is another call: the venue refuses what was right, or does what nobody asked for.",
		Mend:    "Forward the method, X-MBX-APIKEY and Content-Type as they come; leave them off no list of fields that the proxy lets through.",
		Reading: "The document says by which method and in which type parameters come. The key belongs to a signed call, and to routes that ask for one; to others it may be left away. A proxy that has a key of its own is a client and is not bound by this. A charset behind the type changes nothing. Which call behind is that in front shows by its path, or by what was signed.",
		Good:    "POST with X-MBX-APIKEY and Content-Type: application/x-www-form-urlencoded on both sides of the proxy",
		Bad:     "The same POST behind the proxy without Content-Type, or as a GET",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		calls := carried(r)
		if len(calls) == 0 {
			return
		}
		front, unseen := r.Front, false
		for _, f := range calls {
			if f.APIKey != front.APIKey && f.APIKey != 0 {
				return // it calls with a key of its own
			}
			unseen = unseen || (front.Gaps|f.Gaps)&(traffic.GapRequestHeader|traffic.GapLibraryFields) != 0
			if what := lostOnTheWay(c, front, f); what.Cause == "method" || what.Cause != "" && !unseen {
				what.Side = f
				c.Fail(what)
				return
			}
		}
		if unseen {
			c.Inconclusive("the header fields of some request were not recorded")
			return
		}
		c.Pass()
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Request.Header.Del("Content-Type")
	},
})

// carried returns what the proxy sent for the request in front, whatever it made of its
// method: what bears all that the client signed is that call. A redirect that is
// followed, for one, turns a POST into a GET.
func carried(r *rule.Relay) []*traffic.Facts {
	calls := forwarded(r)
	if len(calls) > 0 || r.Front == nil || !r.Front.HasSignature() {
		return calls
	}
	for _, f := range r.Behind {
		if f.Family != (traffic.Family{}) && samePath(f.Path, r.Front.Path) && f.HasSignature() && isCopy(f, r.Front) {
			calls = append(calls, f)
		}
	}
	return calls
}

// lostOnTheWay says what of a call beside its parameters the proxy changed; no cause for
// nothing.
func lostOnTheWay(c *rule.Trial, front, f *traffic.Facts) (none rule.Report) {
	key, kind := c.Edition.Dialect.Fields.APIKey, bodyType(front)
	switch {
	case f.Request.Method != front.Request.Method:
		return rule.Report{
			Message:  "The proxy sent the call by another method.",
			Expected: shown(c, front.Request.Method) + ", as the client sent it",
			Seen:     shown(c, f.Request.Method),
			Cause:    "method",
		}
	case front.APIKey != 0 && f.APIKey == 0 && isOwned(c, front):
		return rule.Report{
			Message:  "The proxy left out the API key.",
			Expected: key + ", as the client sent it",
			Seen:     "none",
			Pointer:  "/header/" + key,
			Cause:    "key",
		}
	case kind == formType && len(front.Request.Body) > 0 && len(f.Request.Body) > 0 && bodyType(f) != kind:
		return rule.Report{
			Message:  "The proxy changed the type of the body.",
			Expected: formType + ", as the client sent it",
			Seen:     shownOrNone(c, bodyType(f)),
			Pointer:  "/header/Content-Type",
			Cause:    "type",
		}
	}
	return none
}

// bodyType is the media type of a request's body; "" for none.
func bodyType(f *traffic.Facts) string {
	v, _ := f.Request.Header.Get("Content-Type")
	return strings.ToLower(mediaType(v))
}
