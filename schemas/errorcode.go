package schemas

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

//go:embed errorcodes.json
var errorCodesJSON []byte

// ErrorCodeInfo is a documented error code.
type ErrorCodeInfo struct {
	Code int64
	Name string // "BAD_SYMBOL"

	// Messages are the documented templates; %s stands for any text. Empty
	// when only the code is documented.
	Messages []string

	// Engine and Filters: the code also carries the matching engine's
	// messages, and "Filter failure: " with a filter's name.
	Engine, Filters bool
}

// ErrorCode returns what is documented about a code.
func ErrorCode(code int64) (ErrorCodeInfo, bool) {
	c, ok := errorCodes().byCode[code]
	return c, ok
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
		for _, m := range errorCodes().engine {
			if strings.TrimSuffix(m, ".") == msg {
				return true
			}
		}
	}
	if c.Filters {
		if filter, ok := strings.CutPrefix(msg, filterFailure); ok {
			return errorCodes().filters[filter]
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

type errorTable struct {
	byCode  map[int64]ErrorCodeInfo
	engine  []string
	filters map[string]bool
}

// errorCodes decodes the embedded table once; a test loads it.
var errorCodes = sync.OnceValue(func() *errorTable {
	t, err := decodeErrorCodes(errorCodesJSON)
	if err != nil {
		panic(err)
	}
	return t
})

func decodeErrorCodes(data []byte) (*errorTable, error) {
	type codeRecord struct {
		Code     int64    `json:"code"`
		Name     string   `json:"name"`
		Messages []string `json:"messages"`
		Engine   bool     `json:"engine"`
		Filters  bool     `json:"filters"`
	}
	var file struct {
		Codes   []codeRecord `json:"codes"`
		SAPI    []codeRecord `json:"sapi_codes"`
		Engine  []string     `json:"engine_messages"`
		Filters []string     `json:"filter_failures"`
	}
	if err := json.Unmarshal(data, &file, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("errorcodes.json: %w", err)
	}
	t := &errorTable{
		byCode:  make(map[int64]ErrorCodeInfo, len(file.Codes)+len(file.SAPI)),
		engine:  file.Engine,
		filters: make(map[string]bool, len(file.Filters)),
	}
	for _, list := range [][]codeRecord{file.Codes, file.SAPI} {
		for _, c := range list {
			if _, twice := t.byCode[c.Code]; twice {
				return nil, fmt.Errorf("errorcodes.json: code %d stands twice", c.Code)
			}
			t.byCode[c.Code] = ErrorCodeInfo(c)
		}
	}
	for _, f := range file.Filters {
		t.filters[f] = true
	}
	return t, nil
}
