package traffic

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Plan says which values of a body a scan reports, so that each body is read
// once for all rules together. Plans are immutable after Dialect.NewPlan and safe for
// concurrent use.
type Plan struct {
	dialect *Dialect
	root    *node
	orders  []OrderQuery
	times   []TimeQuery
	anyName map[string]int // "$..name": member name at any depth -> index in times
}

// OrderQuery asks whether the rows of an array run in ascending order of a key.
type OrderQuery struct {
	Array         string // "$" or "$.rows"
	Key           string // "time", or "[0]" for a row that is an array
	Strict        bool   // equal neighbours are an inversion too
	GroupBySymbol bool   // keys are comparable only within one symbol
}

// TimeQuery asks whether a value is a time in the dialect's unit since the epoch.
type TimeQuery struct {
	Path      string  // "$.serverTime", "$[*].time", "$[*][0]", "$.a.*[*].t" or "$..transactTime"
	Sentinels []int64 // values that stand for "none"
}

// node is one step of a plan: what to do at a value and where its children go.
type node struct {
	members   []edge // by member name
	index     []edge // by array index
	everyElem *node
	everyMemb *node

	capture int8 // Capture + 1, 0 for none
	time    int  // index into Plan.times + 1, 0 for none
	orders  []int
	// orderKeys are the orders (of the array two levels up) whose key this is.
	orderKeys []int
	isSymbol  bool // the row's symbol, for orders grouped by it
	asks      bool // any of the four is set

	gaps []int // for each index up to the last one asked for: how far to the next
}

type edge struct {
	name  string
	index int
	to    *node
}

// Capture is a member of the top-level object that every scan reports, by the name
// that the dialect has for it.
type Capture int8

// The members that error envelopes, success markers and limits stand in.
const (
	CaptureCode Capture = iota
	CaptureMsg
	CaptureSuccess
	CaptureMessage
	CaptureRateLimits
	CaptureData
	numCaptures
)

// NewPlan compiles queries. It fails on a path that is not of the forms that
// OrderQuery and TimeQuery show.
func (d *Dialect) NewPlan(orders []OrderQuery, times []TimeQuery) (*Plan, error) {
	p := &Plan{dialect: d, root: &node{}, orders: orders, times: times}
	for i, name := range d.members {
		if name == "" {
			continue
		}
		n, err := p.root.descend("$." + name)
		if err != nil {
			return nil, err
		}
		n.capture = int8(i) + 1
	}
	for i, q := range orders {
		if err := p.addOrder(i, q); err != nil {
			return nil, err
		}
	}
	for i, q := range times {
		if name, ok := strings.CutPrefix(q.Path, "$.."); ok {
			if p.anyName == nil {
				p.anyName = make(map[string]int)
			}
			p.anyName[name] = i
			continue
		}
		n, err := p.root.descend(q.Path)
		if err != nil {
			return nil, err
		}
		n.time = i + 1
	}
	p.root.settle()
	return p, nil
}

// settle notes, when the plan is complete, which nodes ask anything of their
// own values.
func (n *node) settle() {
	n.asks = n.capture != 0 || n.time != 0 || len(n.orderKeys) > 0 || n.isSymbol
	for _, e := range n.index {
		n.gaps = slices.Grow(n.gaps, e.index+1)[:max(len(n.gaps), e.index+1)]
	}
	next := 0
	for i := len(n.gaps) - 1; i >= 0; i-- {
		if next++; n.edgeAt(i) != nil {
			next = 0
		}
		n.gaps[i] = next
	}
	for _, edges := range [][]edge{n.members, n.index} {
		for _, e := range edges {
			e.to.settle()
		}
	}
	for _, every := range []*node{n.everyElem, n.everyMemb} {
		if every != nil {
			every.settle()
		}
	}
}

func (p *Plan) addOrder(i int, q OrderQuery) error {
	arr, err := p.root.descend(q.Array)
	if err != nil {
		return err
	}
	arr.orders = append(arr.orders, i)
	row := arr.elems()
	key := row.member(q.Key)
	if strings.HasPrefix(q.Key, "[") {
		if key, err = row.descend("$" + q.Key); err != nil {
			return err
		}
	}
	key.orderKeys = append(key.orderKeys, i)
	if q.GroupBySymbol {
		row.member(p.dialect.Members.Symbol).isSymbol = true
	}
	return nil
}

func (n *node) elems() *node {
	if n.everyElem == nil {
		n.everyElem = &node{}
	}
	return n.everyElem
}

func (n *node) member(name string) *node {
	for _, e := range n.members {
		if e.name == name {
			return e.to
		}
	}
	n.members = append(n.members, edge{name: name, to: &node{}})
	return n.members[len(n.members)-1].to
}

func (n *node) at(i int) *node {
	e := n.edgeAt(i)
	if e == nil {
		e = &node{}
		n.index = append(n.index, edge{index: i, to: e})
	}
	return e
}

// descend walks, and where needed builds, the nodes of a path.
func (n *node) descend(path string) (*node, error) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, fmt.Errorf("path %q: expected it to begin with $", path)
	}
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "[*]"):
			n, rest = n.elems(), rest[3:]
		case rest[0] == '[':
			digits, tail, ok := strings.Cut(rest[1:], "]")
			i, err := strconv.Atoi(digits)
			if !ok || err != nil || i < 0 {
				return nil, fmt.Errorf("path %q: expected [*] or [n], found %q", path, rest)
			}
			n, rest = n.at(i), tail
		case strings.HasPrefix(rest, ".*"):
			if n.everyMemb == nil {
				n.everyMemb = &node{}
			}
			n, rest = n.everyMemb, rest[2:]
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			if end == 0 {
				return nil, fmt.Errorf("path %q: expected a member name, found %q", path, rest)
			}
			n, rest = n.member(rest[1:1+end]), rest[1+end:]
		default:
			return nil, fmt.Errorf("path %q: expected . or [, found %q", path, rest)
		}
	}
	return n, nil
}

// child returns where the named member leads, nil for nowhere.
func (n *node) child(name []byte) *node {
	if n == nil {
		return nil
	}
	for i := range n.members {
		if n.members[i].name == string(name) {
			return n.members[i].to
		}
	}
	return n.everyMemb
}

// gap returns how many elements from the i-th on nothing is asked of.
func (n *node) gap(i int) int {
	switch {
	case n == nil || n.everyElem != nil:
		return 0
	case i < len(n.gaps):
		return n.gaps[i]
	}
	return math.MaxInt
}

// elem returns where the i-th element leads, nil for nowhere.
func (n *node) elem(i int) *node {
	if n == nil {
		return nil
	}
	if e := n.edgeAt(i); e != nil {
		return e
	}
	return n.everyElem
}

// edgeAt returns where the i-th element, asked for by its index, leads.
func (n *node) edgeAt(i int) *node {
	for j := range n.index {
		if n.index[j].index == i {
			return n.index[j].to
		}
	}
	return nil
}
