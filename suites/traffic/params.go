package traffic

import "strings"

// Place is where a parameter stands in a request.
type Place uint8

const (
	// InQuery is the query string of the request target.
	InQuery Place = iota
	// InBody is a form-encoded request body.
	InBody
)

// Param is one name=value pair of a request, percent-decoded.
type Param struct {
	Name, Value string
	Place       Place
}

// maxParams bounds the parameters read from one request: the largest endpoint
// has 20, and servers refuse requests with thousands.
const maxParams = 256

// appendParams reads name=value pairs joined by '&' (the form of WHATWG URL
// section 5.1). Empty pairs, as from a leading '&', are passed over.
func appendParams(ps []Param, raw string, place Place) []Param {
	for raw != "" && len(ps) < maxParams {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		ps = append(ps, Param{unescape(name), unescape(value), place})
	}
	return ps
}

// unescape undoes percent-encoding and '+'. It returns s itself, without
// allocating, when there is nothing to undo, and keeps malformed escapes.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// The multiplier of Knuth's MMIX generator: odd, with its bits well spread.
const (
	hashSeed  = 14695981039346656037
	hashPrime = 6364136223846793005
)

// hashString folds s into h, eight bytes at a time.
func hashString[S string | []byte](h uint64, s S) uint64 {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		h = (h ^ w) * hashPrime
		h ^= h >> 29
	}
	for ; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * hashPrime
	}
	return h ^ uint64(len(s))
}

// Hash returns a 64-bit hash of s that is stable across runs. Two different
// strings of one conversation collide with probability below 1e-12 for a
// thousand strings.
func Hash[S string | []byte](s S) uint64 { return mix(hashString(hashSeed, s)) }

// mix spreads every input bit over the word (the finalizer of MurmurHash3), so
// that sums of hashes stay apart.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// signing parameters belong to the act of sending, not to what is asked.
func isSigning(name string) bool {
	return name == "timestamp" || name == "signature" || name == "recvWindow"
}

// isClientID names the ids a client may choose anew for every attempt.
func isClientID(name string) bool {
	switch name {
	case "newClientOrderId", "listClientOrderId", "limitClientOrderId", "stopClientOrderId",
		"clientTranId", "withdrawOrderId", "name":
		return true
	}
	return false
}

// fingerprints hashes a request's method, path and parameters regardless of
// their order and place: logical leaves out what signing adds, business also
// the ids a client chooses anew for each attempt.
func fingerprints(method, path string, ps []Param) (logical, business uint64) {
	h := mix(hashString(hashString(hashSeed, method)*hashPrime, path))
	logical, business = h, h
	for i := range ps {
		if isSigning(ps[i].Name) {
			continue
		}
		p := mix(hashString((hashString(hashSeed, ps[i].Name)^'=')*hashPrime, ps[i].Value))
		logical += p
		if !isClientID(ps[i].Name) {
			business += p
		}
	}
	return logical, business
}
