package format

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unsafe"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// longestMark bounds, in bytes, what people write where they took a body, or
// the end of one, out: "[application/json redacted]", "... (12345 bytes
// truncated)".
const longestMark = 64

// mostSpaces is how many a bare mark may have: "BODY REDACTED BY VCR". What has
// more, such as "this endpoint has been removed", somebody said.
const mostSpaces = 3

// bodyTakenOut reports a body in whose place stands, bare or as a JSON string,
// a word for its absence. An object or an array is none, whatever it holds.
func bodyTakenOut(body []byte) bool {
	if len(body) > longestMark || len(body) > 1 && body[0] == '{' && body[1] != '{' {
		return false
	}
	body = bytes.TrimSpace(body)
	quoted := len(body) > 2 && body[0] == '"'
	body = bytes.Trim(body, `"`)
	switch {
	case len(body) == 0 || json.Valid(body):
		return false
	case quoted && traffic.IsPlaceholder(unsafe.String(&body[0], len(body))):
		return true
	case bytes.Equal(body, []byte("...")), bytes.Equal(body, []byte("…")), len(bytes.Trim(body, "*")) == 0, len(bytes.Trim(body, "xX")) == 0:
		return true
	}
	if c := body[min(1, len(body)-1)]; (body[0] == '{' || body[0] == '[') && c != body[0] && (c|0x20 < 'a' || c|0x20 > 'z') {
		return false // the beginning of JSON, of which the end may have been taken out
	}
	bracketed := strings.IndexByte("[<{(*", body[0]) >= 0
	if bytes.IndexByte(body, '=') >= 0 || !bracketed && bytes.Count(body, []byte(" ")) > mostSpaces {
		return false // a form, of which one value may have been taken out, or a sentence
	}
	return traffic.SaysTakenOut(unsafe.String(&body[0], len(body)))
}

// hasCutMark reports JSON that breaks off with the mark of whoever cut it: dots,
// or a word such as truncated. JSON that is whole ends in a bracket, which the
// mark may too.
func hasCutMark(body []byte) bool {
	if len(body) == 0 || body[len(body)-1] == '}' || body[0] != '{' && body[0] != '[' {
		return false // as of nearly all bodies
	}
	body = bytes.TrimRight(body, " \t\r\n")
	tail := body[max(0, len(body)-longestMark):]
	if body[len(body)-1] == ']' {
		// Of those that end so the mark's word stands before it: no JSON does.
		if len(tail) < 2 || tail[len(tail)-2]|0x20 < 'a' || tail[len(tail)-2]|0x20 > 'z' {
			return false
		}
	}
	marked := bytes.HasSuffix(tail, []byte("...")) || bytes.HasSuffix(tail, []byte("…")) || saysCut(tail)
	return marked && !json.Valid(body)
}

// saysCut reports whether a word for a cut stands at the very end.
func saysCut(tail []byte) bool {
	tail = bytes.TrimRight(tail, "])>.-* ")
	for _, word := range [...]string{"truncated", "omitted", "snip", "more", "bytes", "cut"} {
		if at := len(tail) - len(word); at > 0 && bytes.EqualFold(tail[at:], []byte(word)) {
			return true
		}
	}
	return false
}

// isBase64 reports a body in Base64 that nothing announces, as recorders write
// what they take for binary: JSON or gzip comes out of it, and it is not what
// Content-Length counted on the wire.
func isBase64(body []byte, length int64) bool {
	const enough = 4 // characters, which hold three bytes
	if len(body) < enough || length == int64(len(body)) || body[0] == '{' || body[0] == '[' || body[0] == '<' {
		return false
	}
	var head [3]byte
	if n, err := base64.StdEncoding.Decode(head[:], body[:enough]); err != nil || n == 0 {
		return false
	}
	if head[0] != '{' && head[0] != '[' && !isGzip(head[:]) {
		return false
	}
	for _, c := range bytes.TrimRight(body, "=\r\n") {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '+', c == '/', c == '-', c == '_', c == '\r', c == '\n':
		default:
			return false
		}
	}
	return true
}
