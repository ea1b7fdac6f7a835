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

// CallNames are names, or paths, of calls, and what they say of them. In front of a
// name and behind it a star stands for anything.
type CallNames struct {
	Say   string
	Names []string
}

// Call tells what a call is for by its path. It does not allocate: what it returns
// is part of the path, or of the edition. Where no row knows its part of the API, it is
// the one that the path names behind family and version.
func (e *Edition) Call(path string) Call {
	part := say(e.CallPaths, path)
	if part == "" {
		_, call, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		_, call, _ = strings.Cut(call, "/")
		part, _, _ = strings.Cut(call, "/")
		part, _, _ = strings.Cut(part, ".")
	}
	return Call{Name: nameIn(path), Part: part, Kind: e.CallKind(path)}
}

// CallKind is the kind alone, which most who ask want.
func (e *Edition) CallKind(path string) CallKind { return CallKind(say(e.CallNames, nameIn(path))) }

func nameIn(path string) string {
	name, _, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ".")
	return name
}

// say is what the first row says that holds a name; "" for none.
func say(rows []CallNames, name string) string {
	for i := range rows {
		for _, pattern := range rows[i].Names {
			if matches(pattern, name) {
				return rows[i].Say
			}
		}
	}
	return ""
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
