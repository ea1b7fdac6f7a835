package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"
	"go.yaml.in/yaml/v3"
)

// DecodeDocument reads a file that people write, one document in YAML or JSON,
// into v, after it has been held against the schema of the name. Errors name
// the file and, where it is known, the line, and call the document by the
// schema's name. Anchors and aliases, which would let a small file stand for a
// large one, are refused; the caller bounds len(data).
func DecodeDocument(file string, data []byte, schema string, v any) error {
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s: expected a %s, found an empty file", file, schema)
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: expected one document, found more", file)
	}
	if err := conforms(file, schema, &doc); err != nil {
		return err
	}
	if err := doc.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// compiled holds the schemas of documents once they are compiled; that they
// compile is a test of theirs.
var compiled sync.Map // name to *gojsonschema.Schema

func compiledSchema(name string) (*gojsonschema.Schema, error) {
	if s, ok := compiled.Load(name); ok {
		return s.(*gojsonschema.Schema), nil
	}
	data, err := Schema(name)
	if err != nil {
		return nil, err
	}
	s, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	if err != nil {
		return nil, fmt.Errorf("schemas: %s: %w", name, err)
	}
	compiled.Store(name, s)
	return s, nil
}

// conforms holds the document against the schema.
func conforms(file, schema string, doc *yaml.Node) error {
	if alias := aliasIn(doc); alias != nil {
		return fmt.Errorf("%s:%d: expected a %s without anchors and aliases", file, alias.Line, schema)
	}
	var v any
	if err := doc.Decode(&v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s:%d: expected keys that are text: %w", file, doc.Line, err)
	}
	s, err := compiledSchema(schema)
	if err != nil {
		return err
	}
	result, err := s.Validate(gojsonschema.NewBytesLoader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if result.Valid() {
		return nil
	}
	first := result.Errors()[0]
	pointer := strings.TrimPrefix(first.Context().String("/"), "(root)")
	return fmt.Errorf("%s:%d: %s: %s", file, lineOf(doc, pointer), strings.TrimPrefix(first.Field(), "(root)."), first.Description())
}

// aliasIn returns the first alias of a document.
func aliasIn(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, child := range n.Content {
		if alias := aliasIn(child); alias != nil {
			return alias
		}
	}
	return nil
}

// lineOf is the line of the node that a JSON Pointer leads to, as far as it
// leads.
func lineOf(n *yaml.Node, pointer string) int {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, name := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		next := childOf(n, name)
		if next == nil {
			break
		}
		n = next
	}
	return n.Line
}

func childOf(n *yaml.Node, name string) *yaml.Node {
	switch n.Kind {
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && 0 <= i && i < len(n.Content) {
			return n.Content[i]
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1]
			}
		}
	}
	return nil
}
