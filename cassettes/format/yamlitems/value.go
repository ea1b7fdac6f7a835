package yamlitems

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Value is a place in a recording: an item, or what a key holds. The zero
// Value is one that isn't there. Values and the strings in them are valid until
// the next item is read.
type Value struct {
	limits *format.Limits
	file   string
	base   int  // what to add to the node's line
	dash   int  // the line of an item's dash, where it is known
	last   bool // of an item: nothing stands behind it,
	inLine bool // not even a line feed
	node   *yaml.Node
}

// Last reports an item in block style that the file ends with. Where the file
// was cut short, nothing in YAML's syntax tells so: such an item may lack its
// end.
func (v Value) Last() bool { return v.last }

// EndsInLine reports a last item that ends without a line feed, which every
// recorder writes.
func (v Value) EndsInLine() bool { return v.last && v.inLine }

// Line returns the file's line on which the value stands, 0 if it isn't there.
func (v Value) Line() int {
	if v.node == nil {
		return 0
	}
	if v.dash > 0 {
		return v.dash
	}
	return v.base + v.node.Line
}

// Present reports whether the value is there and not null.
func (v Value) Present() bool {
	return v.node != nil && v.node.Kind != 0 && v.node.ShortTag() != "!!null"
}

// IsMap reports whether the value is a mapping.
func (v Value) IsMap() bool { return v.node != nil && v.node.Kind == yaml.MappingNode }

// IsList reports whether the value is a sequence.
func (v Value) IsList() bool { return v.node != nil && v.node.Kind == yaml.SequenceNode }

// at returns the value of another node of the same document; an alias is what
// it stands for.
func (v Value) at(n *yaml.Node) Value {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return Value{limits: v.limits, file: v.file, base: v.base, node: n}
}

// Get returns what the key of a mapping holds.
func (v Value) Get(key string) Value { return v.get(key, 0) }

// maxMerges bounds chains of merge keys, which may form a circle.
const maxMerges = 8

func (v Value) get(key string, merges int) Value {
	if !v.IsMap() || merges > maxMerges {
		return Value{}
	}
	var merged Value
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		switch k := v.node.Content[i]; {
		// Ruby programs write symbols as keys.
		case k.Kind == yaml.ScalarNode && strings.TrimPrefix(k.Value, ":") == key:
			return v.at(v.node.Content[i+1])
		case k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" && merged.node == nil:
			merged = v.at(v.node.Content[i+1]).get(key, merges+1)
		}
	}
	return merged
}

// List returns the elements of a sequence.
func (v Value) List() []Value {
	if !v.IsList() {
		return nil
	}
	list := make([]Value, len(v.node.Content))
	for i, n := range v.node.Content {
		list[i] = v.at(n)
	}
	return list
}

// Bytes returns a scalar's text, which must not be written to, undoing !!binary (YAML 1.1) and Ruby's
// !binary. It reports false for null and for what is no scalar.
func (v Value) Bytes() ([]byte, bool) {
	if !v.Present() || v.node.Kind != yaml.ScalarNode {
		return nil, false
	}
	switch v.node.Tag {
	case "!!binary", "!binary", "tag:yaml.org,2002:binary":
		return decodeBase64(v.node.Value)
	}
	if v.node.Value == "" {
		return []byte{}, true // not nil, which is no body
	}
	return unsafe.Slice(unsafe.StringData(v.node.Value), len(v.node.Value)), true
}

// Base64 returns the bytes that a scalar holds in base64.
func (v Value) Base64() ([]byte, bool) {
	if !v.Present() || v.node.Kind != yaml.ScalarNode {
		return nil, false
	}
	return decodeBase64(v.node.Value)
}

// decodeBase64 ignores the line breaks that writers fold long values at.
func decodeBase64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	return b, err == nil
}

// Text is Bytes as a string.
func (v Value) Text() (string, bool) {
	if v.Present() && v.node.Kind == yaml.ScalarNode && !strings.HasSuffix(v.node.Tag, "binary") {
		return v.node.Value, true
	}
	b, ok := v.Bytes()
	return string(b), ok
}

// Int returns an integer scalar, quoted or not.
func (v Value) Int() (int, bool) {
	s, ok := v.Text()
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil
}

// Fields appends the header fields of a mapping of names to values or lists of
// values. Null and an empty list are no fields.
func (v Value) Fields(h *traffic.Header, what string) error {
	if !v.Present() || v.IsList() && len(v.node.Content) == 0 {
		return nil
	}
	if !v.IsMap() {
		return v.Wrong(what + " as a mapping of names to values")
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		name, value := v.node.Content[i].Value, v.at(v.node.Content[i+1])
		if !value.IsList() {
			if err := value.field(h, name); err != nil {
				return err
			}
			continue
		}
		for _, n := range value.node.Content {
			if err := v.at(n).field(h, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// field appends one header field with the value v.
func (v Value) field(h *traffic.Header, name string) error {
	text, ok := v.Text()
	if !ok && v.Present() {
		return v.Wrong("the value of the header field " + strconv.Quote(name))
	}
	if int64(len(*h)) >= v.limits.HeaderFields {
		return v.Wrong(fmt.Sprintf("at most %d header fields (limit header-fields)", v.limits.HeaderFields))
	}
	*h = append(*h, traffic.Field{Name: name, Value: text})
	return nil
}

// Wrong says that something else was expected than this value.
func (v Value) Wrong(expected string) *format.Error {
	return &format.Error{File: v.file, Line: v.Line(), Expected: expected, Found: v.describe()}
}

// Missing says that the mapping v lacks a key.
func (v Value) Missing(key string) *format.Error {
	return &format.Error{File: v.file, Line: v.Line(), Expected: key, Found: "none"}
}

// BreaksOff says that the file ends before the item v does, whose recorder
// always writes the key.
func (v Value) BreaksOff(key string) *format.Error {
	return &format.Error{File: v.file, Line: v.Line(), Expected: "an entry with " + key, Found: "the end of the file"}
}

func (v Value) describe() string {
	switch {
	case v.node == nil:
		return "nothing"
	case !v.Present():
		return "null"
	case v.IsMap():
		return "a mapping"
	case v.IsList():
		return "a list"
	}
	return mask.Quoted(v.node.Value)
}
