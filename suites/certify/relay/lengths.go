package relay

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	fieldLength = "Content-Length"
	fieldCoding = "Transfer-Encoding"
	chunked     = "chunked"
)

// holds reports what came to the venue and stood in the body of the call.
func (c *call) holds(s *wire.Seen) bool {
	return c.inner != "" && s.Method == http.MethodGet && strings.HasSuffix(s.URL, c.inner)
}

// lengths are messages of which two readers may take different parts for the body, in
// which a second request stands. None of them is signed or changes anything.
func lengths() *Scenario {
	const in, zero = "GET %s HTTP/1.1\r\nHost: venue\r\n\r\n", "0\r\n\r\n"
	s := &Scenario{Name: "ambiguous-lengths", Summary: "Unsigned calls whose body ends in two ways, with a second request in it", Clauses: []string{"L05"}}
	// add adds a call whose framing is given by names and values, {n} being the
	// length of its body.
	add := func(method string, body func(inner string) string, framing ...string) {
		target := "/api/v3/time?inner=" + strconv.Itoa(len(s.calls)+1)
		c := call{method: method, path: order, security: open, body: body(fmt.Sprintf(in, target)), inner: target}
		if method == http.MethodPost {
			c.path = testOrder
		}
		for i := 0; i < len(framing); i += 2 {
			value := strings.ReplaceAll(framing[i+1], "{n}", strconv.Itoa(len(c.body)))
			c.framing = append(c.framing, traffic.Field{Name: framing[i], Value: value})
		}
		s.calls = append(s.calls, c)
	}
	behind := func(inner string) string { return zero + inner }
	within := func(inner string) string { return fmt.Sprintf("%x\r\n%s\r\n%s", len(inner), inner, zero) }
	whole := func(inner string) string { return inner }
	add("POST", behind, fieldLength, "{n}", fieldCoding, chunked)
	add("POST", within, fieldCoding, chunked, fieldLength, "4")
	add("POST", behind, fieldCoding, "xchunked", fieldLength, "{n}")
	add("POST", behind, fieldCoding, "chunked, identity", fieldLength, "{n}")
	add("POST", behind, fieldCoding, chunked, fieldCoding, "x", fieldLength, "{n}")
	add("POST", behind, fieldCoding+" ", chunked, fieldLength, "{n}")
	add("POST", behind, fieldCoding, "\x0bchunked", fieldLength, "{n}")
	add("POST", behind, fieldCoding, "\r\n chunked", fieldLength, "{n}")
	add("POST", whole, fieldLength, "0", fieldLength, "{n}")
	add("POST", whole, fieldLength, "0, {n}")
	add("POST", whole, "X-Note", "1\n"+fieldLength+": {n}")
	add("POST", func(inner string) string { return fmt.Sprintf("%x;note=1\r\n%s\r\n%s", len(inner), inner, zero) }, fieldCoding, chunked)
	add("DELETE", within, fieldCoding, chunked)
	return s
}

// paths are paths that many would write otherwise.
func paths() *Scenario {
	s := &Scenario{Name: "odd-paths", Summary: "Signed reads whose paths have double slashes, dot segments and escapes", Clauses: []string{"G18p"}}
	for _, p := range []string{"/api/v3//order", "/api/v3/account/../order", "/api/v3/my%2Forder", "/api/v3/%6Frder"} {
		c := get(byID + "x-3")
		c.path = p
		s.calls = append(s.calls, c)
	}
	return s
}

// behindBy is how far the venue's clock is behind: past what two clocks of one network
// are apart.
const behindBy = 90 * time.Second

// clock has a venue whose Date is its own.
func clock() *Scenario {
	answer := with(200, price, "application/json")
	c := asked("ADABTC", &answer, false)
	c.late = behindBy
	return &Scenario{Name: "clock-behind", Summary: "The venue's clock is 90 s behind", Clauses: []string{"L14"}, calls: []call{c, c}}
}

// crowd are clients that send at the same time, of whose answers each is another.
func crowd() *Scenario {
	c := call{method: "GET", path: "/api/v1/klines", query: "symbol=LTCBTC&interval=1m", security: open}
	return &Scenario{Name: "many-at-once", Summary: "Eight clients send five calls each at the same time, and each answer has another length", Clauses: []string{"G05"}, calls: []call{c}, together: 8, rounds: 5}
}
