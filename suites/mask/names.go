package mask

import (
	"bytes"
	"slices"
	"strings"
)

// nouns are what names of secrets end with, without what divides words. What stands
// before may be anything: x-mbx-, api, my.
var nouns = []string{
	"apikey", "secretkey", "listenkey", "privatekey", "accesskey", "authkey", "signingkey", "sessionkey",
	"secret", "jwt", signature, cookie, "passphrase", "passcode", "token", authorization,
	"password", "passwd", "pwd", "sessionid", "sessid", "credential", "mnemonic",
}

// The nouns that are treated in ways of their own.
const (
	signature     = "signature"     // its mask is zeros, as wide as it was
	cookie        = "cookie"        // its value goes to the end of the line
	authorization = "authorization" // likewise
)

// ends holds the nouns by their last two letters, each from 0 for a: of nearly all
// names these two show that they are no secret's.
var ends = func() (by [32 * 32][]string) {
	for _, noun := range nouns {
		n := len(noun)
		by[pair(noun[n-2], noun[n-1])] = append(by[pair(noun[n-2], noun[n-1])], noun)
	}
	return by
}()

// mayEnd says of which pairs ends holds any; of several the s is the last letter.
var mayEnd = func() (may [32 * 32]bool) {
	for i := range ends {
		may[i] = len(ends[i]) > 0 || i&31 == 's'&31
	}
	return may
}()

// isOther reports a name in quotes that is no secret's, at a glance: of nearly all
// members of JSON it does.
func isOther(b []byte, colon int) bool {
	if colon < len(`"ab"`) || b[colon-1] != '"' {
		return false
	}
	last, before := b[colon-2], b[colon-3]
	return isLetter(last) && isLetter(before) && !mayEnd[pair(before, last)]
}

// pair numbers two letters, of either case.
func pair(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// maxName bounds, in bytes, how much of a name is looked at.
const maxName = 64

// nounOf is the noun that a name, or a text at the end of which a name stands,
// ends with; "" for none.
func nounOf(name []byte) string {
	name = name[max(0, len(name)-maxName):]
	if n := len(name); n > 0 && name[n-1] == ']' { // an item of a list
		if open := bytes.LastIndexByte(name, '['); open >= 0 && !bytes.ContainsFunc(name[open+1:n-1], func(r rune) bool { return r < '0' || r > '9' }) {
			name = name[:open]
		}
	}
	for len(name) > 0 && !isLetter(name[len(name)-1]) {
		if c := name[len(name)-1]; (c < '0' || c > '9') && !isDivider(c) {
			return ""
		}
		name = name[:len(name)-1]
	}
	if noun := nounAmong(name); noun != "" || len(name) == 0 || name[len(name)-1]|0x20 != 's' {
		return noun
	}
	return nounAmong(name[:len(name)-1])
}

func nounAmong(name []byte) string {
	if len(name) < 2 {
		return ""
	}
	for _, noun := range ends[pair(name[len(name)-2], name[len(name)-1])] {
		if endsWith(name, noun) {
			return noun
		}
	}
	return ""
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDivider(c byte) bool { return c == '-' || c == '_' || c == '.' }

// endsWith compares without regard to case and to what divides words.
func endsWith(name []byte, noun string) bool {
	at := len(name)
	for i := len(noun) - 1; i >= 0; i-- {
		at--
		for at > 0 && (isDivider(name[at]) || name[at] == ' ' || name[at] == '+') { // as prose and forms write "api key"
			at--
		}
		if at < 0 || name[at]|0x20 != noun[i] {
			return false
		}
	}
	return true
}

// Variable reports whether the name of a variable or of a flag says that its value
// is secret, unless it says that a file holds it. It takes more for such than what
// names say in traffic, where KEY may be anything.
func Variable(name string) bool {
	name = strings.ToUpper(name)
	says := func(word string) bool { return strings.Contains(name, word) }
	return !slices.ContainsFunc([]string{"FILE", "PATH", "DIR"}, says) &&
		slices.ContainsFunc([]string{"KEY", "SECRET", "TOKEN", "PASS", "PWD", "CREDENTIAL", "MNEMONIC", "PRIVATE", "AUTH", "COOKIE", "SIGNATURE", "SEED"}, says)
}

// names looks for values whose names say that they are secret.
func (s *search) names() {
	b := s.text()
	if len(b) <= shortText && signsOf(b) == 0 {
		return
	}
	for _, sign := range [...]byte{'=', ':'} {
		for at := 0; at < len(b); at++ {
			next := bytes.IndexByte(b[at:], sign)
			if next < 0 {
				break
			}
			at += next
			if isOther(b, at) {
				continue
			}
			if bytes.HasPrefix(b[at:], []byte("://")) {
				s.userInfo(at + len("://"))
			} else {
				at = max(at, s.named(at)-1)
			}
		}
	}
	s.segments()
	s.schemes()
}

// named looks at a sign behind which a value may stand, and returns where the
// search goes on: behind the value, or at 0.
func (s *search) named(sign int) int {
	b := s.text()
	end := sign
	for end > 0 && sign-end < 4 && isBlank(b[end-1]) {
		end--
	}
	quoted := false
	if end > 1 && b[end-1] == ']' && isQuote(b[end-2]) {
		end--
	}
	if end > 0 && isQuote(b[end-1]) {
		quoted = true
		if end--; end > 0 && b[end-1] == '\\' {
			end--
		}
	}
	if noun := nounOf(b[:end]); noun != "" {
		return s.value(sign, quoted, noun)
	}
	if b[sign] == '=' {
		return s.part(end, sign+1)
	}
	return 0
}

// mostBlanks bounds what stands between a name and its value.
const mostBlanks = 64

// value notes the value behind a sign. It returns where that ends.
func (s *search) value(sign int, quoted bool, noun string) int {
	b := s.text()
	at := sign + 1
	if at < len(b) && (b[at] == '>' || b[at] == '=') {
		at++
	}
	behind := at
	for at < len(b) && at-behind < mostBlanks && (isBlank(b[at]) || quoted && (b[at] == '\n' || b[at] == '\r')) {
		at++
	}
	if at == len(b) {
		return at
	}
	escaped := b[at] == '\\' && at+1 < len(b) && isQuote(b[at+1])
	switch {
	case escaped:
		end := closingEscaped(b, at+1)
		s.secret(at+2, end, noun)
		return end
	case isQuote(b[at]):
		end := closing(b, at)
		s.secret(at+1, end, noun)
		return end
	case quoted && (b[at] == '[' || b[at] == '{'):
		return s.nested(at, noun)
	case b[sign] == '=' && at == behind:
		end := s.valueEnd(at, noun)
		s.secret(at, end, noun)
		return end
	case quoted && isLiteral(b[at:]):
		return at
	case noun == cookie || noun == authorization:
		end := at
		for end < len(b) && b[end] != '\n' && b[end] != '\r' && !isQuote(b[end]) {
			end++
		}
		if end = trimmedEnd(b, at, end); isKeyish(b[at:end]) {
			s.secret(at, end, noun)
		}
		return end
	}
	// What stands behind a colon may be prose.
	end := s.valueEnd(at, noun)
	if isKeyish(b[at:end]) {
		s.secret(at, end, noun)
	}
	return end
}

// secret notes a value, unless nothing of it is left to hide.
func (s *search) secret(start, end int, noun string) {
	v := s.text()[start:end]
	switch {
	case len(v) == 0, noun == "pwd" && v[0] == '/': // a shell's working directory is no password
	case noun == signature && strings.Trim(string(v), "0") == "":
		s.hit(start, end, kept, noun)
	case !isMark(v):
		s.hit(start, end, named, noun)
		if s.p != nil {
			s.p.learn(v)
		}
	}
}

// maxStrings bounds the values that stand in a list or an object behind one name.
const maxStrings = 1000

// nested notes the strings in a list or an object, the names of its members aside.
func (s *search) nested(at int, noun string) int {
	b := s.text()
	for depth, count := 0, 0; at < len(b) && count < maxStrings; at++ {
		switch b[at] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return at + 1
			}
		case '"':
			end := closing(b, at)
			next := end + 1
			for next < len(b) && (isBlank(b[next]) || b[next] == '\n' || b[next] == '\r') {
				next++
			}
			if next >= len(b) || b[next] != ':' {
				s.secret(at+1, end, noun)
				count++
			}
			at = end
		}
	}
	return at
}

// closing is where the quotation ends that begins at a place: with its quote, or
// with the text.
func closing(b []byte, at int) int {
	quote := b[at]
	for at++; at < len(b); at++ {
		switch b[at] {
		case quote:
			return at
		case '\\':
			at++
		}
	}
	return len(b)
}

// closingEscaped is closing for a quotation whose quotes are escaped, being within
// another.
func closingEscaped(b []byte, at int) int {
	end := bytes.IndexByte(b[at+1:], b[at])
	if end < 0 {
		return len(b)
	}
	for end += at + 1; end > at+1 && b[end-1] == '\\'; {
		end--
	}
	return end
}

// valueEnd is where a value ends that stands in no quotes.
func (s *search) valueEnd(at int, noun string) int {
	b := s.text()
	end := at
	for ; end < len(b); end++ {
		c := b[end]
		if c <= ' ' || isQuote(c) || strings.IndexByte("&<>#|\x7f", c) >= 0 || c == '\\' && escapeLength(b[end:]) > 1 {
			break
		}
		if (c == ';' || c == ',') && endsPair(b[end+1:]) {
			break
		}
	}
	if isMark(b[at:end]) {
		return end
	}
	return trimmedEnd(b, at, end)
}

// endsPair reports whether what follows a semicolon or a comma is a name with its
// value, or nothing of one word with what stood before.
func endsPair(b []byte) bool {
	for _, c := range b {
		switch {
		case c == '=' || c <= ' ':
			return true
		case !isWord(c) && c != '-' && c != '.' && c != '%':
			return false
		}
	}
	return true
}

// trimmedEnd leaves out what closes a sentence or a bracket.
func trimmedEnd(b []byte, at, end int) int {
	if kept := len(bytes.TrimRight(b[at:end], ")]}.,;:!? \t")); kept > 0 {
		return at + kept
	}
	return end
}

// isLiteral reports a value of JSON that is no string.
func isLiteral(b []byte) bool {
	return b[0] == '-' || '0' <= b[0] && b[0] <= '9' ||
		bytes.HasPrefix(b, []byte("true")) || bytes.HasPrefix(b, []byte("false")) || bytes.HasPrefix(b, []byte("null"))
}

// keyish is the length from which a word is more likely a secret than a word.
const keyish = 20

// isKeyish reports what is hardly prose: a long word, one with digits and letters,
// or with capitals behind small letters. Numbers are none.
func isKeyish(v []byte) bool {
	digits, letters, mixed := false, false, false
	for i, c := range v {
		digits = digits || '0' <= c && c <= '9'
		letters = letters || c > '9'
		mixed = mixed || i > 0 && 'A' <= c && c <= 'Z' && 'a' <= v[i-1] && v[i-1] <= 'z'
	}
	return letters && (digits || mixed || len(v) >= keyish && bytes.IndexByte(v, ' ') < 0)
}

// userInfo looks for the password that stands before the host of a URL, whose
// authority begins at a place.
func (s *search) userInfo(at int) {
	b := s.text()
	end := at
	for end < len(b) && b[end] > ' ' && !isQuote(b[end]) && strings.IndexByte("/?#<>", b[end]) < 0 {
		end++
	}
	sign := bytes.LastIndexByte(b[at:end], '@')
	if sign < 0 {
		return
	}
	if colon := bytes.IndexByte(b[at:at+sign], ':'); colon >= 0 {
		s.secret(at+colon+1, at+sign, "userinfo")
	} else if isKeyish(b[at : at+sign]) {
		s.secret(at, at+sign, "userinfo")
	}
}

// segments looks for the listen key in a path: behind /userDataStream/.
func (s *search) segments() {
	const stream = "userDataStream/"
	b := s.text()
	for at := 0; ; {
		next := bytes.Index(b[at:], []byte("/user"))
		if next < 0 {
			return
		}
		at += next + 1
		if len(b)-at < len(stream) || !bytes.EqualFold(b[at:at+len(stream)], []byte(stream)) {
			continue
		}
		at += len(stream)
		end := at
		for end < len(b) && b[end] > ' ' && !isQuote(b[end]) && strings.IndexByte("/?#&<>", b[end]) < 0 {
			end++
		}
		if isKeyish(b[at:end]) {
			s.secret(at, end, "listenkey")
		}
	}
}

// schemes looks for credentials behind the name of their scheme.
func (s *search) schemes() {
	b := s.text()
	for _, scheme := range [...]string{"Bearer ", "Basic "} {
		for at := 0; ; {
			next := bytes.Index(b[at:], []byte(scheme))
			if next < 0 {
				break
			}
			at += next + len(scheme)
			if end := s.valueEnd(at, ""); isKeyish(b[at:end]) {
				s.secret(at, end, authorization)
			}
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }
