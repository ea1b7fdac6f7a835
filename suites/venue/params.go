package venue

import (
	"net/url"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// Param is one request parameter, decoded.
type Param struct {
	Name, Value string
	InBody      bool
}

// maxParams bounds the parameters that are read; the longest documented list
// has under fifty.
const maxParams = 128

// parseParams appends the parameters of a query string or form body, in the
// order sent. It returns false for a broken percent escape and for too many.
func parseParams(list []Param, text string, inBody bool) ([]Param, bool) {
	for text != "" {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		if pair == "" {
			continue
		}
		if len(list) >= maxParams {
			return list, false
		}
		name, value, _ := strings.Cut(pair, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return list, false
		}
		list = append(list, Param{Name: n, Value: v, InBody: inBody})
	}
	return list, true
}

// Get returns the value of a parameter that counts: the first sent, the
// query's before the body's.
func (c *Call) Get(name string) (string, bool) {
	for i := range c.Params {
		if c.Params[i].Name == name {
			return c.Params[i].Value, true
		}
	}
	return "", false
}

// The readers below return a parameter's value and note the first thing wrong
// in c.refusal. A handler reads all it needs and then asks refused.

// refuse notes what is wrong, unless something was before.
func (c *Call) refuse(r *refusal) {
	if c.refusal == nil {
		c.refusal = r
	}
}

func (c *Call) refused() bool { return c.refusal != nil }

// text returns an optional parameter, "" when it was not sent. One that was
// sent must not be empty.
func (c *Call) text(name string) string {
	v, sent := c.Get(name)
	if sent && v == "" {
		c.refuse(badRequest(-1105, "Parameter '"+name+"' was empty."))
	}
	return v
}

// longestText bounds what is kept of what a client says freely, such as the
// address of a withdrawal: in bytes, twice what any chain's takes.
const longestText = 256

// short is text for a parameter that is kept.
func (c *Call) short(name string) string {
	v := c.text(name)
	if len(v) > longestText {
		c.refuse(badRequest(-1130, "Data sent for paramter '"+name+"' is not valid."))
	}
	return v
}

// mandatory returns a parameter that must be there.
func (c *Call) mandatory(name string) string {
	v, sent := c.Get(name)
	switch {
	case !sent:
		c.refuse(missing(name))
	case v == "":
		c.refuse(badRequest(-1105, "Parameter '"+name+"' was empty."))
	}
	return v
}

func missing(name string) *refusal {
	return badRequest(-1102, "Mandatory parameter '"+name+"' was not sent, was empty/null, or malformed.")
}

func illegal(name, legal string) *refusal {
	return badRequest(-1100, "Illegal characters found in parameter '"+name+"'; legal range is '"+legal+"'.")
}

const (
	legalInteger = "^[0-9]{1,20}$"
	legalDecimal = `^([0-9]{1,20})(\.[0-9]{1,20})?$`
	legalID      = "^[a-zA-Z0-9-_]{1,36}$"
)

// maxDigits keeps integers inside 63 bits; the greatest sent in earnest, a time
// in microseconds, has 16 digits.
const maxDigits = 18

// integer returns an optional whole number, -1 when it was not sent.
func (c *Call) integer(name string) int64 {
	v := c.text(name)
	if v == "" {
		return -1
	}
	if len(v) > maxDigits {
		c.refuse(illegal(name, legalInteger))
		return -1
	}
	n := int64(0)
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			c.refuse(illegal(name, legalInteger))
			return -1
		}
		n = n*10 + int64(v[i]-'0')
	}
	return n
}

// mandatoryInteger is integer for a parameter that must be there.
func (c *Call) mandatoryInteger(name string) int64 {
	if _, sent := c.Get(name); !sent {
		c.refuse(missing(name))
	}
	return c.integer(name)
}

// count returns a limit: how many to answer with, at the most.
func (c *Call) count(name string, byDefault, most int64) int {
	n := c.integer(name)
	switch {
	case n == 0:
		c.refuse(badRequest(-1130, "Data sent for paramter '"+name+"' is not valid."))
	case n < 0:
		n = byDefault
	}
	return int(min(n, most))
}

// decimal returns an optional positive number, 0 when it was not sent.
func (c *Call) decimal(name string) amount.Amount {
	v := c.text(name)
	if v == "" {
		return 0
	}
	a, err := amount.Parse(v)
	switch err {
	case nil:
		if a == 0 {
			c.refuse(illegalValue(name))
		}
	case amount.ErrPrecision:
		c.refuse(badRequest(-1111, "Precision is over the maximum defined for this asset."))
	default:
		c.refuse(illegal(name, legalDecimal))
	}
	return a
}

// illegalValue refuses a number of the right form whose value makes no sense.
func illegalValue(name string) *refusal {
	switch name {
	case "quantity":
		return badRequest(-1013, "Invalid quantity.")
	case "price":
		return badRequest(-1013, "Filter failure: PRICE_FILTER")
	}
	return badRequest(-1130, "Data sent for paramter '"+name+"' is not valid.")
}

// id returns an optional identifier that a client chose.
func (c *Call) id(name string) string {
	v := c.text(name)
	ok := len(v) <= 36
	for i := range len(v) {
		ch := v[i]
		ok = ok && (ch == '-' || ch == '_' || ch >= '0' && ch <= '9' || ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z')
	}
	if !ok {
		c.refuse(illegal(name, legalID))
	}
	return v
}
