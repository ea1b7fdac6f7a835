package yamlitems

import (
	"bytes"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// A parsed node takes some 300 bytes, however short it is written: "[a,a,a" of
// a megabyte becomes 150. What must be bounded is therefore not a text's
// length, most of which is bodies in quotes, but what stands outside of them.
// Where quotes begin and end only a parser knows. So the long values that seem
// to be quoted are replaced by a short word, and the short text is parsed: if
// each word comes out as the whole of a quoted value, then so would the value,
// and the long text has as many nodes as the short one.

// mark stands in the place of a long value.
const mark = "mbxcheck-abridged"

// withinSyntax returns an error if more than limit bytes of YAML may stand
// outside of quoted values. Texts up to that length cost nothing.
func withinSyntax(text []byte, limit int64) error {
	if int64(len(text)) <= limit {
		return nil
	}
	tooMuch := fmt.Errorf("more than %d bytes of YAML beside quoted values (limit yaml-syntax-bytes)", limit)
	if bytes.Contains(text, []byte(mark)) {
		return tooMuch
	}
	a := abridger{text: text, limit: int(min(limit, int64(len(text))))}
	if !a.run() {
		return tooMuch
	}
	found, d := 0, yaml.NewDecoder(bytes.NewReader(a.short))
	for {
		var doc yaml.Node
		switch err := decode(d, &doc); {
		case err == io.EOF && found == a.marks:
			return nil
		case err == io.EOF:
			return tooMuch
		case err != nil:
			return err // the long text is as broken
		}
		found += marks(&doc)
	}
}

// marks counts the quoted or block scalars that are nothing but the mark.
func marks(n *yaml.Node) (count int) {
	const styles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Kind == yaml.ScalarNode && n.Style&styles != 0 && string(bytes.TrimSuffix([]byte(n.Value), newline)) == mark {
		return 1
	}
	for _, c := range n.Content {
		count += marks(c)
	}
	return count
}

var newline = []byte{'\n'}

// withinDepth returns an error if a document has more levels of nesting, some of
// which may stand above what is in it. Aliases are not followed.
func withinDepth(doc *yaml.Node, above, levels int64) error {
	if n := beyond(doc, levels-above+1); n != nil { // the document is no level
		return fmt.Errorf("yaml: line %d: more than %d levels of nesting (limit depth)", n.Line, levels)
	}
	return nil
}

// beyond returns a collection that lies deeper.
func beyond(n *yaml.Node, levels int64) *yaml.Node {
	switch n.Kind {
	case yaml.ScalarNode, yaml.AliasNode:
		return nil
	}
	if levels == 0 {
		return n
	}
	for _, c := range n.Content {
		if deep := beyond(c, levels-1); deep != nil {
			return deep
		}
	}
	return nil
}

// abridger makes the short text.
type abridger struct {
	text  []byte
	at    int
	short []byte
	limit int
	marks int
}

// run reports false if the short text is too long all the same.
func (a *abridger) run() bool {
	for a.at < len(a.text) {
		if len(a.short) > a.limit {
			return false
		}
		switch c := a.text[a.at]; {
		case (c == '"' || c == '\'') && a.beginsValue():
			a.quoted(c)
		case c == '\n':
			a.copy(1)
			a.block()
		default:
			a.copy(1)
		}
	}
	return len(a.short) <= a.limit
}

func (a *abridger) copy(n int) {
	a.short = append(a.short, a.text[a.at:a.at+n]...)
	a.at += n
}

// beginsValue reports whether a quote here seems to open a value, by what is
// before it.
func (a *abridger) beginsValue() bool {
	before := bytes.TrimRight(a.text[max(0, a.at-8):a.at], " \t")
	return len(before) == 0 || bytes.IndexByte([]byte(":-,[{?\n"), before[len(before)-1]) >= 0
}

// worthwhile is the length from which a value is replaced.
const worthwhile = 64

// quoted copies a quoted value, or its mark.
func (a *abridger) quoted(quote byte) {
	end := a.at + 1
	for end < len(a.text) && a.text[end] != quote || end+1 < len(a.text) && quote == '\'' && a.text[end] == quote && a.text[end+1] == quote {
		if a.text[end] == quote || quote == '"' && a.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(a.text) || end-a.at < worthwhile {
		a.copy(min(end+1, len(a.text)) - a.at)
		return
	}
	a.short = append(append(append(a.short, quote), mark...), quote)
	a.at, a.marks = end+1, a.marks+1
}

// block replaces the lines of a block scalar, if the line that just ended was
// the header of one.
func (a *abridger) block() {
	line := a.text[:a.at-1]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	header := bytes.TrimRight(line, " \t\r")
	header = bytes.TrimRight(header, "+-")
	if len(header) < 2 || header[len(header)-1] != '|' && header[len(header)-1] != '>' || header[len(header)-2] != ' ' {
		return
	}
	own := len(line) - len(bytes.TrimLeft(line, " "))
	first := a.text[a.at:]
	if i := bytes.IndexByte(first, '\n'); i >= 0 {
		first = first[:i]
	}
	indent := len(first) - len(bytes.TrimLeft(first, " "))
	if indent <= own || indent == len(first) {
		return // its first line is empty, or it has none
	}
	end := a.at
	for end < len(a.text) {
		n := bytes.IndexByte(a.text[end:], '\n') + 1
		if n == 0 {
			n = len(a.text) - end
		}
		if rest := bytes.TrimLeft(a.text[end:end+n], " "); n-len(rest) < indent && len(bytes.TrimSpace(rest)) > 0 {
			break
		}
		end += n
	}
	if end-a.at < worthwhile {
		return
	}
	a.short = append(append(append(a.short, a.text[a.at:a.at+indent]...), mark...), '\n')
	a.at, a.marks = end, a.marks+1
}
