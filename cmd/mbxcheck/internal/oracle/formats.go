package main

import (
	"bytes"
	"io"
	"slices"

	"github.com/mbxcheck/mbxcheck/cassettes/govcr"
	"github.com/mbxcheck/mbxcheck/cassettes/har"
	"github.com/mbxcheck/mbxcheck/cassettes/ndjson"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// format is a recording format that the project writes.
type format struct {
	name  string
	write func(w io.Writer, xs []*traffic.Exchange) error

	// keeps says whether a recording in it is whole: go-vcr's bodies may be cut, and
	// HAR does not say what a recorder lost.
	keeps func(xs []*traffic.Exchange) bool
}

func formats() []format {
	return []format{
		{"NDJSON", func(w io.Writer, xs []*traffic.Exchange) error { return ndjson.Write(w, slices.Values(xs), nil) }, func([]*traffic.Exchange) bool { return true }},
		{"HAR", writeHAR, func(xs []*traffic.Exchange) bool { return !slices.ContainsFunc(xs, lossy) }},
		{"go-vcr", func(w io.Writer, xs []*traffic.Exchange) error { return govcr.Write(w, slices.Values(xs), nil) }, func([]*traffic.Exchange) bool { return false }},
	}
}

// lossy reports whether the recorder lost something of an exchange.
func lossy(x *traffic.Exchange) bool { return x.Gaps&^traffic.GapResponse != 0 }

func writeHAR(w io.Writer, xs []*traffic.Exchange) error {
	var file memory
	out, err := har.NewWriter(&file, nil)
	for _, x := range xs {
		if err == nil {
			err = out.Add(x)
		}
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(w, bytes.NewReader(file))
	return err
}

// memory is a file that is written at places.
type memory []byte

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	if end := int(at) + len(b); end > len(*m) {
		*m = append(*m, make([]byte, end-len(*m))...)
	}
	return copy((*m)[at:], b), nil
}

func (m *memory) Truncate(size int64) error {
	*m = (*m)[:size]
	return nil
}
