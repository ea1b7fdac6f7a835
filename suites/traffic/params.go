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
	Role        Role
}

// maxParams bounds the parameters read from one request: the largest endpoint
// has 20, and servers refuse requests with thousands.
const maxParams = 256

// appendParams reads name=value pairs joined by '&' (the form of WHATWG URL
// section 5.1). Empty pairs, as from a leading '&', are passed over.
func (d *Dialect) appendParams(ps []Param, raw string, place Place) []Param {
	for raw != "" && len(ps) < maxParams {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		ps = append(ps, Param{name, unescape(value), place, d.RoleOf(name)})
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
		case s[i] == '%' && i+2 < len(s) && IsHex(s[i+1]) && IsHex(s[i+2]):
			b.WriteByte(Unhex(s[i+1])<<4 | Unhex(s[i+2]))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
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

// scanParams fills in what the parameters show, in one pass over them: the
// request's fingerprints, regardless of their order and place, and the values
// that are asked for by name, of which the first counts.
//
// Logical leaves out what belongs to the act of sending and not to what is
// asked, Business also the ids that a client may choose anew for each attempt,
// how much of the answer it asks for, the version of the API, and how it writes a
// number: 0.010 of something is 0.01 of it.
func (f *Facts) scanParams() {
	method := hashString(hashSeed, f.Request.Method) * hashPrime
	h := mix(hashString(method, f.Path))
	f.Logical, f.Business = h, h
	reads := f.Request.Method == "GET" // what is read may be read again, however it is written
	if !reads {
		family, call := unversioned(f.Path)
		f.Business = mix(hashString(hashString(method, family)*hashPrime, call))
	}
	var symbol, order, withdrawal, oldOrder, orderID int
	for i := range f.Params {
		anew := false
		switch f.Params[i].Role {
		case RoleTimestamp:
			first(&f.timestamp, i)
			continue
		case RoleSignature:
			first(&f.signature, i)
			continue
		case RoleRecvWindow:
			first(&f.recvWindow, i)
			continue
		case RoleNewOrderID:
			first(&order, i)
			anew = true
		case RoleNewWithdrawalID:
			first(&withdrawal, i)
			anew = true
		case RoleAnew:
			anew = true
		case RoleSymbol:
			first(&symbol, i)
		case RoleOldOrderID:
			first(&oldOrder, i)
		case RoleOrderID:
			first(&orderID, i)
		}
		p := asWritten(f.Params[i].Name, f.Params[i].Value)
		f.Logical += p
		switch {
		case anew:
		case reads:
			f.Business += p
		default:
			f.Business += f.Params[i].meant(p)
		}
	}
	f.ClientID, f.OrderRef, f.Symbol = f.hashOf(order, withdrawal), f.hashOf(oldOrder, orderID), f.hashOf(symbol, 0)
}

// meant is the hash of a parameter as it is meant, as being that of it as
// written: an amount is the same however it is written, a side in small letters too.
func (p *Param) meant(as uint64) uint64 {
	switch p.Role {
	case RoleAmount:
		if h, ok := hashAmount(p.Value); ok {
			return byValue(p.Name, h)
		}
	case RoleSymbol, RoleSide, RoleType, RoleTimeInForce, RoleAsset:
		return byValue(p.Name, hashUpper(p.Value))
	}
	if plain := plainDecimal(p.Value); len(plain) != len(p.Value) {
		return asWritten(p.Name, plain)
	}
	return as
}

// asWritten hashes a parameter as it is written.
func asWritten(name, value string) uint64 {
	return mix(hashString((hashString(hashSeed, name)^'=')*hashPrime, value))
}

// byValue hashes a parameter by the hash of what its value means.
func byValue(name string, value uint64) uint64 {
	return mix(hashString(hashSeed, name)*hashPrime + value)
}

// unversioned is what stands before and behind the version in a path of the API:
// /api/v1/order and /api/v3/order place the same order. Of another path it is all.
func unversioned(path string) (family, call string) {
	if path == "" {
		return "", ""
	}
	at := strings.IndexByte(path[1:], '/') + 1 // behind the family
	version, _, more := strings.Cut(path[at+1:], "/")
	if !more || len(version) < 2 || version[0] != 'v' || version[1] < '0' || version[1] > '9' {
		return "", path
	}
	return path[:at], path[at+1+len(version):]
}

// plainDecimal is a decimal number without the zeros at its end that say nothing,
// part of v; v itself where it is none, or has none of them.
func plainDecimal(v string) string {
	point := strings.IndexByte(v, '.')
	if point < 0 {
		return v
	}
	for i := range len(v) {
		if c := v[i]; (c < '0' || c > '9') && i != point {
			return v
		}
	}
	return strings.TrimSuffix(strings.TrimRight(v, "0"), ".")
}

// Stamp hashes the parameter timestamp as it is written, 0 for none: another way
// to write it is another request.
func (f *Facts) Stamp() uint64 { return f.hashOf(f.timestamp, 0) }

// Signing hashes how the request is signed: its receiving window as it is written, and of
// which length timestamp and signature are. It is 0 where none of them is there.
// What is asked for stays the same when it changes, but a refusal for it is met.
func (f *Facts) Signing() uint64 {
	h := f.hashOf(f.recvWindow, 0)
	for _, at := range [...]int{f.timestamp, f.signature} {
		h *= hashPrime
		if at > 0 {
			h += mix(uint64(len(f.Params[at-1].Value)) + 1)
		}
	}
	return h
}

// Blurred reports a call whose fingerprints say too little: its body was not
// recorded, or is no form, and may hold what tells it from others. One that is
// signed in its query is taken to have all of it there.
func (f *Facts) Blurred() bool {
	unread := f.Gaps.Has(GapRequestBody) || len(f.Request.Body) > 0 && !f.BodyIsForm
	return unread && f.signature == 0 && f.Request.Method != "GET"
}

// first notes one more than an index, unless one is noted.
func first(at *int, i int) {
	if *at == 0 {
		*at = i + 1
	}
}

// hashOf hashes the value of the parameter noted as at, or as instead if there
// is none; 0 if both are not there.
func (f *Facts) hashOf(at, instead int) uint64 {
	if at == 0 {
		at = instead
	}
	if at == 0 {
		return 0
	}
	return Hash(f.Params[at-1].Value)
}
