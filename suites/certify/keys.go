package certify

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Codes by which the venue refuses a call for its key or its signature.
const (
	codeSignature = -1022
	codeKeyForm   = -2014
	codeKey       = -2015

	// firstOfOrders and what lies below it says something of an order, which
	// the venue does for an account that it knows.
	firstOfOrders = -2010
)

// KeysRefused says that no signed call of the results was let in, and what it was
// refused with: what such a client shows of signed calls is the refusal alone.
// It is "" where one was let in, and where there was none.
func (c *Certifier) KeysRefused(results []*Result) string {
	refused, first := 0, ""
	onlySignature := true
	for _, r := range results {
		for _, x := range r.Exchanges {
			if x.Statement() {
				continue
			}
			var f traffic.Facts
			f.ScanRequest(c.held().Dialect, x)
			code, why := keyRefusal(x)
			if f.HasSignature() && (x.Response.Status/100 == 2 || why == "" && code != 0) {
				return "" // let in, if only to be told that the balance is too low
			}
			if why == "" {
				continue
			}
			if refused++; first == "" {
				first = why
			}
			onlySignature = onlySignature && code == codeSignature
		}
	}
	switch {
	case refused == 0:
		return ""
	case onlySignature:
		return fmt.Sprintf("every signed call was refused with %s (%s): the client signs with another secret than it was given in BINANCE_API_SECRET, BINANCE_SECRET_KEY and MBXCHECK_SECRET_KEY, or signs otherwise than the venue wants. Give it the secret under the name that it reads: --env 'NAME={secret}'.", first, calls(refused))
	}
	return fmt.Sprintf("every signed call was refused with %s (%s): the client does not use the keys that it was given, in BINANCE_API_KEY and BINANCE_API_SECRET (BINANCE_SECRET_KEY) and in MBXCHECK_API_KEY and MBXCHECK_SECRET_KEY. Give them under the names that it reads: --env 'KEY={key}' --env 'SECRET={secret}'.", first, calls(refused))
}

// keyRefusal is the code by which a call was refused for its key or signature,
// and how that is said: "" for a call that was not, and 0 where nothing shows that
// its key was known.
func keyRefusal(x *traffic.Exchange) (code int64, why string) {
	if x.Response.Status/100 == 2 || x.Response.Status == 0 {
		return 0, ""
	}
	var envelope struct {
		Code int64 `json:"code"`
	}
	_ = json.Unmarshal(x.Response.Body, &envelope) // what is no envelope has no code
	switch envelope.Code {
	case codeSignature, codeKeyForm, codeKey:
		return envelope.Code, fmt.Sprint(envelope.Code)
	}
	if envelope.Code <= firstOfOrders {
		return envelope.Code, ""
	}
	if x.Response.Status == http.StatusUnauthorized {
		return 0, "401"
	}
	return 0, ""
}

func calls(n int) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}
