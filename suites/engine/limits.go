package engine

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// weightLimit reads the REQUEST_WEIGHT limit of one minute out of a rateLimits
// array, 0 if it holds none. exchangeInfo replies are rare; this may allocate.
func weightLimit(rateLimits []byte) int64 {
	var list []jsontext.Value
	if json.Unmarshal(rateLimits, &list) != nil {
		return 0
	}
	for _, raw := range list {
		var limit map[string]jsontext.Value
		_ = json.Unmarshal(raw, &limit) // what is no object names nothing
		if valueOf(limit["rateLimitType"]).Text() != "REQUEST_WEIGHT" || valueOf(limit["interval"]).Text() != "MINUTE" {
			continue
		}
		if n, told := valueOf(limit["intervalNum"]).Int(); told && n != 1 {
			continue
		}
		n, _ := valueOf(limit["limit"]).Int()
		return n
	}
	return 0
}

// valueOf is a text or a number as traffic reads one, nothing for another value.
func valueOf(v jsontext.Value) traffic.Value {
	switch v.Kind() {
	case '"':
		return traffic.Value{Kind: traffic.KindString, Raw: v}
	case '0':
		return traffic.Value{Kind: traffic.KindNumber, Raw: v}
	}
	return traffic.Value{}
}
