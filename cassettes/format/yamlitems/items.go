// Package yamlitems is what the readers of YAML recordings share: streaming the
// items of a recording's one long list, and taking fields out of them.
//
// YAML libraries offer no stream of events, and a document as a whole takes
// some thirty times its size. So the text is cut by indentation into the items
// of the list, which are parsed one at a time. What can't be cut (flow style,
// anchors that span items) is parsed whole, up to Limits.YAMLBytes, at some thirty
// times that in memory.
//
// It must not know any one format.
package yamlitems

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// Read yields the items of the list that the named key of the root mapping
// holds, or for "" of the list that the root is. An item that is broken is
// yielded as an *format.Error, whose line is the file's; reading goes on behind
// it.
func Read(in format.Input, key string) iter.Seq2[Value, error] {
	return func(yield func(Value, error) bool) {
		rd := reader{file: in.Name, key: key, yield: yield, limits: in.Limits}
		rd.run(in)
	}
}

type reader struct {
	file, key string
	yield     func(Value, error) bool
	yielded   int
	limits    format.Limits
	wholeBad  bool // the whole document was tried, and is broken as well

	block   block
	library bool // it reads every item: what the block must agree with
}

func (rd *reader) run(in format.Input) {
	kept := newKeeper(in)
	s := newSplitter(kept, rd.key, rd.limits.EntryBytes)
	for {
		text, line, err := s.next()
		switch {
		case err == io.EOF && s.found && !s.odd:
			return
		case err == io.EOF:
			rd.rest(kept)
			return
		case err != nil:
			more := rd.fail(line, "an item that can be read", err)
			if !more || !errors.Is(err, errTooLong) {
				return
			}
			continue
		}
		item, err := rd.parse(text, line)
		item.last, item.inLine = s.ended, !bytes.HasSuffix(text, []byte("\n"))
		if err != nil && !rd.wholeBad {
			if rd.whole(kept) {
				return
			}
			rd.wholeBad = true // it is the item that is broken
		}
		rd.yielded++
		if !rd.yield(item, err) {
			return
		}
	}
}

// rest reads a document in which the splitter found no list in block style.
func (rd *reader) rest(kept *keeper) {
	if rd.whole(kept) {
		return
	}
	_, err := rd.documents(kept)
	if err == nil {
		what := "a list"
		if rd.key != "" {
			what += " " + rd.key + ":"
		}
		err = &format.Error{File: rd.file, Line: 1, Expected: what, Found: "none"}
	}
	rd.yield(Value{}, err)
}

func (rd *reader) fail(line int, expected string, err error) bool {
	return rd.yield(Value{}, &format.Error{File: rd.file, Line: line, Expected: expected, Err: err})
}

// parse reads one item, which stands alone as a list of one.
func (rd *reader) parse(text []byte, line int) (Value, error) {
	if !rd.library {
		if n := rd.block.item(text); n != nil {
			return Value{limits: &rd.limits, file: rd.file, base: line - 1, dash: line, node: n}, nil
		}
	}
	above := int64(0)
	if rd.key != "" {
		above = 1 // the root mapping, which does not stand here
	}
	doc, err := parsed(text, above, &rd.limits)
	if err != nil {
		return Value{}, yamlError(rd.file, line-1, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 ||
		doc.Content[0].Kind != yaml.SequenceNode || len(doc.Content[0].Content) != 1 {
		return Value{}, &format.Error{File: rd.file, Line: line, Expected: "one item of a list", Found: "something else"}
	}
	return Value{limits: &rd.limits, file: rd.file, base: line - 1, dash: line, node: doc.Content[0].Content[0]}, nil
}

// whole parses the whole file and yields the items behind those already
// yielded, or that its aliases make it too large. It reports false if that did
// not work out.
func (rd *reader) whole(kept *keeper) bool {
	items, err := rd.documents(kept)
	if errors.Is(err, errAliases) {
		rd.yield(Value{}, err)
		return true
	}
	if err != nil || !kept.has || len(items) < rd.yielded {
		return false
	}
	for _, item := range items[rd.yielded:] {
		if !rd.yield(item, nil) {
			break
		}
	}
	return true
}

// documents parses all documents of the file and returns the items of each.
func (rd *reader) documents(kept *keeper) (items []Value, err error) {
	text, err := kept.all()
	if err != nil {
		return nil, &format.Error{File: rd.file, Line: 1, Expected: "a list in block style, or a file short enough to be read whole", Err: err}
	}
	if err := withinSyntax(text, rd.limits.YAMLSyntax); err != nil {
		return nil, yamlError(rd.file, 0, err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	grown := newWrittenOut(len(text), rd.limits.Aliases)
	kept.has = false
	for {
		var doc yaml.Node
		switch err := decode(dec, &doc); {
		case err == io.EOF:
			return items, nil
		case err != nil:
			return nil, yamlError(rd.file, 0, err)
		}
		if err := withinDepth(&doc, 0, rd.limits.Depth); err != nil {
			return nil, yamlError(rd.file, 0, err)
		}
		if err := grown.add(&doc); err != nil {
			return nil, &format.Error{File: rd.file, Line: doc.Line, Expected: "YAML", Err: err}
		}
		list := Value{limits: &rd.limits, file: rd.file, node: doc.Content[0]}
		if rd.key != "" {
			list = list.Get(rd.key)
		}
		kept.has = kept.has || list.IsList()
		items = append(items, list.List()...)
	}
}

// parsed parses a text of one document under the limits, some levels of nesting
// standing above what is in it.
func parsed(text []byte, above int64, limits *format.Limits) (doc yaml.Node, err error) {
	if err := withinSyntax(text, limits.YAMLSyntax); err != nil {
		return doc, err
	}
	if err := unmarshal(text, &doc); err != nil {
		return doc, err
	}
	return doc, withinDepth(&doc, above, limits.Depth)
}

// unmarshal and decode guard against panics of the library on hostile input;
// a fuzzer has found such in each of its predecessors.
func unmarshal(text []byte, to *yaml.Node) (err error) {
	defer recovered(&err)
	return yaml.Unmarshal(text, to)
}

func decode(d *yaml.Decoder, to *yaml.Node) (err error) {
	defer recovered(&err)
	return d.Decode(to)
}

func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("yaml: %v", p)
	}
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// yamlError turns the library's "yaml: line 3: ..." into the file's line.
func yamlError(file string, base int, err error) *format.Error {
	text := err.Error()
	at := yamlLine.FindStringSubmatch(text)
	if at == nil {
		return &format.Error{File: file, Line: base + 1, Expected: "YAML", Err: err}
	}
	n, _ := strconv.Atoi(at[1])
	return &format.Error{File: file, Line: base + n, Expected: "YAML", Err: errors.New(text[len(at[0]):])}
}
