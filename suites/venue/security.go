package venue

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// checkParams refuses names that come twice in one place, and those that the
// route doesn't read where the family minds. That a name comes once in each
// place is no fault: the query's is used.
func (c *Call) checkParams() {
	read := 0
	for i, p := range c.Params {
		if slices.Contains(c.route.accepts, p.Name) {
			read++
		}
		for _, q := range c.Params[:i] {
			if q.Name == p.Name && q.InBody == p.InBody && p.Name != c.route.repeats {
				c.refuse(errDuplicate)
				return
			}
		}
	}
	switch {
	case read == len(c.Params) || !c.route.strict:
	case len(c.route.accepts) == 0:
		c.refuse(badRequest(-1101, "Too many parameters; expected '0' and received '"+strconv.Itoa(len(c.Params))+"'."))
	default:
		c.refuse(badRequest(-1104, "Not all sent parameters were read; read '"+strconv.Itoa(read)+"' parameter(s) but was sent '"+strconv.Itoa(len(c.Params))+"'."))
	}
}

// authorize finds whose key it is and, where the route asks for it, checks the
// signature and when it was made.
func (v *Venue) authorize(c *Call) {
	if c.route.security == open {
		return
	}
	c.account = v.accounts.byKey[c.APIKey]
	switch {
	case c.account != nil:
	case isKey(c.APIKey):
		c.refuse(errKey)
	default:
		c.refuse(errKeyFormat)
	}
	if c.refused() || c.route.security != signed {
		return
	}
	signature := c.mandatory(v.names.Signature)
	timestamp := c.mandatoryInteger(v.names.Timestamp)
	window := c.integer(v.names.RecvWindow)
	if c.refused() {
		return
	}
	if !isHex64(signature) {
		c.refuse(illegal(v.names.Signature, "^[A-Fa-f0-9]{64}$"))
		return
	}
	v.checkTime(c, timestamp, window)
	if !c.refused() && !c.signedBy(c.account.Secret, signature) {
		c.refuse(errSignature)
	}
}

// checkTime holds the request's timestamp against the venue's clock, as the
// document gives the logic: less than a second ahead, and no more than the
// window behind. All are in milliseconds.
func (v *Venue) checkTime(c *Call, timestamp, window int64) {
	allowed := &v.held.Dialect.Clock
	now, farthest := c.At.UnixMilli(), allowed.Farthest.Milliseconds()
	if window < 0 {
		window = allowed.Behind.Milliseconds()
	}
	switch {
	case window > farthest && edition.DateOf(c.At) >= v.held.MaxRecvWindowFrom:
		c.refuse(badRequest(-1131, "recvWindow must be less than "+strconv.FormatInt(farthest, 10)+"."))
	case timestamp >= now+allowed.Ahead.Milliseconds():
		c.refuse(badRequest(-1021, "Timestamp for this request was "+strconv.FormatInt(timestamp-now, 10)+"ms ahead of the server's time."))
	case now-timestamp > window:
		c.refuse(errWindow)
	}
}

// signedBy reports whether the signature is the HMAC SHA256 of the request's
// parameters by the secret: query string and body as sent, one behind the other
// without anything between, the signature itself left out.
func (c *Call) signedBy(secret, signature string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(unsigned(c.Query, c.Names.Signature)))
	if c.Method != "GET" && isForm(c.ContentType) {
		mac.Write([]byte(unsigned(string(c.Body), c.Names.Signature)))
	}
	given, err := hex.DecodeString(signature)
	return err == nil && subtle.ConstantTimeCompare(given, mac.Sum(nil)) == 1
}

// unsigned returns parameters without the one called signature, wherever it stands.
func unsigned(params, signature string) string {
	name := signature + "="
	for at := 0; ; {
		i := strings.Index(params[at:], name)
		if i < 0 {
			return params
		}
		i += at
		if i > 0 && params[i-1] != '&' {
			at = i + len(name)
			continue
		}
		if end := strings.IndexByte(params[i:], '&'); end >= 0 {
			return params[:i] + params[i+end+1:]
		}
		return strings.TrimSuffix(params[:i], "&")
	}
}

// isKey reports the form of the venue's keys: 64 letters and digits.
func isKey(s string) bool {
	for i := range len(s) {
		ch := s[i]
		if !(ch >= '0' && ch <= '9' || ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z') {
			return false
		}
	}
	return len(s) == 64
}

func isHex64(s string) bool {
	for i := range len(s) {
		if !traffic.IsHex(s[i]) {
			return false
		}
	}
	return len(s) == 64
}
