package yamlitems

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"

	"go.yaml.in/yaml/v3"
)

// block parses items in the form in which recorders' libraries write them
// (yaml.v3, Psych, PyYAML): mappings and sequences in block style with simple
// keys, and plain, quoted and literal scalars. It knows no more of YAML. At
// the first thing beyond that it gives up, and the library has the say; what it
// accepts it must read as the library would. It makes the library's nodes, but
// uses their memory again for the next item, whose strings are views of the
// text.
//
//	0 <= pos <= len(text), and pos is at the beginning of a line or at the end
//	used <= nodesAtOnce * len(nodes); beyond maxNodes or maxBlockDepth it gives up
type block struct {
	text []byte
	pos  int // where the line at hand begins
	row  int // its number, from 1

	nodes []*[nodesAtOnce]yaml.Node
	used  int
	held  []byte // scalars that had to be put together
	depth int
}

const (
	nodesAtOnce = 64

	// maxBlockDepth bounds nesting; recordings have six levels.
	maxBlockDepth = 16

	// maxNodes bounds the nodes of an item, which take 200 bytes each: an entry
	// has a hundred.
	maxNodes = 20_000

	// maxKeyLen bounds what is taken for a key; YAML's own bound is 1024.
	maxKeyLen = 128
)

const (
	tagString = "!!str"
	tagNull   = "!!null"
	tagBinary = "!!binary"
)

// item parses the text of an item, which begins with its dash, and returns its
// value; nil if the library must see to it. The nodes are valid until the next
// call.
func (p *block) item(text []byte) *yaml.Node {
	p.text, p.pos, p.row, p.used, p.held, p.depth = text, 0, 1, 0, p.held[:0], 0
	column, ok := p.next()
	if !ok || column < 0 || !p.dashAt(p.pos+column) {
		return nil
	}
	n := p.element(column)
	if n == nil {
		return nil
	}
	if column, ok = p.next(); !ok || column >= 0 {
		return nil
	}
	return n
}

// node returns a node of the memory kept.
func (p *block) node(kind yaml.Kind, tag string) *yaml.Node {
	if p.used == len(p.nodes)*nodesAtOnce {
		p.nodes = append(p.nodes, new([nodesAtOnce]yaml.Node))
	}
	n := &p.nodes[p.used/nodesAtOnce][p.used%nodesAtOnce]
	p.used++
	n.Kind, n.Tag, n.Value, n.Content, n.Line = kind, tag, "", n.Content[:0], p.row
	return n
}

func (p *block) scalar(tag string, text []byte) *yaml.Node {
	n := p.node(yaml.ScalarNode, tag)
	n.Value = unsafe.String(unsafe.SliceData(text), len(text))
	return n
}

// next goes to the next line that is not blank and returns the column in which
// it begins, -1 at the end. It reports false for comments and for tabs.
func (p *block) next() (column int, ok bool) {
	for i := p.pos; i < len(p.text); i++ {
		switch c := p.text[i]; c {
		case ' ':
		case '\n':
			p.pos = i + 1
			p.row++
		default:
			return i - p.pos, c > ' ' && c != '#'
		}
	}
	p.pos = len(p.text)
	return -1, true
}

// lineEnd returns the index of the line feed that ends the line of i, or of the
// end of the text.
func (p *block) lineEnd(i int) int {
	if n := bytes.IndexByte(p.text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(p.text)
}

// leave goes to the line behind the one whose end is given.
func (p *block) leave(end int) {
	p.pos = min(end+1, len(p.text))
	p.row++
}

// blank reports whether nothing but spaces stand on the line from i on, and
// returns the index of what does, or of the line's end.
func (p *block) blank(i int) (at int, blank bool) {
	for i < len(p.text) && p.text[i] == ' ' {
		i++
	}
	return i, i == len(p.text) || p.text[i] == '\n'
}

func (p *block) dashAt(i int) bool {
	return p.text[i] == '-' && (i+1 == len(p.text) || p.text[i+1] == ' ' || p.text[i+1] == '\n')
}

// below parses what stands on the lines behind the one at hand, of which
// nothing is left: the value of a key in the given column or, of a sequence,
// that of a dash. It is null if what follows is indented no deeper, save that a
// key's sequence may stand in its own column.
func (p *block) below(column int, ofKey bool) *yaml.Node {
	null := p.scalar(tagNull, nil)
	p.leave(p.lineEnd(p.pos))
	inner, ok := p.next()
	switch {
	case !ok:
		return nil
	case inner < 0 || inner < column || inner == column && !(ofKey && p.dashAt(p.pos+inner)):
		return null
	case p.dashAt(p.pos + inner):
		return p.sequence(inner)
	}
	return p.mapping(inner, p.pos+inner)
}

// sequence parses a sequence whose dashes stand in the given column.
func (p *block) sequence(column int) *yaml.Node {
	n := p.node(yaml.SequenceNode, "!!seq")
	if p.depth++; p.depth > maxBlockDepth {
		return nil
	}
	for {
		element := p.element(column)
		if element == nil || p.used > maxNodes {
			return nil
		}
		n.Content = append(n.Content, element)
		inner, ok := p.next()
		if !ok || inner > column {
			return nil
		}
		if inner < column || !p.dashAt(p.pos+inner) {
			p.depth--
			return n
		}
	}
}

// element parses what stands behind the dash in the given column.
func (p *block) element(column int) *yaml.Node {
	i, blank := p.blank(p.pos + column + 1)
	if blank {
		return p.below(column, false)
	}
	if _, _, ok := p.key(i); ok {
		return p.mapping(i-p.pos, i)
	}
	if p.dashAt(i) {
		return nil
	}
	return p.value(i, column)
}

// mapping parses a mapping whose keys stand in the given column, the first one
// at i.
func (p *block) mapping(column, i int) *yaml.Node {
	n := p.node(yaml.MappingNode, "!!map")
	if p.depth++; p.depth > maxBlockDepth {
		return nil
	}
	for {
		key, behind, ok := p.key(i)
		if !ok {
			return nil
		}
		name := p.scalar(tagString, key)
		var value *yaml.Node
		if at, blank := p.blank(behind); blank {
			value = p.below(column, true)
		} else {
			value = p.value(at, column)
		}
		if value == nil || p.used > maxNodes {
			return nil
		}
		n.Content = append(n.Content, name, value)
		inner, ok := p.next()
		if !ok || inner > column {
			return nil
		}
		if inner < column {
			p.depth--
			return n
		}
		i = p.pos + inner
	}
}

// isKeyByte: of plain keys, only those of names and numbers.
func isKeyByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == '/'
}

// key reads the key at i, plain or quoted, and returns the index behind its
// colon.
func (p *block) key(i int) (key []byte, behind int, ok bool) {
	start, quote := i, p.text[i]
	if quote == '\'' || quote == '"' {
		i++
		for i < len(p.text) && i-start < maxKeyLen && p.text[i] > ' ' && p.text[i] < 0x7f && p.text[i] != '\\' && p.text[i] != quote {
			i++
		}
		if i == len(p.text) || p.text[i] != quote {
			return nil, 0, false
		}
		key = p.text[start+1 : i]
		i++
	} else {
		for i < len(p.text) && i-start < maxKeyLen && isKeyByte(p.text[i]) {
			i++
		}
		if key = p.text[start:i]; len(key) == 0 || key[0] == '-' {
			return nil, 0, false
		}
	}
	if i == len(p.text) || p.text[i] != ':' {
		return nil, 0, false
	}
	if i++; i < len(p.text) && p.text[i] != ' ' && p.text[i] != '\n' {
		return nil, 0, false
	}
	return key, i, true
}

// value parses the scalar, or empty collection, that begins at i of the line at
// hand, inside a collection in the given column.
func (p *block) value(i, column int) *yaml.Node {
	switch p.text[i] {
	case '\'', '"':
		return p.quoted(i)
	case '|':
		return p.literal(i, column)
	case '[':
		return p.empty(i, "[]", yaml.SequenceNode, "!!seq")
	case '{':
		return p.empty(i, "{}", yaml.MappingNode, "!!map")
	case '!':
		return p.tagged(i, column)
	}
	return p.plain(i, column)
}

func (p *block) empty(i int, text string, kind yaml.Kind, tag string) *yaml.Node {
	end := p.lineEnd(i)
	if string(bytes.TrimRight(p.text[i:end], " ")) != text {
		return nil
	}
	n := p.node(kind, tag)
	p.leave(end)
	return n
}

// tagged parses a scalar with one of the tags for bytes in base64.
func (p *block) tagged(i, column int) *yaml.Node {
	for _, tag := range [...]string{"!binary ", "!!binary "} {
		if !bytes.HasPrefix(p.text[i:], []byte(tag)) {
			continue
		}
		at, blank := p.blank(i + len(tag))
		if blank || p.text[at] != '|' && p.text[at] != '\'' && p.text[at] != '"' {
			return nil
		}
		n := p.value(at, column)
		if n != nil {
			n.Tag = tagBinary
		}
		return n
	}
	return nil
}

// plain parses a plain scalar, which goes on in the lines that are indented
// deeper than the collection it stands in.
func (p *block) plain(i, column int) *yaml.Node {
	if !beginsPlain(p.text, i) {
		return nil
	}
	end := p.lineEnd(i)
	text := bytes.TrimRight(p.text[i:end], " ")
	if !isPlain(text) {
		return nil
	}
	n := p.scalar(tagOf(text), text)
	p.leave(end)
	for joined := -1; ; {
		row := p.row
		inner, ok := p.next()
		switch {
		case !ok:
			return nil
		case inner <= column:
			if joined >= 0 {
				text := p.held[joined:]
				n.Tag, n.Value = tagOf(text), unsafe.String(unsafe.SliceData(text), len(text))
			}
			return n
		case p.row > row:
			return nil // a blank line inside stands for a line feed
		}
		if joined < 0 {
			joined = len(p.held)
			p.held = append(p.held, text...)
		}
		end = p.lineEnd(p.pos)
		if text = bytes.TrimRight(p.text[p.pos+inner:end], " "); !isPlain(text) {
			return nil
		}
		p.held = append(append(p.held, ' '), text...)
		p.leave(end)
	}
}

// beginsPlain reports whether a plain scalar may begin with what stands at i;
// it knows less than YAML, where it matters for nothing that is recorded.
func beginsPlain(text []byte, i int) bool {
	switch c := text[i]; c {
	case '-', ':':
		return i+1 < len(text) && isKeyByte(text[i+1]) && text[i+1] != '-'
	case '?', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '=':
		return false
	default:
		return true
	}
}

// isPlain reports whether the characters of a line may stand in a plain scalar.
func isPlain(text []byte) bool {
	for i, c := range text {
		switch {
		case c == ':' && (i+1 == len(text) || text[i+1] == ' '):
			return false
		case c == '#' && i > 0 && text[i-1] == ' ' || c == '#' && i == 0:
			return false
		case c < ' ' || c == 0x7f:
			return false
		case c >= utf8.RuneSelf:
			return isPrintable(text[i:]) && isPlainASCII(text[i:])
		}
	}
	return true
}

// isPlainASCII is isPlain for what is known to be printable.
func isPlainASCII(text []byte) bool {
	return !bytes.Contains(text, []byte(": ")) && !bytes.HasSuffix(text, []byte(":")) && !bytes.Contains(text, []byte(" #"))
}

// isPrintable reports whether text is UTF-8 of characters that YAML takes for
// no line break and recorders' libraries write as they are.
func isPrintable(text []byte) bool {
	const none = 0x7f // a quote that no run goes beyond anyway
	for i := 0; ; {
		if i = runOf(text, i, none); i == len(text) {
			return true
		}
		r, n := utf8.DecodeRune(text[i:])
		if !isPrintableRune(r, n) {
			return false
		}
		i += n
	}
}

func isPrintableRune(r rune, n int) bool {
	switch {
	case r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError && n <= 1:
		return false
	case r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff:
		return false
	}
	return true
}

// tagOf tells null from everything else that a plain scalar may mean: Value
// asks for no more.
func tagOf(text []byte) string {
	switch string(text) {
	case "null", "Null", "NULL", "~":
		return tagNull
	}
	return tagString
}

// literal parses a block scalar in literal style whose | stands at i.
func (p *block) literal(i, column int) *yaml.Node {
	end := p.lineEnd(i)
	chomp := byte(0)
	switch head := p.text[i+1 : end]; {
	case len(head) == 1 && (head[0] == '-' || head[0] == '+'):
		chomp = head[0]
	case len(head) > 0:
		return nil
	}
	n := p.scalar(tagString, nil)
	p.leave(end)
	start, indent, breaks := len(p.held), -1, 0
	for p.pos < len(p.text) {
		at, blank := p.blank(p.pos)
		if end = p.lineEnd(at); end == len(p.text) {
			return nil // without a line feed at its end
		}
		switch {
		case blank && (indent < 0 && at > p.pos || indent >= 0 && at-p.pos > indent):
			return nil // spaces that may belong to the text
		case blank:
			breaks++
			p.leave(end)
			continue
		case indent < 0 && at-p.pos <= column:
			return nil // an empty one
		case indent < 0:
			indent = at - p.pos
		}
		if at-p.pos < indent {
			break
		}
		for ; breaks > 0; breaks-- {
			p.held = append(p.held, '\n')
		}
		text := p.text[p.pos+indent : end]
		if !isPrintable(text) {
			return nil
		}
		p.held = append(p.held, text...)
		breaks = 1
		p.leave(end)
	}
	if indent < 0 {
		return nil
	}
	if chomp == 0 {
		breaks = min(breaks, 1)
	}
	for ; breaks > 0 && chomp != '-'; breaks-- {
		p.held = append(p.held, '\n')
	}
	text := p.held[start:]
	n.Value = unsafe.String(unsafe.SliceData(text), len(text))
	return n
}

// quoted parses the scalar whose opening quote stands at i.
func (p *block) quoted(i int) *yaml.Node {
	q := p.text[i]
	n := p.scalar(tagString, nil)
	end := p.quotedRun(i+1, q)
	if end < len(p.text) && p.text[end] == q && (q == '"' || end+1 == len(p.text) || p.text[end+1] != q) {
		text := p.text[i+1 : end] // the common case: a view will do
		n.Value = unsafe.String(unsafe.SliceData(text), len(text))
	} else {
		start := len(p.held)
		if end = p.fold(i+1, q); end < 0 {
			return nil
		}
		text := p.held[start:]
		n.Value = unsafe.String(unsafe.SliceData(text), len(text))
	}
	at, blank := p.blank(end + 1)
	if !blank {
		return nil
	}
	p.leave(at)
	return n
}

// quotedRun returns the index of the first byte at or behind i that ends a
// quoted scalar or needs a look: its quote, a backslash in double quotes,
// control characters, line feeds among them.
func (p *block) quotedRun(i int, q byte) int {
	for {
		i = runOf(p.text, i, q)
		if i == len(p.text) || p.text[i] < utf8.RuneSelf {
			return i
		}
		r, size := utf8.DecodeRune(p.text[i:])
		if !isPrintableRune(r, size) {
			return i
		}
		i += size
	}
}

// runOf returns the index of the first byte at or behind i that is the quote, a
// backslash in double quotes, a control character or beyond ASCII.
func runOf(text []byte, i int, q byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quotes, slashes := ones*uint64(q), ones*uint64(q)
	if q == '"' {
		slashes = ones * '\\'
	}
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i : i+8])
		// Taking one (or 0x20) off borrows from the high bit of just the bytes
		// looked for, up to the first of them; 0x7f is passed to the look below.
		hit := ((w ^ quotes - ones) | (w ^ slashes - ones) | (w - ones*0x20) | w | (w ^ ones*0x7f - ones)) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c == q || c == '\\' && q == '"' || c < 0x20 || c >= 0x7f {
			return i
		}
	}
	return i
}

// fold puts a quoted scalar together that has escapes or goes over several
// lines, and returns the index of its closing quote, negative if the library
// must see to it.
func (p *block) fold(i int, q byte) int {
	for {
		end := p.quotedRun(i, q)
		p.held = append(p.held, p.text[i:end]...)
		if i = end; i == len(p.text) {
			return -1
		}
		switch c := p.text[i]; {
		case c == q && q == '\'' && i+1 < len(p.text) && p.text[i+1] == q:
			p.held = append(p.held, q)
			i += 2
		case c == q:
			return i
		case c == '\\' && i+1 < len(p.text) && p.text[i+1] == '\n':
			// The line goes on in the next one, behind its indentation.
			next, blank := p.blank(i + 2)
			if blank {
				return -1
			}
			p.leave(i + 1)
			i = next
		case c == '\\':
			if i = p.escape(i); i < 0 {
				return -1
			}
		case c == '\n':
			if i = p.foldLine(i); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
}

// foldLine folds the line feed at i: one stands for a space, more for one less,
// and the blanks around them for nothing.
func (p *block) foldLine(i int) int {
	for n := i; n > 0 && p.text[n-1] == ' '; n-- {
		if n-2 >= 0 && p.text[n-2] == '\\' {
			return -1 // the space is escaped, and stays
		}
		if len(p.held) == 0 || p.held[len(p.held)-1] != ' ' {
			break
		}
		p.held = p.held[:len(p.held)-1]
	}
	p.leave(i)
	breaks := 0
	for {
		at, blank := p.blank(p.pos)
		if at == len(p.text) || p.text[at] == '\t' {
			return -1
		}
		if !blank {
			i = at
			break
		}
		breaks++
		p.leave(at)
	}
	if breaks == 0 {
		p.held = append(p.held, ' ')
	}
	for ; breaks > 0; breaks-- {
		p.held = append(p.held, '\n')
	}
	return i
}

// escape undoes the escape in double quotes that begins at i.
func (p *block) escape(i int) int {
	if i+1 == len(p.text) {
		return -1
	}
	digits := 0
	switch c := p.text[i+1]; c {
	case '"', '\\', ' ':
		p.held = append(p.held, c)
	case 'n':
		p.held = append(p.held, '\n')
	case 't':
		p.held = append(p.held, '\t')
	case 'r':
		p.held = append(p.held, '\r')
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return -1
	}
	i += 2
	if digits == 0 {
		return i
	}
	if i+digits > len(p.text) {
		return -1
	}
	var r rune
	for _, c := range p.text[i : i+digits] {
		d := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
		if d < 0 || c < '0' {
			return -1
		}
		r = r<<4 | rune(d)
	}
	if !utf8.ValidRune(r) {
		return -1
	}
	p.held = utf8.AppendRune(p.held, r)
	return i + digits
}
