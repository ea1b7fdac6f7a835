package traffic

import (
	"math/big"
	"strings"
	"testing"
)

// FuzzWholeAgainstLibrary holds the reading of integers against math/big.
func FuzzWholeAgainstLibrary(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "1.0", "1e1", "10e-1", "0.5", "0.05e2", "9223372036854775808", "-9223372036854775808.0", "1e300", "0e-9", "100.00e-2", "1e-9", "-1.5e1", "123456789012345678901234567890.0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) == 0 || len(text) > 60 || skipNumber([]byte(text), 0) != len(text) {
			return
		}
		if e := strings.IndexAny(text, "eE"); e >= 0 && len(text)-e > len("e-100") {
			return // the library would be at it for long
		}
		theirs, _ := new(big.Rat).SetString(text)
		ours, ok := parseWhole([]byte(text))
		switch {
		case !ok && theirs.IsInt() && theirs.Num().BitLen() < 1000:
			t.Errorf("%s: expected the integer %s, found none", text, theirs.Num())
		case ok && (!theirs.IsInt() || ours.String() != theirs.Num().String()):
			t.Errorf("%s: expected %s, found %s", text, theirs.RatString(), ours)
		}
	})
}
