package edition

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Codes are the error codes of an edition. The nil ones are none.
type Codes struct {
	All     []ErrorCode
	Engine  []string // the matching engine's messages
	Filters []string // the names of filters that refuse orders

	at map[int64]int // in All
}

// NewCodes checks codes, and takes the slices over.
func NewCodes(all []ErrorCode, engine, filters []string) (*Codes, error) {
	if len(all) == 0 || len(engine) == 0 || len(filters) == 0 {
		return nil, errors.New("expected codes, engine_messages and filter_failures, found one of them empty")
	}
	c := &Codes{all, engine, filters, make(map[int64]int, len(all))}
	for i, code := range all {
		if _, has := c.at[code.Code]; has {
			return nil, fmt.Errorf("code %d: expected it once, found it twice", code.Code)
		}
		c.at[code.Code] = i
	}
	return c, nil
}

// ErrorCode is a documented error code.
type ErrorCode struct {
	Code int64
	Name string // "BAD_SYMBOL"

	// Messages are the documented templates; %s stands for any text. Empty
	// when only the code is documented. Shared: read only.
	Messages []string

	// Engine and Filters: the code also carries the matching engine's
	// messages, and "Filter failure: " with a filter's name.
	Engine, Filters bool
}

// Lookup returns what is documented about a code.
func (c *Codes) Lookup(code int64) (ErrorCode, bool) {
	if c == nil {
		return ErrorCode{}, false
	}
	i, has := c.at[code]
	if !has {
		return ErrorCode{}, false
	}
	return c.All[i], true
}

// MessageFits reports whether msg is one that is documented for the code. A
// full stop at the end makes no difference: the documented messages themselves
// are not of one mind about it. Where no message is documented, any fits.
func (c *Codes) MessageFits(of ErrorCode, msg string) bool {
	if len(of.Messages) == 0 && !of.Engine && !of.Filters {
		return true
	}
	msg = strings.TrimSuffix(msg, ".")
	if slices.ContainsFunc(of.Messages, func(template string) bool { return fits(template, msg) }) {
		return true
	}
	if of.Engine && slices.ContainsFunc(c.Engine, func(m string) bool { return strings.TrimSuffix(m, ".") == msg }) {
		return true
	}
	filter, ok := strings.CutPrefix(msg, filterFailure)
	return of.Filters && ok && slices.Contains(c.Filters, filter)
}

// filterFailure starts the message of an order that a symbol's or the venue's
// filter refused.
const filterFailure = "Filter failure: "

// fits matches msg, its final full stop cut, against a template. Taking the
// first place for each middle part never misses a match, since what follows
// only has more text left to be found in.
func fits(template, msg string) bool {
	parts := strings.Split(strings.TrimSuffix(template, "."), "%s")
	msg, ok := strings.CutPrefix(msg, parts[0])
	if !ok || len(parts) == 1 {
		return ok && msg == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		_, rest, found := strings.Cut(msg, part)
		if !found {
			return false
		}
		msg = rest
	}
	return strings.HasSuffix(msg, parts[last])
}
