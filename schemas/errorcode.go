package schemas

import (
	"slices"
	"strings"
)

// ErrorCodeInfo is a documented error code.
type ErrorCodeInfo struct {
	Code int64
	Name string // "BAD_SYMBOL"

	// Messages are the documented templates; %s stands for any text. Empty
	// when only the code is documented. Shared: read only.
	Messages []string

	// Engine and Filters: the code also carries the matching engine's
	// messages, and "Filter failure: " with a filter's name.
	Engine, Filters bool
}

// ErrorCode returns what is documented about a code.
func ErrorCode(code int64) (ErrorCodeInfo, bool) {
	i := errorCodeIndex(code)
	if i < 0 {
		return ErrorCodeInfo{}, false
	}
	return errorCodes[i], true
}

// MessageFits reports whether msg is one that is documented for the code. A
// full stop at the end makes no difference: the documented messages themselves
// are not of one mind about it. Where no message is documented, any fits.
func (c ErrorCodeInfo) MessageFits(msg string) bool {
	if len(c.Messages) == 0 && !c.Engine && !c.Filters {
		return true
	}
	msg = strings.TrimSuffix(msg, ".")
	for _, template := range c.Messages {
		if fits(template, msg) {
			return true
		}
	}
	if c.Engine {
		for _, m := range engineMessages {
			if strings.TrimSuffix(m, ".") == msg {
				return true
			}
		}
	}
	if c.Filters {
		if filter, ok := strings.CutPrefix(msg, filterFailure); ok {
			return slices.Contains(filterFailures[:], filter)
		}
	}
	return false
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
