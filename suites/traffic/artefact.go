package traffic

import (
	"strings"
	"time"
)

// maxClockOff is how far a clock that nobody keeps may be from the venue's.
const maxClockOff = time.Minute

// isEdited reports whether somebody changed the Date or the timestamp after
// recording: the Date is older than the venue, or the venue accepted a signed
// timestamp, zero for none, farther from the Date of its answer than any may be.
func (d *Dialect) isEdited(date, accepted time.Time) bool {
	if date.IsZero() {
		return false
	}
	if date.Unix() < d.seconds {
		return true
	}
	return !accepted.IsZero() && date.Sub(accepted).Abs() > d.Clock.Farthest+DateWidth
}

// contradictsDate reports whether the recorder kept an instant of its own, and
// Date is more than a minute from it. What comes from a store is as old as it
// is, and what was reckoned from Date agrees with it.
func (f *Facts) contradictsDate() bool {
	if f.Date.IsZero() || f.CacheHit {
		return false
	}
	return f.Date.Add(DateWidth+maxClockOff).Before(f.Received.Earliest) || f.Date.Add(-maxClockOff).After(f.Received.Latest)
}

// Timed reports whether the recorder kept an instant of its own, so that the
// Date is not the only clock.
func (f *Facts) Timed() bool { return f.Exchange.Sent.Known() || f.Exchange.Received.Known() }

// SigningLost reports what a recorder took out of a request that the venue
// accepted as signed: a timestamp, a signature or an API key that is missing or
// is none.
func (f *Facts) SigningLost() (timestamp, signature, key bool) {
	hasStamp, hasSign := f.timestamp > 0, f.HasSignature()
	switch {
	case hasStamp && hasSign:
		timestamp, signature = !f.isStamp(), isMask(f.Params[f.signature-1].Value) && !f.refused(f.Params[f.signature-1].Value, BadSignature)
	case hasSign:
		timestamp = true
	case hasStamp:
		// Who forgets to sign is refused.
		timestamp, signature = !f.isStamp(), f.Success() && f.Maker == MakerVenue && f.APIKey != 0
	}
	switch {
	case f.APIKey != 0:
		v, _ := f.Request.Header.Get(f.Dialect.Fields.APIKey)
		key = isMask(v) && !f.refused(v, BadKey)
	case hasSign && !f.Gaps.Has(GapRequestHeader):
		key = f.Success() && f.Maker == MakerVenue
	}
	return timestamp, signature, key
}

// refused reports a value that was sent as it stands and refused for what it is:
// no recorder took anything out, unless it left its own mark there.
func (f *Facts) refused(v string, as Meaning) bool {
	return f.Means == as && !IsPlaceholder(v) && !strings.HasPrefix(v, OwnMask)
}

// isStamp reports a timestamp that is one, or that the venue may have refused
// for being none. Zero is what is left of one.
func (f *Facts) isStamp() bool {
	n := decimal(f.Params[f.timestamp-1].Value)
	return n > 0 && (f.Dialect.UnitOf(n) != UnitUnknown || !f.Success())
}

// OwnMask begins what mbxcheck's own recorders put in a secret's place; digits of
// a hash follow, in hexadecimal, and x to the secret's length.
const OwnMask = "masked"

// ownDigits is how many digits follow OwnMask.
const ownDigits = 8

// IsOwnMask reports text that begins as a mask of mbxcheck's own does, in either
// case.
func IsOwnMask(text string) bool {
	if len(text) < len(OwnMask)+ownDigits || !strings.EqualFold(text[:len(OwnMask)], OwnMask) {
		return false
	}
	for i := range ownDigits {
		if !IsHex(text[len(OwnMask)+i]) {
			return false
		}
	}
	return true
}

// isMask tells what stands in a secret's place from keys and signatures, which
// are long and of letters and digits that do not repeat ("%2B", "%2F" and "%3D"
// of base64 among them).
func isMask(v string) bool {
	const shortest = 32 // a key has 64 characters, HMAC SHA256 has 64, RSA more
	if len(v) < shortest || v[:len(OwnMask)] == OwnMask {
		return true
	}
	same := true
	for i := range len(v) {
		c := v[i]
		same = same && c == v[0]
		switch {
		case '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z', c == '%', c == '+', c == '/', c == '=', c == '-', c == '_':
		default:
			return true
		}
	}
	return same
}
