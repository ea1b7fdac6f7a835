package general

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "json-body",
	Clauses: []string{"G02"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The body of a response is exactly one JSON object or array.",
		Why:     "A client decodes every answer as JSON. An empty or broken body after an order breaks the decoder, and the client no longer knows whether the order stands.",
		Mend:    "Answer with one JSON object or array and nothing behind it, with {} where there is nothing to say; never with a page, a bare value or part of a value.",
		Reading: "Empty objects and arrays count, scalars do not; the media type is not asked for. A page that something in between made is intermediary-page's. A body that ends too early fails where Content-Length proves that the venue sent no more, or where it is shorter than 1000 bytes: recorders cut bodies, but at kilobytes; an empty body needs a field that only the venue sends, or on success a CDN's word that it asked the origin, and an empty 504 is no fault, for there was no answer to pass on (G09). An SBE answer was asked for by the client. A bare body, which the user says is the venue's, is judged without status and fields, unless it is a page.",
		Good:    "GET /api/v1/ping answered 200 with {}",
		Bad:     "GET /api/v1/ping answered 200 with pong",
	},
	On: rule.OnDocumented,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !owesBody(f) || f.BareBody && c.Endpoint == nil { // a mistyped route is not judged
			return
		}
		switch why := unreadable(f); {
		case f.Gaps&(traffic.GapResponseBody|traffic.GapTruncated|traffic.GapUndecoded) != 0:
			c.Inconclusive("the response's body was not recorded whole")
		case f.Body.JSON() && isContainer(f.Body.Kind):
			c.Pass()
		case f.BareBody && isMarkup(f.Response.Body):
			c.Inconclusive("the body is a page, and nothing but it was recorded that would tell who made it")
		case f.BareBody && why == "":
			failBody(c, f)
		case f.Maker == traffic.MakerIntermediary, isSBE(f):
		case f.Maker != traffic.MakerVenue:
			c.Inconclusive("it is unknown who made the response")
		case f.Gaps.Has(traffic.GapResponseHeader):
			c.Inconclusive("the header fields were not recorded, which would tell who made the body and of what type")
		case why != "":
			c.Inconclusive(why)
		default:
			failBody(c, f)
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Body = []byte(`"pong"`)
	},
})

// owesBody reports whether the clause asks for a body: the answer of a route
// of the API, with a status and a method that have one (RFC 9110 sections 6.4.1
// and 9.3.2), and no redirection.
func owesBody(f *traffic.Facts) bool {
	if !f.Answered() && !f.BareBody {
		return false
	}
	switch f.Request.Method {
	case "HEAD", "OPTIONS", "CONNECT", "TRACE":
		return false
	}
	if f.BareBody {
		return true
	}
	status := f.Response.Status
	if status == 504 && f.Body.Fault == traffic.FaultEmpty {
		return false // what G09 describes: there was no answer to pass on
	}
	return status/100 == 2 && status != 204 && status != 205 || status >= 400
}

// isMarkup reports what begins like HTML or XML.
func isMarkup(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, "\ufeff \t\r\n"), []byte("<"))
}

func isContainer(k traffic.Kind) bool { return k == traffic.KindObject || k == traffic.KindArray }

// isSBE reports an answer in Simple Binary Encoding, which later venues send to
// clients that ask for it.
func isSBE(f *traffic.Facts) bool {
	v, _ := f.Response.Header.Get("Content-Type")
	return strings.HasPrefix(v, "application/sbe")
}

// smallestCut is the shortest body that a recorder's own limit may have cut:
// such limits are set in kilobytes.
const smallestCut = 1000

const notAsLong = "the recorded body is not as long as Content-Length says"

// unreadable says why a faulty body, as recorded, may not be what was sent; ""
// if it is.
func unreadable(f *traffic.Facts) string {
	body := f.Response.Body
	switch f.Body.Fault {
	case traffic.FaultNone:
		if n := sentLength(f); !isContainer(f.Body.Kind) && n >= 0 && n != len(body) {
			return notAsLong
		}
		return ""
	case traffic.FaultDepth:
		return "the body nests deeper than is read here"
	case traffic.FaultEmpty:
		if n := sentLength(f); n > 0 {
			return "the recorder kept no body, Content-Length tells of one"
		}
		return ""
	}
	n := sentLength(f)
	switch {
	case n >= 0 && n != len(body):
		return notAsLong
	case f.Body.Fault == traffic.FaultTruncated && n < 0 && len(body) >= smallestCut:
		return "the body ends too early, and nothing tells whether the venue or the recorder cut it"
	case !utf8.Valid(body) || bytes.HasPrefix(body, []byte("\x1f\x8b")):
		return "the recorded body is not text, as if its content coding had not been undone"
	}
	return ""
}

// sentLength is the length that the body had on the wire, -1 where no field
// tells: Content-Length counts the bytes after content coding, and recorders
// that undo a coding may leave the field as it was.
func sentLength(f *traffic.Facts) int {
	if _, coded := f.Response.Header.Get("Content-Encoding"); coded {
		return -1
	}
	v, ok := f.Response.Header.Get("Content-Length")
	if !ok {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil {
		return -1
	}
	return n
}

func failBody(c *rule.Trial, f *traffic.Facts) {
	r := rule.Report{Expected: "one JSON object or array", Seen: excerpt(c, f.Response.Body)}
	switch f.Body.Fault {
	case traffic.FaultNone:
		r.Cause = "bare value"
		r.Message = fmt.Sprintf("The body is a bare JSON %s.", f.Body.Kind)
	case traffic.FaultEmpty:
		r.Cause, r.Message, r.Seen = "empty", "The body is empty.", "no bytes"
	case traffic.FaultTruncated:
		r.Cause = "cut"
		r.Message = fmt.Sprintf("The body ends within a JSON value, behind byte %d.", f.Body.Offset)
	case traffic.FaultTrailing:
		r.Cause = "more behind it"
		r.Message = fmt.Sprintf("The JSON value is followed by more, from byte %d.", f.Body.Offset)
		r.Seen = excerpt(c, f.Response.Body[f.Body.Offset:])
	default:
		r.Cause = "no JSON"
		r.Message = fmt.Sprintf("The body is not JSON: it breaks at byte %d.", f.Body.Offset)
	}
	c.Fail(r)
}

// excerptLength is how much of a body a report shows.
const excerptLength = 60

// maxExcerpted bounds, in bytes, what of a body is looked at for that.
const maxExcerpted = 8 << 10

// excerpt returns the beginning of a body as a report shows it: quoted, and
// masked before it is cut, since part of a secret is not recognised as one.
func excerpt(c *rule.Trial, body []byte) string {
	text, more := c.Excerpt(string(body[:min(len(body), maxExcerpted)]), excerptLength)
	if text = strconv.Quote(text); more {
		text += "…"
	}
	return text
}
