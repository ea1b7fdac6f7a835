// Package amount is the venue's arithmetic: quantities, prices and sums of
// money as whole numbers of 10^-8, the precision of every asset on the venue.
// Nothing here rounds without saying so, and nothing is ever a float.
//
// It must not know markets, orders or accounts.
package amount

import (
	"errors"
	"math/bits"
)

// Amount is a number of units of 10^-8. Amounts reach 92 thousand million,
// which no order of the venue comes near (see Max).
type Amount int64

const (
	// Digits is the number of decimals.
	Digits = 8
	// One is the amount 1.
	One Amount = 100_000_000
	// Max bounds what Parse takes and Mul returns: 9·10^9, so that ten sums of
	// the greatest amounts still fit.
	Max = 9_000_000_000 * One
)

// What can be wrong with a number.
var (
	ErrSyntax    = errors.New("not a decimal number")
	ErrPrecision = errors.New("more than 8 decimals")
	ErrRange     = errors.New("greater than 9000000000")
)

// Parse reads a plain decimal number such as "0.00100000": digits, and a point
// with digits behind it. No sign, no exponent. Zeros past the eighth decimal do
// no harm.
func Parse(s string) (Amount, error) {
	var n Amount
	digits, decimals, point := 0, 0, false
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.' && !point:
			point = true
			continue
		case c < '0' || c > '9':
			return 0, ErrSyntax
		}
		digits++
		if point && decimals == Digits {
			if c != '0' {
				return 0, ErrPrecision
			}
			continue
		}
		if point {
			decimals++
		}
		if n > Max/10 {
			return 0, ErrRange
		}
		n = n*10 + Amount(c-'0')
	}
	if digits == 0 {
		return 0, ErrSyntax
	}
	for ; decimals < Digits; decimals++ {
		if n > Max/10 {
			return 0, ErrRange
		}
		n *= 10
	}
	if n > Max {
		return 0, ErrRange
	}
	return n, nil
}

// MustParse is Parse for numbers in the source; it panics on a bad one.
func MustParse(s string) Amount {
	a, err := Parse(s)
	if err != nil {
		panic("amount " + s + ": " + err.Error())
	}
	return a
}

// Append adds the amount with all eight decimals, as the venue writes numbers.
func (a Amount) Append(b []byte) []byte {
	n := uint64(a)
	if a < 0 {
		b, n = append(b, '-'), uint64(-a)
	}
	var digits [20]byte
	at := len(digits)
	for i := 0; n > 0 || i <= Digits; i++ {
		at--
		digits[at] = byte('0' + n%10)
		n /= 10
	}
	whole := digits[at : len(digits)-Digits]
	b = append(b, whole...)
	b = append(b, '.')
	return append(b, digits[len(digits)-Digits:]...)
}

// String is the amount with all eight decimals.
func (a Amount) String() string { return string(a.Append(make([]byte, 0, 24))) }

// Short is the amount without zeros at its end, at least one decimal:
// "0.1", "1200.0".
func (a Amount) Short() string {
	s := a.String()
	end := len(s)
	for s[end-1] == '0' && s[end-2] != '.' {
		end--
	}
	return s[:end]
}

// Mul returns a·b cut to eight decimals, and false when the product is greater
// than Max. Neither may be negative.
func (a Amount) Mul(b Amount) (Amount, bool) {
	return a.MulDiv(b, One)
}

// MulDiv returns a·b/c cut to a whole number of units, and false when it is
// greater than Max or c is not positive. Neither factor may be negative.
func (a Amount) MulDiv(b, c Amount) (Amount, bool) {
	if a < 0 || b < 0 || c <= 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	if q > uint64(Max) {
		return 0, false
	}
	return Amount(q), true
}

// Floor returns the greatest multiple of step that is no greater than a.
func (a Amount) Floor(step Amount) Amount {
	if step <= 0 {
		return a
	}
	return a - a%step
}
