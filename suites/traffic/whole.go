package traffic

import (
	"bytes"
	"cmp"
	"strconv"
)

// Whole is an integer of any length, as a JSON number writes one. What does not fit
// 64 bits is kept as its digits, which are valid as long as the body is.
type Whole struct {
	N      int64  // the nearest to it, where Digits are kept
	Digits []byte // without a sign or leading zeros; nil where N is all of it
}

// compare returns -1, 0 or 1 for a below, equal to or above b.
func (a Whole) compare(b Whole) int {
	if a.N != b.N {
		return cmp.Compare(a.N, b.N)
	}
	// They are equal, or both lie beyond one end of 64 bits, or one of them lies there.
	size := cmp.Or(cmp.Compare(len(a.Digits), len(b.Digits)), bytes.Compare(a.Digits, b.Digits))
	if a.N < 0 {
		return -size
	}
	return size
}

// String returns the integer as it is written without an exponent.
func (a Whole) String() string {
	switch {
	case a.Digits == nil:
		return strconv.FormatInt(a.N, 10)
	case a.N < 0:
		return "-" + string(a.Digits)
	}
	return string(a.Digits)
}

// maxExponent bounds the exponent of a number that is read as an integer: 64 bits
// hold less than 1e19.
const maxExponent = 400

// parseInt reads a JSON number that is an integer of 64 bits, however it is
// written: RFC 8259 has one kind of numbers, so that 5, 5.0 and 0.5e1 are the same.
func parseInt(raw []byte) (int64, bool) {
	if n, ok := parseDigits(raw); ok {
		return n, true
	}
	if !bytes.ContainsAny(raw, ".eE") {
		return 0, false
	}
	digits, neg, _ := wholeDigits(raw) // of what is no integer there are none
	if neg {
		digits = append([]byte{'-'}, digits...)
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil
}

// parseWhole reads a JSON number that is an integer of any length.
func parseWhole(raw []byte) (Whole, bool) {
	if n, ok := parseInt(raw); ok {
		return Whole{N: n}, true
	}
	digits, neg, ok := wholeDigits(raw)
	if !ok {
		return Whole{}, false
	}
	w := Whole{N: 1<<63 - 1, Digits: digits}
	if neg {
		w.N = -1 << 63
	}
	return w, true
}

// wholeDigits returns the digits of a number whose value is an integer, without
// leading zeros, and its sign. It allocates for one that is written with an exponent
// or a fraction.
func wholeDigits(raw []byte) (digits []byte, neg, ok bool) {
	if len(raw) > 0 && raw[0] == '-' {
		raw, neg = raw[1:], true
	}
	exponent, bounded := 0, true
	if at := bytes.IndexAny(raw, "eE"); at >= 0 {
		exponent, _ = strconv.Atoi(string(raw[at+1:])) // or the nearest that an int holds
		raw, bounded = raw[:at], exponent <= maxExponent
	}
	if len(bytes.Trim(raw, "0.")) == 0 {
		return raw[:1], neg, true
	}
	whole, fraction, _ := bytes.Cut(raw, []byte("."))
	switch {
	case !bounded:
		return nil, false, false
	case len(fraction) == 0 && exponent == 0:
		return whole, neg, true
	}
	all := append(bytes.Clone(whole), fraction...)
	for point := len(whole) + exponent; len(all) != point; {
		switch {
		case len(all) < point:
			all = append(all, '0')
		case all[len(all)-1] == '0':
			all = all[:len(all)-1]
		default:
			return nil, false, false
		}
	}
	return bytes.TrimLeft(all, "0"), neg, true
}
