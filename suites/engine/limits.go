package engine

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// weightLimit reads the REQUEST_WEIGHT limit of one minute out of a rateLimits
// array, 0 if it holds none. exchangeInfo replies are rare; this may allocate.
func weightLimit(rateLimits []byte) int64 {
	type limiter struct {
		kind, interval string
		num, limit     int64
	}
	d := jsontext.NewDecoder(bytes.NewReader(rateLimits))
	var l limiter
	depth, name := 0, ""
	for {
		tok, err := d.ReadToken()
		if err != nil {
			return 0
		}
		switch tok.Kind() {
		case '[', '{':
			depth++
			l = limiter{num: 1}
			continue
		case ']', '}':
			depth--
			if l.kind == "REQUEST_WEIGHT" && l.interval == "MINUTE" && l.num == 1 {
				return l.limit
			}
			l = limiter{num: 1}
			continue
		}
		if depth != 2 {
			continue
		}
		if k, _ := d.StackIndex(d.StackDepth()); k != '{' {
			continue
		}
		if _, n := d.StackIndex(d.StackDepth()); n%2 == 1 {
			name = tok.String()
			continue
		}
		l.kind, l.interval = pick(name, "rateLimitType", tok, l.kind), pick(name, "interval", tok, l.interval)
		if tok.Kind() == '0' {
			n, isInt := traffic.Value{Kind: traffic.KindNumber, Raw: []byte(tok.String())}.Int()
			switch {
			case !isInt:
			case name == "intervalNum":
				l.num = n
			case name == "limit":
				l.limit = n
			}
		}
	}
}

func pick(name, want string, tok jsontext.Token, old string) string {
	if name == want && tok.Kind() == '"' {
		return tok.String()
	}
	return old
}
