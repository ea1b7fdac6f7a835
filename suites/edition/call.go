package edition

import "strings"

// Call is what the path of a call tells of what it is for. Later routes that the
// catalogue does not know tell it as the known ones do.
type Call struct {
	Name string // its last segment, without an ending such as .html
	Part string // of the API: no margin order stands in a list of spot orders
	Kind CallKind
}

// CallKind is what a call is for, as far as rules ask; "" for what no name tells.
type CallKind string

// The kinds.
const (
	CallOrder      CallKind = "order"       // one order is placed, read or cancelled
	CallOpenOrders CallKind = "open-orders" // those that are open are listed, or cancelled
	CallAllOrders  CallKind = "all-orders"
	CallTrades     CallKind = "trades"      // the account's own
	CallAggregates CallKind = "aggregates"  // of everybody's trades
	CallOrderList  CallKind = "order-list"  // orders are placed together, read or cancelled
	CallOrderLists CallKind = "order-lists" // such are listed
	CallOrders     CallKind = "orders"      // orders are placed, changed or cancelled otherwise
	CallRecords    CallKind = "records"     // of what was moved
	CallBalances   CallKind = "balances"    // what the account holds
	CallTest       CallKind = "test"        // of an order that is not placed
	CallStream     CallKind = "stream"      // the listen key of the user data stream
)

// CallNames are names of calls of a kind. In front of a name and behind it a star
// stands for anything.
type CallNames struct {
	Kind  CallKind
	Names []string
}

// CallPaths are paths of a part of the API, with stars as in CallNames.
type CallPaths struct {
	Part  string
	Paths []string
}

// Call tells what a call is for by its path. It does not allocate: what it returns
// is part of the path, or of the edition.
func (e *Edition) Call(path string) Call {
	name, _, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ".")
	c := Call{Name: name, Part: e.part(path)}
	for i := range e.CallNames {
		if anyMatches(e.CallNames[i].Names, name) {
			c.Kind = e.CallNames[i].Kind
			break
		}
	}
	return c
}

// part tells which part of the API a path belongs to: where no row knows it, the one
// that it names behind family and version.
func (e *Edition) part(path string) string {
	for i := range e.CallPaths {
		if anyMatches(e.CallPaths[i].Paths, path) {
			return e.CallPaths[i].Part
		}
	}
	_, call, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, call, _ = strings.Cut(call, "/")
	first, _, _ := strings.Cut(call, "/")
	first, _, _ = strings.Cut(first, ".")
	return first
}

func anyMatches(patterns []string, s string) bool {
	for _, p := range patterns {
		if matches(p, s) {
			return true
		}
	}
	return false
}

// matches reports a text that a pattern stands for.
func matches(pattern, s string) bool {
	tail, front := strings.CutPrefix(pattern, "*")
	word, behind := strings.CutSuffix(tail, "*")
	switch {
	case front && behind:
		return strings.Contains(s, word)
	case front:
		return strings.HasSuffix(s, word)
	case behind:
		return strings.HasPrefix(s, word)
	}
	return s == word
}
