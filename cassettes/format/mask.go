package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// What writers mask. Every mask has its value's length, so that Content-Length
// still fits, and is a function of the value, so that two keys stay two keys
// and two users two users. Masking what is masked changes nothing.

// secretFields are the header fields that hold credentials, in canonical form.
var secretFields = map[string]bool{
	"X-Mbx-Apikey":        true,
	"Authorization":       true,
	"Proxy-Authorization": true,
	"Cookie":              true,
	"Set-Cookie":          true,
}

// MaskField masks the value of a header field that holds a credential.
func MaskField(name, value string) string {
	if secretFields[http.CanonicalHeaderKey(name)] {
		return maskKey(value)
	}
	return value
}

const maskPrefix = "masked"

// maskKey replaces a key by its hash's first 32 bits: enough to tell the keys
// of one recording apart, and far too few to confirm a guess of one with 64
// random characters.
func maskKey(v string) string {
	const digits = 8
	switch {
	case isMark(v) || strings.HasPrefix(v, maskPrefix):
		return v
	case len(v) < len(maskPrefix)+digits:
		return strings.Repeat("x", len(v))
	}
	sum := sha256.Sum256([]byte(v))
	head := maskPrefix + hex.EncodeToString(sum[:digits/2])
	return head + strings.Repeat("x", len(v)-len(head))
}

// isMark reports a value of which nothing is left to hide: somebody else has
// masked it. It is stricter than isPlaceholder, since what it takes for a mark
// is shown.
func isMark(v string) bool {
	v = unescaped(v)
	if strings.ContainsAny(v, "<>[]{}*$") {
		return true
	}
	v = strings.ToUpper(strings.Trim(v, "_-. "))
	switch v {
	case "FILTERED", "REDACTED", "MASKED", "HIDDEN", "REMOVED", "SECRET", "DUMMY", "FAKE",
		"PLACEHOLDER", "TIMESTAMP", "SIGNATURE":
		return true
	}
	return len(v) >= 3 && strings.Trim(v, "X") == ""
}

// maskSignature keeps the shape of a hexadecimal signature.
func maskSignature(v string) string {
	if isMark(v) {
		return v
	}
	return strings.Repeat("0", len(v))
}

// MaskURL masks the signature and the listenKey in a URL's query.
func MaskURL(u string) string {
	head, query, ok := strings.Cut(u, "?")
	if !ok {
		return u
	}
	return head + "?" + MaskForm(query)
}

// MaskForm masks the signature and the listenKey in a query or a form body.
func MaskForm(form string) string {
	if !strings.Contains(form, "signature=") && !strings.Contains(form, "listenKey=") {
		return form
	}
	pairs := strings.Split(form, "&")
	for i, pair := range pairs {
		switch name, value, _ := strings.Cut(pair, "="); name {
		case "signature":
			pairs[i] = name + "=" + maskSignature(value)
		case "listenKey":
			pairs[i] = name + "=" + maskKey(value)
		}
	}
	return strings.Join(pairs, "&")
}

var listenKey = []byte(`"listenKey"`)

// MaskBody masks what MaskForm masks, and the listenKey in JSON, where userDataStream
// answers it. It returns body itself if there is nothing to mask.
func MaskBody(body []byte) []byte {
	if len(body) > 0 && body[0] != '{' && body[0] != '[' &&
		(bytes.Contains(body, []byte("signature=")) || bytes.Contains(body, []byte("listenKey="))) {
		return []byte(MaskForm(string(body)))
	}
	if !bytes.Contains(body, listenKey) {
		return body
	}
	masked := bytes.Clone(body)
	for rest := masked; ; {
		i := bytes.Index(rest, listenKey)
		if i < 0 {
			return masked
		}
		rest = rest[i+len(listenKey):]
		value := bytes.TrimLeft(rest, ": \t\r\n")
		if len(value) == 0 || value[0] != '"' {
			continue
		}
		value = value[1:]
		if end := bytes.IndexByte(value, '"'); end >= 0 {
			copy(value, maskKey(string(value[:end])))
		}
	}
}
