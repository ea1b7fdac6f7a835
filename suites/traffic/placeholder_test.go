package traffic

import "testing"

func TestIsPlaceholder(t *testing.T) {
	for v, want := range map[string]bool{
		"[FILTERED]": true, "{{timestamp}}": true, "***": true, "<BINANCE_KEY>": true, "${TS}": true,
		"redacted": true, "_redacted": true, "[HASH redacted]": true, "DUMMY_SIGNATURE": true, ":signature": true,
		"timestamp_placeholder": true, "Sanitized": true, "xxxxxxxx": true, "...": true, "1563…": true,
		"": false, "1563616800000": false, "0000000000000": false, "LTCBTC": false, "LIMIT": false, "1.0": false,
		"Invalid symbol.":                                                  false,
		"Timestamp for this request is too old.":                           false,
		"Signature for this request is not valid.":                         false,
		"c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71": false,
		"vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A": false,
	} {
		if got := IsPlaceholder(v); got != want {
			t.Errorf("%q: %v", v, got)
		}
	}
}

// A mask of mbxcheck's own is its word and eight digits of a hash, in either case,
// whatever follows.
func TestIsOwnMask(t *testing.T) {
	for text, want := range map[string]bool{
		"masked0123456f": true, "MASKED0123ABCDxxxx": true, "masked0123456fz": true, "maskedabcdefab": true,
		"masked0123456": false, "masked0123456g": false, "maskedg123456f": false, "mashed0123456f": false, "masked": false, "": false, "0123456fmasked": false,
	} {
		if got := IsOwnMask(text); got != want {
			t.Errorf("%q: expected a mask of our own: %t, found %t", text, want, got)
		}
	}
}

// Words in capitals may be a placeholder, too, and so may a format's percent.
func TestMayBePlaceholder(t *testing.T) {
	for v, want := range map[string]bool{"": true, "KEY": true, "A_B-C": true, "AZ": true, "@A": false, "A[": true, "Key": false, "5": false, "50%": true, "[x]": true, "A`": false, "A5": false} {
		if got := MayBePlaceholder(v); got != want {
			t.Errorf("%q: expected to be a placeholder: %t, found %t", v, want, got)
		}
	}
}
