// Command tables writes the Go tables of packages clause and edition from the
// JSON files that people read and edit: schemas/clauses.json, and of each folder
// of schemas/editions what package edition says of it. Run it with
//
//	go generate ./suites/edition
//
// The tables are composite literals of constants, which the compiler lays out
// as static data: a program that imports them decodes nothing, allocates
// nothing and runs nothing at start for them. What can be wrong with the JSON
// is found here, not there.
//
// It must not import what it writes for, which would not compile without the
// tables: it writes the names of those packages' types as text, and the compiler
// checks them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// schemas is the folder of the JSON files, from that of package edition.
const schemas = "../../schemas"

// table is a file of Go made from one of JSON.
type table struct {
	from, to string // to from the folder of package edition
	source   func(schemas, from string) (pkg, body string, err error)
}

// tables are those of the clauses and of each edition.
func tables(schemas string) ([]table, error) {
	all := []table{{"clauses.json", "../clause/clauses_table.go", clausesSource}}
	folders, err := os.ReadDir(filepath.Join(schemas, "editions"))
	if err != nil {
		return nil, fmt.Errorf("expected the folder of the data: %w", err)
	}
	for _, f := range folders {
		all = append(all, table{"editions/" + f.Name(), f.Name() + "_table.go", editionSource})
	}
	return all, nil
}

// make returns what t.to must hold.
func (t table) make(schemas string) ([]byte, error) {
	pkg, body, err := t.source(schemas, t.from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.from, err)
	}
	return file(t.from, pkg, body)
}

func main() {
	all, err := tables(schemas)
	for _, t := range all {
		var made []byte
		if made, err = t.make(schemas); err == nil {
			err = os.WriteFile(t.to, made, 0o666)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tables:", err)
		os.Exit(1)
	}
}
