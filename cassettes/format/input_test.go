package format

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// limited are limits that are no defaults.
func limited() Limits {
	l := DefaultLimits()
	l.EntryBytes = 7
	return l
}

// TestAheadLosesNothing: whoever looked at the beginning hands on the same bytes,
// the same fault where it stands, and all else that was known.
func TestAheadLosesNothing(t *testing.T) {
	gone := errors.New("the disk is gone")
	const text = "what is read"
	broken := func() Input {
		return FromStream(io.MultiReader(strings.NewReader(text), Fault{gone}), "x", limited())
	}
	for name, c := range map[string]struct {
		in    func() Input
		fault error
	}{
		"a stream":         {func() Input { return FromStream(iotest.OneByteReader(strings.NewReader(text)), "x", limited()) }, nil},
		"a file":           {func() Input { return FromFile(strings.NewReader(text), "x", limited()) }, nil},
		"a text":           {func() Input { return FromText([]byte(text), "x", limited()) }, nil},
		"a broken stream":  {broken, gone},
		"looked at before": {func() Input { return looked(FromFile(strings.NewReader(text), "x", limited())) }, nil},
	} {
		for _, n := range []int{0, 1, 5, len(text), len(text) + 1, 4096} {
			in := c.in()
			in.Beside = func(string, int64) ([]byte, error) { return nil, nil }
			head, in, err := in.Ahead(n)
			if want := text[:min(n, len(text))]; string(head) != want || n <= len(text) && err != nil || n > len(text) && err != c.fault {
				t.Fatalf("%s: expected %q and %v ahead, found %q and %v", name, want, c.fault, head, err)
			}
			all, err := io.ReadAll(in)
			if string(all) != text || err != c.fault {
				t.Errorf("%s: expected all of it and %v behind %d bytes ahead, found %q and %v", name, c.fault, n, all, err)
			}
			if in.Limits != limited() || in.Name != "x" || in.Beside == nil {
				t.Errorf("%s: expected what was known of it, found %+v", name, in)
			}
		}
	}
}

func looked(in Input) Input {
	_, in, _ = in.Ahead(3)
	return in
}

// TestThrough: what undoes a compression leaves neither a file nor a text that
// would be taken for what is read.
func TestThrough(t *testing.T) {
	for _, in := range []Input{FromText([]byte("a"), "x", limited()), FromFile(strings.NewReader("a"), "x", limited())} {
		in = in.Through(strings.NewReader("b"))
		if text, err := io.ReadAll(in); in.Text() != nil || in.File() != nil || string(text) != "b" || err != nil || in.Limits != limited() {
			t.Errorf("found %q, %v of %+v", text, err, in)
		}
	}
}
