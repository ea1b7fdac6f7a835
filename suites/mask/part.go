package mask

import "bytes"

// maxPartHeader bounds, in bytes, how much of the header of a part of a form is looked
// at, on either side of its field's name: that name, a file's, and a media type.
const maxPartHeader = 1024

// part notes the value of a part of a form (RFC 7578) whose field's name is a secret's:
// what stands behind the empty line, to the boundary. The parameter's name ends at one
// place, and what stands for it begins at another. It returns where the value ends, or
// 0 if there is none. Nearly all texts end with the first question, for it is asked of
// every equals sign.
func (s *search) part(end, at int) int {
	b := s.text()
	if !isNameParameter(b[:end]) {
		return 0
	}
	noun := nounOf(parameterValue(b[at:]))
	if noun == "" {
		return 0
	}
	header, delimiter := partHeader(b[:end])
	start := behindEmptyLine(b, at)
	if start < 0 || !hasFold(header, "form-data") {
		return 0
	}
	for start < len(b) && (b[start] == '\n' || b[start] == '\r') {
		start++
	}
	if isDelimiter(b[start:], delimiter) {
		return 0
	}
	next := bytes.Index(b[start:], append([]byte("\n"), delimiter...))
	if next < 0 {
		next = len(b) - start
	}
	end = start + len(bytes.TrimRight(b[start:start+next], "\r\n"))
	s.secret(start, end, noun)
	return end
}

// isNameParameter reports a text that ends with a parameter's name, which is name.
func isNameParameter(b []byte) bool {
	at := len(b) - len("name")
	return at > 0 && bytes.EqualFold(b[at:], []byte("name")) && (isBlank(b[at-1]) || b[at-1] == ';')
}

// parameterValue is what stands behind the equals sign, without quotes.
func parameterValue(b []byte) []byte {
	b = b[:min(len(b), maxPartHeader)]
	if end := bytes.IndexAny(b, ";\r\n"); end >= 0 {
		b = b[:end]
	}
	return bytes.Trim(b, "\"' \t")
}

// partHeader is the field at the end of a text, its folded lines with it, and the line
// of dashes that parts are divided by; that is "--" where no line of the header is one.
func partHeader(b []byte) (field, delimiter []byte) {
	b = b[max(0, len(b)-maxPartHeader):]
	field, delimiter = b, []byte("--")
	folded := true
	for end := len(b); end >= 0; {
		start := bytes.LastIndexByte(b[:end], '\n') + 1
		line := bytes.TrimRight(b[start:end], "\r")
		switch {
		case len(line) == 0 && end < len(b):
			return field, delimiter // an empty line: no header of the part before it
		case bytes.HasPrefix(line, delimiter):
			return field, line
		case folded:
			field, folded = b[start:], len(line) > 0 && isBlank(line[0])
		}
		end = start - 1
	}
	return field, delimiter
}

// behindEmptyLine is where the body begins of a part in whose header a place is, or -1.
func behindEmptyLine(b []byte, at int) int {
	for limit := min(len(b), at+maxPartHeader); at < limit; {
		next := bytes.IndexByte(b[at:limit], '\n')
		if next < 0 {
			return -1
		}
		for at += next + 1; at < len(b) && b[at] == '\r'; {
			at++
		}
		if at < len(b) && b[at] == '\n' {
			return at + 1
		}
	}
	return -1
}

// isDelimiter reports what begins with the line between parts. Where that line is not
// known any dashes may be it, but those of a key in PEM.
func isDelimiter(b, delimiter []byte) bool {
	return bytes.HasPrefix(b, delimiter) && (len(delimiter) > len("--") || !bytes.HasPrefix(b, []byte("-----BEGIN")))
}

// hasFold reports a word with a dash in it, in either case of its letters.
func hasFold(b []byte, word string) bool {
	before := bytes.IndexByte([]byte(word), '-')
	for at := 0; ; at++ {
		next := bytes.IndexByte(b[at:], '-')
		if next < 0 {
			return false
		}
		at += next
		if from := at - before; from >= 0 && len(b)-from >= len(word) && bytes.EqualFold(b[from:from+len(word)], []byte(word)) {
			return true
		}
	}
}
