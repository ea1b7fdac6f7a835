package general

import (
	"net/url"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-keeps-bytes",
	Clauses: []string{"G18p"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes query string and body of a signed request on byte for byte.",
		Why:     "The signature covers the parameters as the client wrote them: moved about or encoded anew they are refused (-1022), and the client is blamed for a signature that was right.",
		Mend:    "Forward the raw query string and body; do not parse and print them again, sort parameters, or change percent-encoding.",
		Reading: "Any order is the client's to choose; once it has signed one, nobody else may change it. A proxy that signs requests itself is a client and is not bound by this: it has a key of its own, or the venue does not refuse the signature of what was changed. Signatures are secrets, which are not compared.",
		Good:    "side=BUY&symbol=LTCBTC&signature=... on both sides of the proxy",
		Bad:     "symbol=LTCBTC&side=BUY&signature=... behind the proxy, sorted by name",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		calls := forwarded(r)
		if len(calls) == 0 || !r.Front.HasSignature() {
			return
		}
		doubt := ""
		for _, f := range calls {
			if f.APIKey != r.Front.APIKey && f.APIKey != 0 {
				return // it signs with a key of its own
			}
			switch part, why := changedOnTheWay(r.Front, f); {
			case why != "":
				doubt = why
			case part != nil:
				c.Fail(part.report(c, f))
				return
			}
		}
		if doubt != "" {
			c.Inconclusive(doubt)
			return
		}
		c.Pass()
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Request.URL, _, _ = strings.Cut(x.Request.URL, "&"+c.Edition.Dialect.Param(traffic.RoleSignature)+"=")
	},
})

// partOfCall is a part of a request as it was in front and is behind.
type partOfCall struct {
	name         string // as sentences have it
	pointer      string
	front, after string
}

func (p *partOfCall) report(c *rule.Trial, behind *traffic.Facts) rule.Report {
	return rule.Report{
		Message:  "The proxy changed the " + p.name + " of a signed request.",
		Expected: shownSigned(c, from(p.front, p.after)) + ", as the client sent it",
		Seen:     shownSigned(c, from(p.after, p.front)),
		Pointer:  p.pointer,
		Cause:    p.name,
		Side:     behind,
	}
}

// from is text of parameters from the first on that is another than in the other
// text. It begins where a parameter does: half a secret is not recognised as one.
func from(params, other string) string {
	at := 0
	for i := range min(len(params), len(other)) {
		if params[i] != other[i] {
			break
		}
		if params[i] == '&' {
			at = i + 1
		}
	}
	return params[at:]
}

// changedOnTheWay returns the first part of a signed request that the proxy changed,
// nil for none, or why nobody knows. The value of the signature is not compared: it is
// a secret, and no verdict depends on one.
func changedOnTheWay(front, behind *traffic.Facts) (part *partOfCall, doubt string) {
	gaps := front.Gaps | behind.Gaps
	if gaps.Has(traffic.GapFiltered) {
		return nil, "the recorder takes parameters out, or masks them"
	}
	noBody := gaps.Has(traffic.GapRequestBody)
	for _, p := range [...]partOfCall{
		{"query string", "/query", front.Query, behind.Query},
		{"body", "/body", string(front.Request.Body), string(behind.Request.Body)},
	} {
		switch isBody := p.name == "body"; {
		case isBody && noBody, !behind.HasSignature() && noBody: // where it may have been moved to
			return nil, "the request's body was not recorded"
		case alikeUnsigned(front.Dialect, p.front, p.after):
		case behind.HasSignature() && behind.Means != traffic.BadSignature:
			return nil, "the proxy may have signed what it changed"
		default:
			return &p, ""
		}
	}
	if behind.Means == traffic.BadSignature {
		return nil, "the venue refuses the signature, which is not compared"
	}
	return nil, ""
}

// alikeUnsigned reports parameters that are the same, byte for byte, but for the value of
// the signature.
func alikeUnsigned(d *traffic.Dialect, a, b string) bool {
	return a == b || unsigned(d, a) == unsigned(d, b)
}

// shownSigned shows parameters, of which the edition knows by its name which signs them.
func shownSigned(c *rule.Trial, params string) string {
	return shownOrNone(c, signedBy(c.Edition.Dialect, params, func(value string) string { return "=" + c.Secret(value) }))
}

// unsigned is text of parameters without the value of the signature.
func unsigned(d *traffic.Dialect, params string) string {
	return signedBy(d, params, func(string) string { return "" })
}

// signedBy is text of parameters with something else in the place of the signature's
// value and the sign before, however its name is written.
func signedBy(d *traffic.Dialect, params string, other func(value string) string) string {
	all := strings.Split(params, "&")
	for i := range all {
		name, value, _ := strings.Cut(all[i], "=")
		if plain, err := url.QueryUnescape(name); err == nil && plain == d.Param(traffic.RoleSignature) {
			all[i] = name + other(value)
		}
	}
	return strings.Join(all, "&")
}
