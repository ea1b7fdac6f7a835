package rule

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// firstOfAKind is how many findings of each kind are kept before more of any:
// who looks at a few wants to see each kind, not the first one a hundred times.
const firstOfAKind = 3

// maxKinds bounds the kinds counted apart for one rule: the catalogue has some
// 130 calls, and beyond a thousand the paths are not those of an API.
const maxKinds = 1024

// Kind tells the findings of a rule apart by what is to be mended: those of one
// kind fall on the same call and the same place in it, whichever row or
// exchange.
type Kind uint64

// Kind returns the finding's.
func (f *Finding) Kind() Kind {
	if f.kind != 0 {
		return f.kind
	}
	k := Kind(14695981039346656037)
	return k.with(f.At.Method).withSegments(f.At.Path).withSegments(f.At.Pointer)
}

// with is FNV-1a, 64 bits; a byte that no text has ends each part.
func (k Kind) with(s string) Kind {
	for i := range len(s) {
		k = (k ^ Kind(s[i])) * 1099511628211
	}
	return (k ^ 0xff) * 1099511628211
}

// withSegments adds a path or a pointer, each number of which stands for any:
// it is an index or an id.
func (k Kind) withSegments(s string) Kind {
	for segment := range Segments(s, "0") {
		k = k.with(segment)
	}
	return k
}

// Segments are those of a path or a pointer, with number in the place of each
// number: being an index or an id, it makes no route of its own.
func Segments(s, number string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for segment := range strings.SplitSeq(s, "/") {
			if segment != "" && strings.Trim(segment, "0123456789") == "" {
				segment = number
			}
			if !yield(segment) {
				return
			}
		}
	}
}

// Kinds counts the violations of a rule by kind.
type Kinds struct {
	Counts map[Kind]int64 `json:"counts,omitempty"`
	Many   bool           `json:"many,omitempty"` // there were more than maxKinds: none is counted any more
}

func (k *Kinds) add(kind Kind, n int64) {
	if k.Many {
		return
	}
	if k.Counts == nil {
		k.Counts = map[Kind]int64{}
	}
	if k.Counts[kind] += n; len(k.Counts) > maxKinds {
		k.Counts, k.Many = nil, true
	}
}

func (k *Kinds) merge(o *Kinds) {
	if o.Many {
		k.Counts, k.Many = nil, true
	}
	for kind, n := range o.Counts {
		k.add(kind, n)
	}
}

// Alike returns how many violations of the rule are of the finding's kind, 0
// where kinds were too many to count.
func (t *RuleTally) Alike(f *Finding) int64 { return t.Kinds.Counts[f.Kind()] }

// MarshalText writes the kind as a key of a JSON object, in hexadecimal.
func (k Kind) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(k)), nil }

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	if err != nil {
		return fmt.Errorf("expected a kind of findings, 16 hexadecimal digits, found %q", text)
	}
	*k = Kind(n)
	return nil
}
