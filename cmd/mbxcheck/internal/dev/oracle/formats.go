package main

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// format is a recording format that the project writes.
type format struct {
	name, ending string

	// keeps says whether a recording in it is whole: go-vcr's bodies may be cut, and
	// HAR does not say what a recorder lost.
	keeps func(xs []*traffic.Exchange) bool
}

func formats() []format {
	return []format{
		{"NDJSON", ".ndjson", func([]*traffic.Exchange) bool { return true }},
		{"HAR", ".har", func(xs []*traffic.Exchange) bool { return !slices.ContainsFunc(xs, lossy) }},
		{"go-vcr", ".yaml", func([]*traffic.Exchange) bool { return false }},
	}
}

func (f format) write(xs []*traffic.Exchange) ([]byte, error) {
	return cassettes.Encode("x"+f.ending, slices.Values(xs), nil)
}

// lossy reports whether the recorder lost something of an exchange.
func lossy(x *traffic.Exchange) bool { return x.Gaps&^traffic.GapResponse != 0 }
