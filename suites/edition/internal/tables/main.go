// Command tables writes the Go tables of package edition from the JSON files
// that people read and edit: endpoints.json and errorcodes.json of the edition. Run it with
//
//	go generate ./suites/edition
//
// The tables are composite literals of constants, which the compiler lays out
// as static data: a program that imports edition decodes nothing, allocates
// nothing and runs nothing at start for them. What can be wrong with the JSON
// is found here, not there.
//
// It must not import edition, which would not compile without the tables: it
// writes the names of that package's types as text, and the compiler checks
// them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// data is the folder of the JSON files, from that of package edition.
const data = "../../schemas/editions/2019-seed"

// table is a file of Go made from one of JSON.
type table struct {
	from, to string
	source   func(data []byte) (string, error) // its Go, without the heading
}

func tables() []table {
	return []table{
		{"endpoints.json", "endpoints_table.go", endpointsSource},
		{"errorcodes.json", "errorcodes_table.go", errorCodesSource},
	}
}

// make returns what t.to must hold, given the folder of t.from.
func (t table) make(dir string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, t.from))
	if err != nil {
		return nil, fmt.Errorf("expected the folder of the data: %w", err)
	}
	body, err := t.source(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.from, err)
	}
	return file(t.from, body)
}

func main() {
	for _, t := range tables() {
		made, err := t.make(data)
		if err == nil {
			err = os.WriteFile(t.to, made, 0o666)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "tables:", err)
			os.Exit(1)
		}
	}
}
