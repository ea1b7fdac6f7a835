package relay

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// security is what a call proves of its sender.
type security uint8

const (
	signed security = iota // with key and signature
	keyed                  // with key alone
	open
)

// call is one request of a scenario.
type call struct {
	method, path string
	query, body  string // parameters, as they go over the wire
	security     security
	account      int  // whose key it is, by place among the venue's
	inBody       bool // the signature with its timestamp stands in the body, and not in the query
	chunked      bool
	plain        bool         // nothing is wrong with it, and nobody but the venue can answer it
	idempotent   bool         // it bears an Idempotency-Key, by which some proxies take it for one to be repeated
	fault        *fault.Fault // of the first attempt that comes to the venue, but for its route and calls; nil for none

	framing traffic.Header // says how long the message is, in the place of what would be right; its body goes as it is
	inner   string         // the target of a GET that stands in the body
	stale   bool           // it is sent when what was stored for a second is stale
	late    time.Duration  // by which the venue's clock is behind when it answers
}

const (
	fieldContentType = "Content-Type"
	form             = "application/x-www-form-urlencoded"

	// window is how long a signed request holds, in milliseconds: the longest that
	// the document allows, for a proxy that takes its time.
	window = 60000
)

// failing is the fault of a call as the venue takes it.
func (c *call) failing() *fault.Fault {
	if c.fault == nil {
		return nil
	}
	f := *c.fault
	f.Route, f.Calls = c.method+" "+c.path, fault.Calls{First: 1, Last: 1}
	if c.late != 0 {
		f.Headers = maps.Clone(f.Headers)
		f.Headers[venue.HeaderDate] = time.Now().Add(-c.late).UTC().Format(http.TimeFormat)
	}
	return &f
}

// message is the call as it goes over the wire at an instant, with what the proxy
// has before the API's paths.
func (c *call) message(prefix string, of venue.Account, d *traffic.Dialect, now time.Time) *message {
	m := &message{method: c.method, chunked: c.chunked, framing: c.framing}
	query, body := c.query, c.body
	if c.security != open {
		m.header = append(m.header, traffic.Field{Name: d.Fields.APIKey, Value: of.Key})
	}
	if c.security == signed {
		in := &query
		if c.inBody {
			in = &body
		}
		*in = joined(*in, fmt.Sprintf("%s=%d&%s=%d", d.Param(traffic.RoleRecvWindow), window, d.Param(traffic.RoleTimestamp), now.UnixMilli()))
		sum := hmac.New(sha256.New, []byte(of.Secret))
		sum.Write([]byte(query + body)) // without a sign between, as the document has it
		*in += fmt.Sprintf("&%s=%x", d.Param(traffic.RoleSignature), sum.Sum(nil))
	}
	if m.target = prefix + c.path; query != "" {
		m.target += "?" + query
	}
	if m.body = []byte(body); body != "" {
		m.header = append(m.header, traffic.Field{Name: fieldContentType, Value: form})
	}
	if c.idempotent {
		m.header = append(m.header, traffic.Field{Name: "Idempotency-Key", Value: fmt.Sprint(now.UnixNano())})
	}
	return m
}

func joined(params, more string) string {
	if params == "" {
		return more
	}
	return params + "&" + more
}
