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

	// keepsGaps: what the recorder lost is told apart from what was not there.
	keepsGaps bool
}

func formats() []format {
	return []format{
		{"NDJSON", func(w io.Writer, xs []*traffic.Exchange) error { return ndjson.Write(w, slices.Values(xs), nil) }, true},
		{"HAR", writeHAR, false},
		{"go-vcr", func(w io.Writer, xs []*traffic.Exchange) error { return govcr.Write(w, slices.Values(xs), nil) }, false},
	}
}

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
