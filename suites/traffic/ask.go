package traffic

import (
	"math"
	"strconv"
	"strings"
)

// Ask is what the parameters of a signed call name beside its symbol and its ids:
// of a call that changes something what it changes, of one that lists what others
// have changed which of them it lists.
type Ask struct {
	Asset, Side uint64 // hashes; 0 for none
	From, Until int64  // the time that is asked about, in milliseconds since 1970; 0 for none
	At          int64  // the timestamp, in milliseconds since 1970, by the client's clock; 0 for none that is
	Isolated    uint64 // hash, 0 for none
	Type        uint64 // hash, 0 for none
	Narrow      bool   // it asks for a part of a list by something else: an id to begin at, a state, a page
	Immediate   bool   // an order that is filled at once or not at all, and never stands open
}

// Ask reads the parameters. It allocates nothing.
func (f *Facts) Ask() Ask {
	var a Ask
	for i := range f.Params {
		v := f.Params[i].Value
		switch f.Params[i].Role {
		case RoleAsset:
			a.Asset = hashUpper(v)
		case RoleSide:
			a.Side = hashUpper(v)
		case RoleFrom:
			a.From = f.Dialect.asked(v)
		case RoleUntil:
			a.Until = f.Dialect.asked(v)
		case RoleTimestamp:
			a.At = f.Dialect.stamped(v)
		case RoleIsolated:
			a.Isolated = hashUpper(v)
		case RolePart, RoleOrderID, RoleNewWithdrawalID:
			a.Narrow = true
		case RoleDirection:
			a.Type = hashUpper(v)
		case RoleType:
			a.Type = hashUpper(v)
			a.Immediate = a.Immediate || strings.EqualFold(v, "MARKET")
		case RoleTimeInForce:
			a.Immediate = a.Immediate || strings.EqualFold(v, "IOC") || strings.EqualFold(v, "FOK")
		}
	}
	return a
}

// asked reads a time of the dialect's unit in milliseconds, 0 for what is no number.
func (d *Dialect) asked(v string) int64 {
	n, _ := strconv.ParseInt(v, 10, 64)
	return d.Clock.Unit.millis(n)
}

// stamped reads a timestamp in milliseconds, whether it is in the dialect's unit or in
// the one that a client may ask for; 0 for anything else. It may lie before the venue's
// own times, by a clock that is wrong, but has as many digits as they have.
func (d *Dialect) stamped(v string) int64 {
	const first, end = 1e9, 1e10 // seconds of ten digits, of 2001 to 2286
	n, err := strconv.ParseInt(v, 10, 64)
	for _, u := range [...]Unit{d.Clock.Unit, d.Clock.AskedUnit} {
		if scale := max(u.perSecond(), 1); err == nil && u != UnitUnknown && n/scale >= first && n/scale < end {
			return u.millis(n)
		}
	}
	return 0
}

// millis is an instant of the unit in milliseconds, the nearest of 64 bits where it is
// beyond them.
func (u Unit) millis(n int64) int64 {
	if u == UnitSeconds {
		const most = math.MaxInt64 / 1000
		return 1000 * max(-most, min(n, most))
	}
	return n / max(u.perSecond()/1000, 1)
}

// hashUpper is Hash of s in upper case: BUY, Buy and buy are one side.
func hashUpper(s string) uint64 {
	h := uint64(hashSeed)
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		h = (h ^ uint64(c)) * hashPrime
	}
	return mix(h)
}

// hashAmount hashes a decimal number by its value: .01, 0.010, 00.01 and 1e-2 are
// one. ok is false for what is no such number.
func hashAmount(v string) (h uint64, ok bool) {
	const longest = 64 // beyond it nobody writes an amount
	if len(v) > longest {
		return 0, false
	}
	digits, exponent := v, 0
	if at := strings.IndexAny(v, "eE"); at >= 0 {
		n, err := strconv.Atoi(v[at+1:])
		if err != nil || n < -longest || n > longest {
			return 0, false
		}
		digits, exponent = v[:at], n
	}
	digits = strings.TrimPrefix(digits, "+")
	var plain [longest]byte
	n, point := 0, false
	for i := range len(digits) {
		switch c := digits[i]; {
		case c == '.' && !point:
			point = true
		case c < '0' || c > '9':
			return 0, false
		default:
			if point {
				exponent--
			}
			if n > 0 || c != '0' {
				plain[n], n = c, n+1
			}
		}
	}
	if len(digits) == 0 || digits == "." {
		return 0, false
	}
	for n > 0 && plain[n-1] == '0' {
		n--
		exponent++
	}
	if n == 0 {
		exponent = 0
	}
	return mix(hashString(hashSeed, plain[:n]) ^ uint64(exponent)*hashPrime), true
}
