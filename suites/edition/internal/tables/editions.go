package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// record is what JSON says of one thing.
type record = map[string]any

// read reads one of the files, of which only numbers keep their text.
func read[T any](schemas string, name string) (v T, err error) {
	f, err := os.Open(filepath.Join(schemas, name))
	if err != nil {
		return v, err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%s: %w", path.Base(name), err)
	}
	return v, nil
}

// clausesSource writes the table of clauses.
func clausesSource(schemas, from string) (pkg, body string, err error) {
	all, err := read[[]record](schemas, from)
	if err != nil {
		return "", "", err
	}
	if len(all) == 0 {
		return "", "", errors.New("expected clauses, found none")
	}
	elements, err := each("[...]Clause", all, func(c record) (string, error) { return literalOf("", c) })
	return "clause", "var clauses = " + elements + "\n", err
}

// editionSource writes an edition: its endpoints, its codes and the rest.
func editionSource(schemas, from string) (pkg, body string, err error) {
	name := nameOf(path.Base(from))
	endpoints, err := part(schemas, from+"/endpoints.json", name, endpointsSource)
	if err != nil {
		return "", "", err
	}
	codes, err := part(schemas, from+"/errorcodes.json", name, errorCodesSource)
	if err != nil {
		return "", "", err
	}
	all, err := read[record](schemas, from+"/edition.json")
	if err != nil {
		return "", "", err
	}
	texts, err := textsSource(schemas, from)
	if err != nil {
		return "", "", fmt.Errorf("clauses.json: %w", err)
	}
	rest, err := fieldsOf(all)
	if err != nil {
		return "", "", fmt.Errorf("edition.json: %w", err)
	}
	rest = append(rest, field{"Clauses", texts}, field{"Dialect", "dialect" + name},
		field{"Catalogue", fmt.Sprintf("&Catalogue{Endpoints: endpoints%[1]s[:], Index: endpointIndex%[1]s}", name)},
		field{"Codes", fmt.Sprintf("&Codes{All: errorCodes%[1]s[:], Index: errorCodeIndex%[1]s, Engine: engineMessages%[1]s[:], Filters: filterFailures%[1]s[:]}", name)})
	return "edition", "import \"github.com/mbxcheck/mbxcheck/suites/clause\"\n\nvar edition" + name + " = Edition" + block(rest...) + "\n\n" + endpoints + "\n" + codes, nil
}

// part writes what stands in one file of an edition.
func part(schemas, from, name string, source func(data []byte, name string) (string, error)) (string, error) {
	data, err := os.ReadFile(filepath.Join(schemas, from))
	if err != nil {
		return "", err
	}
	body, err := source(data, name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path.Base(from), err)
	}
	return body, nil
}

// textsSource writes what an edition says of each clause, and which it is.
func textsSource(schemas, from string) (string, error) {
	all, err := read[[]record](schemas, "clauses.json")
	if err != nil {
		return "", err
	}
	known := map[any]record{}
	for _, c := range all {
		known[c["id"]] = c
	}
	texts, err := read[[]record](schemas, from+"/clauses.json")
	if err != nil {
		return "", err
	}
	return each("[]Text", texts, func(text record) (string, error) {
		c := known[text["id"]]
		if c == nil {
			return "", fmt.Errorf("expected a clause of schemas/clauses.json that stands there once, found %v", text["id"])
		}
		delete(known, text["id"])
		delete(text, "id")
		text["clause"] = c
		return literalOf("", text)
	})
}

// nameOf is what identifiers of an edition end in: "2019seed".
func nameOf(id string) string {
	return strings.NewReplacer("-", "", ".", "").Replace(id)
}
