package serve

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// plainRequest is a request of the plainest kind: a GET by HTTP/1.1 without a
// body, whose header says nothing about the connection or how the message is
// framed. Its parts are those of the buffer that it was read from.
type plainRequest struct {
	path, query, apiKey, accept, contentType []byte
}

// parsePlain parses the request that b begins with and returns its length. It
// returns 0 for all that is not plain beyond doubt, whole or in part, sound or
// not: net/http is to judge it. What it does take, net/http takes as well and
// reads the same out of it, which FuzzPlain holds it to.
func parsePlain(b []byte, r *plainRequest) int {
	const method, version = "GET ", " HTTP/1.1"
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 || !bytes.HasPrefix(b, []byte(method)) {
		return 0
	}
	length, head := end+4, b[:end+2]
	line, head, _ := bytes.Cut(head, []byte("\r\n"))
	if !bytes.HasSuffix(line, []byte(version)) || len(line) <= len(method)+len(version) {
		return 0
	}
	*r = plainRequest{}
	r.path, r.query, _ = bytes.Cut(line[len(method):len(line)-len(version)], []byte("?"))
	if !bytes.HasPrefix(r.path, []byte("/")) || !isAll(r.path, inPath) || !isAll(r.query, inPath|inQuery) {
		return 0
	}
	hosts := 0
	for len(head) > 0 {
		line, head, _ = bytes.Cut(head, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		value = bytes.Trim(value, " \t")
		if !ok || len(name) == 0 || !isAll(name, inName) || !isAll(value, inValue) || !r.field(name, value, &hosts) {
			return 0
		}
	}
	if hosts != 1 {
		return 0
	}
	return length
}

// longestSpecial is the longest name that field knows.
const longestSpecial = len("transfer-encoding")

// field takes a header field in. It returns false for those that a request must
// not have to be plain.
func (r *plainRequest) field(name, value []byte, hosts *int) bool {
	if len(name) > longestSpecial {
		return true
	}
	var lower [longestSpecial]byte
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(name)]) {
	case "host":
		*hosts++
		return len(value) > 0 && isAll(value, inHost)
	case "x-mbx-apikey":
		return only(&r.apiKey, value)
	case "accept":
		return only(&r.accept, value)
	case "content-type":
		return only(&r.contentType, value)
	case "connection":
		return bytes.EqualFold(value, []byte("keep-alive"))
	case "content-length", "transfer-encoding", "trailer", "te", "expect", "upgrade", "http2-settings", "keep-alive", "proxy-connection":
		return false
	}
	return true
}

// only keeps a value where there is one and none came before.
func only(into *[]byte, value []byte) bool {
	if *into != nil || len(value) == 0 {
		return false
	}
	*into = value
	return true
}

// The kinds of byte.
const (
	inPath  = 1 << iota // stands in a path as it is
	inQuery             // may stand in a query besides
	inName              // RFC 9110 section 5.6.2, token
	inValue             // visible ASCII, blank and tab
	inHost              // name, address and port
)

var kinds = func() (k [256]uint8) {
	add := func(kind uint8, chars string) {
		for i := range len(chars) {
			k[chars[i]] |= kind
		}
	}
	const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	add(inPath, alphanumeric+"/._-~")
	add(inQuery, "=&%+,:;@!$'()*?")
	add(inName, alphanumeric+"!#$%&'*+-.^_`|~")
	add(inHost, alphanumeric+".:-[]")
	k['\t'] |= inValue
	for c := ' '; c <= '~'; c++ {
		k[c] |= inValue
	}
	return k
}()

// isAll reports whether all bytes are of one of the kinds.
func isAll(b []byte, kind uint8) bool {
	for _, c := range b {
		if kinds[c]&kind == 0 {
			return false
		}
	}
	return true
}

// appendAnswer adds a response in the form of HTTP/1.1.
func appendAnswer(b []byte, a *venue.Answer) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(a.Status)...)
	for _, f := range a.Header {
		b = append(b, "\r\n"...)
		b = append(b, f.Name...)
		b = append(b, ": "...)
		if strings.IndexByte(f.Value, '\n') >= 0 || strings.IndexByte(f.Value, '\r') >= 0 {
			f.Value = strings.NewReplacer("\r", " ", "\n", " ").Replace(f.Value) // as net/http does
		}
		b = append(b, f.Value...)
	}
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(a.Body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, a.Body...)
}
