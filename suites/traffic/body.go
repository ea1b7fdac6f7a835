package traffic

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"slices"
	"strconv"
)

// Kind is the kind of a JSON value (RFC 8259 section 3).
type Kind uint8

// The kinds; KindNone is no value at all.
const (
	KindNone Kind = iota
	KindObject
	KindArray
	KindString
	KindNumber
	KindBool
	KindNull
)

// String names the kind as RFC 8259 does.
func (k Kind) String() string {
	return [...]string{"nothing", "object", "array", "string", "number", "boolean", "null"}[k]
}

// Fault is why a body is not one JSON value.
type Fault uint8

// The faults of a body.
const (
	FaultNone      Fault = iota
	FaultEmpty           // no bytes, or white space only
	FaultSyntax          // not JSON at Offset
	FaultTruncated       // JSON that ends too early
	FaultTrailing        // something follows the value at Offset
	FaultDepth           // nested deeper than MaxBodyDepth: not judged
)

// MaxBodyDepth bounds nesting in bodies. The venue's deepest reply has 6
// levels; encoding/json refuses more than 10000.
const MaxBodyDepth = 512

// Value is a captured member: its kind and its bytes, which are valid as long
// as the body is.
type Value struct {
	Kind Kind
	Raw  []byte // as it stands, quotes included
}

// Int returns the value of a number that is an integer of 64 bits, however it is
// written: -1121.0 is one.
func (v Value) Int() (int64, bool) {
	if v.Kind != KindNumber {
		return 0, false
	}
	return parseInt(v.Raw)
}

// Text returns a string value without its quotes, escapes left as they are
// where unquoting fails, and "" for other kinds. It allocates.
func (v Value) Text() string {
	if v.Kind != KindString {
		return ""
	}
	if bytes.IndexByte(v.Raw, '\\') < 0 {
		return string(v.Raw[1 : len(v.Raw)-1])
	}
	s, err := strconv.Unquote(string(bytes.ReplaceAll(v.Raw, []byte(`\/`), []byte(`/`))))
	if err != nil {
		return string(v.Raw[1 : len(v.Raw)-1])
	}
	return s
}

// Body is what a scan found in a response body.
type Body struct {
	Kind    Kind // of the top-level value
	Fault   Fault
	Offset  int // of the fault
	Members int // of a top-level object

	Captured [numCaptures]Value
	Orders   []OrderFact // one for each of the plan's order queries
	Times    []TimeFact  // one for each of the plan's time queries
}

// JSON reports whether the body is exactly one JSON value.
func (b *Body) JSON() bool { return b.Fault == FaultNone && b.Kind != KindNone }

// Capture returns the captured member of the top-level object.
func (b *Body) Capture(c Capture) Value { return b.Captured[c] }

// OrderFact is what a scan found about the order of one array's rows.
type OrderFact struct {
	Rows       int // rows of the array (of the last one, if a path has several)
	Compared   int // neighbouring pairs that could be compared
	Inversions int // pairs out of order
	Equal      int // pairs with one key
	Unreadable int // rows whose key is missing or not an integer

	// The first inversion.
	Row         int // index of its second row
	Prev, Next  Whole
	prevInGroup [maxGroups]group
	groups      int
	row         rowKey
}

// maxGroups bounds the symbols told apart in one array; rows of further
// symbols are not compared. Lists over several symbols are openOrders only,
// and an account may hold a few hundred orders over some dozen symbols.
const maxGroups = 32

type group struct {
	symbol uint64
	last   Whole
}

type rowKey struct {
	key    Whole
	ok     bool
	symbol uint64
}

// reset forgets all that was found. What stands in groups that are not counted
// is left there.
func (o *OrderFact) reset() {
	o.Rows, o.Compared, o.Inversions, o.Equal, o.Unreadable = 0, 0, 0, 0, 0
	o.Row, o.Prev, o.Next = 0, Whole{}, Whole{}
	o.groups, o.row = 0, rowKey{}
}

// scanner reads one body against a plan.
type scanner struct {
	data  []byte
	pos   int
	plan  *Plan
	body  *Body
	depth int
	// elems are the indexes of the arrays that the scan stands in, for pointers.
	path [maxPath]step
	n    int
}

// maxPath bounds the steps remembered for pointers; the deepest query of the
// catalogue has 4.
const maxPath = 8

type step struct {
	name  []byte // member name, nil for an element
	index int
}

// ScanBody reads a body against a plan into b, reusing b's slices. It does
// not allocate once they have grown. The facts refer to data.
func ScanBody(b *Body, data []byte, plan *Plan) {
	orders, times := b.Orders[:0], b.Times[:0]
	*b = Body{}
	orders = slices.Grow(orders, len(plan.orders))[:len(plan.orders)]
	for i := range orders {
		orders[i].reset()
	}
	times = slices.Grow(times, len(plan.times))[:len(plan.times)]
	clear(times)
	b.Orders, b.Times = orders, times

	s := scanner{data: data, plan: plan, body: b}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		s.pos = 3 // a byte order mark: RFC 8259 section 8.1 lets parsers ignore it
	}
	s.space()
	if s.pos == len(data) {
		b.Fault = FaultEmpty
		return
	}
	b.Kind = s.value(plan.root)
	if b.Fault != FaultNone {
		return
	}
	s.space()
	if s.pos < len(data) {
		b.Fault, b.Offset = FaultTrailing, s.pos
	}
}

// space is SkipSpace without the call where there is none: 6 % of a scan.
func (s *scanner) space() {
	if s.pos < len(s.data) && s.data[s.pos] <= ' ' {
		s.pos = skipSpace(s.data, s.pos)
	}
}

// fail notes the first fault; every caller then unwinds.
func (s *scanner) fail() Kind {
	if s.body.Fault == FaultNone {
		s.body.Fault = FaultSyntax
		if s.pos >= len(s.data) {
			s.body.Fault = FaultTruncated
		}
		s.body.Offset = s.pos
	}
	return KindNone
}

// value reads one value; n is nil where nothing below is asked for.
func (s *scanner) value(n *node) Kind {
	if s.pos >= len(s.data) {
		return s.fail()
	}
	start := s.pos
	var k Kind
	switch c := s.data[s.pos]; {
	case c == '"':
		k = s.str()
	case c == '{':
		k = s.object(n)
	case c == '[':
		k = s.array(n)
	case c == '-' || '0' <= c && c <= '9':
		k = s.number()
	case c == 't':
		k = s.literal("true", KindBool)
	case c == 'f':
		k = s.literal("false", KindBool)
	case c == 'n':
		k = s.literal("null", KindNull)
	default:
		return s.fail()
	}
	if n != nil && k != KindNone && n.asks {
		s.note(n, k, s.data[start:s.pos])
	}
	return k
}

// maySkip reports whether what nothing is asked of can be passed by: no name is
// asked for at any depth, and MaxBodyDepth is out of reach.
func (s *scanner) maySkip() bool {
	return s.plan.anyName == nil && s.depth < MaxBodyDepth-maxSkipDepth
}

// pass passes by a value of which nothing is asked, and reports whether it is one.
func (s *scanner) pass() bool {
	if s.maySkip() {
		if end := SkipValue(s.data, s.pos); end >= 0 {
			s.pos = end
			return true
		}
		// Something is wrong with it: read again, slowly, to say what and where.
	}
	return s.value(nil) != KindNone
}

func (s *scanner) literal(word string, k Kind) Kind {
	for i := range len(word) {
		if s.pos >= len(s.data) || s.data[s.pos] != word[i] {
			return s.fail()
		}
		s.pos++
	}
	return k
}

func (s *scanner) enter() bool {
	s.pos++
	s.depth++
	if s.depth > MaxBodyDepth {
		s.body.Fault, s.body.Offset = FaultDepth, s.pos
		return false
	}
	return true
}

func (s *scanner) object(n *node) Kind {
	if !s.enter() {
		return KindNone
	}
	members := 0
	for s.space(); ; members++ {
		if s.pos < len(s.data) && s.data[s.pos] == '}' && members == 0 {
			break
		}
		if s.pos >= len(s.data) || s.data[s.pos] != '"' {
			return s.fail()
		}
		name, ok := s.name(n != nil || s.plan.anyName != nil)
		if !ok {
			return KindNone
		}
		if s.space(); s.pos >= len(s.data) || s.data[s.pos] != ':' {
			return s.fail()
		}
		s.pos++
		s.space()
		if !s.member(n, name) {
			return KindNone
		}
		if s.space(); s.pos >= len(s.data) {
			return s.fail()
		}
		if s.data[s.pos] == '}' {
			members++
			break
		}
		if s.data[s.pos] != ',' {
			return s.fail()
		}
		s.pos++
		s.space()
	}
	s.pos++
	s.depth--
	if s.depth == 0 {
		s.body.Members = members
	}
	return KindObject
}

func (s *scanner) member(n *node, name []byte) bool {
	child := n.child(name)
	if child == nil && s.plan.anyName == nil {
		return s.pass()
	}
	start := s.pos
	s.push(step{name: name})
	k := s.value(child)
	if s.plan.anyName != nil && k != KindNone {
		if i, ok := s.plan.anyName[string(name)]; ok {
			raw := s.data[start:s.pos]
			number, isInt := Value{k, raw}.Int()
			s.noteTime(i, k, raw, number, isInt)
		}
	}
	s.n--
	return k != KindNone
}

// name reads a member name, the position on its opening quote. Where anybody asks
// for it the escapes in it are undone: names are compared so (RFC 8259 section 8.3).
func (s *scanner) name(asked bool) (name []byte, ok bool) {
	start := s.pos + 1
	// Most are short and plain, which shows by the way.
	for i := start; i+8 <= len(s.data); i += 8 {
		if hit := special(binary.LittleEndian.Uint64(s.data[i : i+8])); hit != 0 {
			if i += bits.TrailingZeros64(hit) >> 3; s.data[i] == '"' {
				s.pos = i + 1
				return s.data[start:i], true
			}
			break
		}
	}
	if s.str() == KindNone {
		return nil, false
	}
	if name = s.data[start : s.pos-1]; asked && bytes.IndexByte(name, '\\') >= 0 {
		name = unescapedName(name)
	}
	return name, true
}

// unescapedName undoes the escapes of a member name. It allocates.
func unescapedName(name []byte) []byte {
	var s string
	if json.Unmarshal(slices.Concat([]byte{'"'}, name, []byte{'"'}), &s) != nil {
		return name
	}
	return []byte(s)
}

func (s *scanner) array(n *node) Kind {
	if !s.enter() {
		return KindNone
	}
	if n != nil {
		s.startRows(n.orders)
	}
	rows := 0
	for s.space(); ; rows++ {
		if s.pos < len(s.data) && s.data[s.pos] == ']' && rows == 0 {
			break
		}
		if gap := n.gap(rows); gap > 0 && s.maySkip() {
			end, passed := skipValues(s.data, s.pos, gap)
			if end >= 0 {
				s.pos, rows = end, rows+passed-1
				goto delimiter
			}
		}
		if !s.element(n.elem(rows), rows) {
			return KindNone
		}
		if n != nil {
			s.endRow(n.orders, rows)
		}
	delimiter:
		if s.space(); s.pos >= len(s.data) {
			return s.fail()
		}
		if s.data[s.pos] == ']' {
			break
		}
		if s.data[s.pos] != ',' {
			return s.fail()
		}
		s.pos++
		s.space()
	}
	s.pos++
	s.depth--
	return KindArray
}

func (s *scanner) element(n *node, index int) bool {
	if n == nil && s.plan.anyName == nil {
		return s.pass()
	}
	s.push(step{index: index})
	k := s.value(n)
	s.n--
	return k != KindNone
}

func (s *scanner) push(st step) {
	if s.n < maxPath {
		s.path[s.n] = st
	}
	s.n++
}

// str reads a string, the position on its opening quote.
func (s *scanner) str() Kind {
	if end := skipString(s.data, s.pos); end >= 0 {
		s.pos = end
		return KindString
	}
	i := s.pos + 1 // something is wrong with it: see where
	for {
		i = SkipPlain(s.data, i)
		if i >= len(s.data) || s.data[i] != '\\' { // the end, or a bare control character
			s.pos = i
			return s.fail()
		}
		var ok bool
		if i, ok = skipEscape(s.data, i); !ok {
			s.pos = i
			return s.fail()
		}
	}
}

// number reads a number (RFC 8259 section 6).
func (s *scanner) number() Kind {
	if end := skipNumber(s.data, s.pos); end >= 0 {
		s.pos = end
		return KindNumber
	}
	// Something is wrong with it: see where.
	if s.data[s.pos] == '-' {
		s.pos++
	}
	switch {
	case s.pos >= len(s.data):
		return s.fail()
	case s.data[s.pos] == '0':
		s.pos++
	case !s.digits():
		return s.fail()
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return s.fail()
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return s.fail()
		}
	}
	return KindNumber
}

// ended reports whether what stands behind a member's number ends it: of a body
// that was cut in the middle of one, the rest is another number.
func (s *scanner) ended() bool {
	next := skipSpace(s.data, s.pos)
	return next < len(s.data) && (s.data[next] == ',' || s.data[next] == '}')
}

func (s *scanner) digits() bool {
	start := s.pos
	s.pos = skipDigits(s.data, start)
	return s.pos > start
}

// note acts on a value that the plan asks about.
func (s *scanner) note(n *node, k Kind, raw []byte) {
	if n.capture != 0 && (k != KindNumber || s.ended()) {
		s.body.Captured[n.capture-1] = Value{k, raw}
	}
	if n.time != 0 || len(n.orderKeys) > 0 {
		var number int64
		var isInt bool
		if k == KindNumber {
			if number, isInt = parseDigits(raw); !isInt {
				number, isInt = parseInt(raw)
			}
		}
		if n.time != 0 {
			s.noteTime(n.time-1, k, raw, number, isInt)
		}
		for _, i := range n.orderKeys {
			r := &s.body.Orders[i].row
			if r.key.N, r.ok = number, isInt; !isInt || r.key.Digits != nil {
				r.noteLong(k, raw)
			}
		}
	}
	if n.isSymbol && k == KindString {
		h := Hash(raw)
		for i := range s.body.Orders {
			s.body.Orders[i].row.symbol = h
		}
	}
}

// noteLong takes a key that is perhaps an integer of more than 64 bits. Of two
// members of one name the last counts, as parsers have it.
func (r *rowKey) noteLong(k Kind, raw []byte) {
	if k == KindNumber {
		r.key, r.ok = parseWhole(raw)
	}
}

func (s *scanner) startRows(orders []int) {
	for _, i := range orders {
		o := &s.body.Orders[i]
		o.Rows, o.groups, o.row = 0, 0, rowKey{}
	}
}

// endRow compares the row just read with the one before it of its group.
func (s *scanner) endRow(orders []int, row int) {
	for _, i := range orders {
		o := &s.body.Orders[i]
		o.Rows++
		r := &o.row
		if q := &s.plan.orders[i]; !r.ok {
			o.Unreadable++
		} else {
			if !q.GroupBySymbol {
				r.symbol = 0
			}
			o.compare(q, r, row)
		}
		r.ok, r.symbol = false, 0
	}
}

func (o *OrderFact) compare(q *OrderQuery, r *rowKey, row int) {
	for g := range o.groups {
		if o.prevInGroup[g].symbol != r.symbol {
			continue
		}
		last := &o.prevInGroup[g].last
		o.Compared++
		if r.key.N <= last.N { // of nearly no pair
			o.noRise(q, *last, r.key, row)
		}
		*last = r.key
		return
	}
	if o.groups < maxGroups {
		o.prevInGroup[o.groups] = group{r.symbol, r.key}
		o.groups++
	}
}

// noRise takes a pair whose second key is not the greater one, unless both are
// beyond 64 bits and it is.
func (o *OrderFact) noRise(q *OrderQuery, prev, next Whole, row int) {
	switch next.compare(prev) {
	case 1:
		return
	case 0:
		o.Equal++
		if !q.Strict {
			return
		}
	}
	if o.Inversions == 0 {
		o.Row, o.Prev, o.Next = row, prev, next
	}
	o.Inversions++
}

// parseDigits reads a JSON integer of 64 bits that is written as digits alone.
func parseDigits(raw []byte) (int64, bool) {
	i, neg := 0, false
	if len(raw) > 0 && raw[0] == '-' {
		i, neg = 1, true
	}
	switch digits := len(raw) - i; {
	case digits == 0 || digits > 19:
		return 0, false
	case digits == 19: // 64 bits hold some of them
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return n, err == nil
	}
	var n int64
	for ; i+8 <= len(raw); i += 8 {
		d, ok := eightDigits(raw[i:])
		if !ok {
			return 0, false
		}
		n = n*1e8 + int64(d)
	}
	for ; i < len(raw); i++ {
		d := raw[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	if neg {
		n = -n
	}
	return n, true
}
