package rule

import (
	"cmp"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
)

// Errors come in the order of their sources, whoever read which first.
func TestErrorsInOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for n := range 200 {
		var want []InputError
		for i := range n % 9 {
			want = append(want, NewInputError(fmt.Sprint(i/3), i%3, fmt.Errorf("%d.har:%d: expected }", i/3, 9-i)))
		}
		parts := make([]Tally, 3)
		for _, i := range rnd.Perm(len(want)) {
			parts[rnd.IntN(3)].NotRead(1, want[i])
		}
		parts[0].Merge(&parts[1])
		if parts[2].Merge(&parts[0]); !slices.Equal(parts[2].Errors, want) || parts[2].Traffic.Unreadable != int64(len(want)) {
			t.Fatalf("expected %v, found %v", want, parts[2].Errors)
		}
	}
}

// An error says where it is in a file, or names the file.
func TestInputErrors(t *testing.T) {
	for text, want := range map[string]InputError{
		"a.har:7: expected }, found ]": {File: "a.har", Line: 7, Message: "expected }, found ]"},
		"a.har: byte 9: expected }":    {File: "a.har", Message: "byte 9: expected }"},
		"a.har: expected }":            {Message: "a.har: expected }"},
		"":                             {},
	} {
		want.Source, want.Nth, want.Text = "a.har", 3, text
		if got := NewInputError("a.har", 2, fmt.Errorf("%s", text)); got != want {
			t.Errorf("expected %+v, found %+v", want, got)
		}
	}
	wrapped := fmt.Errorf("reading: %w", &fs.PathError{Op: "open", Path: "b.har", Err: fs.ErrNotExist})
	want := InputError{Source: "b.har", Nth: 1, Text: "reading: open b.har: file does not exist", File: "b.har", Message: "file does not exist"}
	if got := NewInputError("b.har", 0, wrapped); got != want {
		t.Errorf("expected %+v, found %+v", want, got)
	}
	fields := []InputError{{Message: "a"}, {Line: 1}, {File: "a"}, {Text: "a"}, {Nth: 1}, {Source: "a"}}
	if !slices.IsSortedFunc(fields, func(a, b InputError) int { return cmp.Or(a.compare(&b), -b.compare(&a)) }) {
		t.Errorf("expected source, number, text, file, line and message to order errors, each before the next, found another order in %v", fields)
	}
}
