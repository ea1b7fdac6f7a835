package rule

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Fingerprint names what a finding is about: the rule, the call, the place in it and
// the rule's own cause, whichever file, exchange, row or value it was found in. What
// was found before, in another recording and by another run, has the same one; so a
// list of findings that are known can be kept. 32 hexadecimal digits.
func (f *Finding) Fingerprint() string {
	h := sha256.New()
	for _, part := range []string{"mbxcheck finding 1", f.Rule, f.At.Method, anyNumber(f.At.Path), anyNumber(f.At.Pointer), f.Cause} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // that no two parts run into each other
		h.Write([]byte(part))
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16])
}

// anyNumber is a path or a pointer in which each number stands for any.
func anyNumber(s string) string { return strings.Join(slices.Collect(Segments(s, "0")), "/") }
