package general

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

var (
	memberInPath = regexp.MustCompile(`[./]\w+`)
	memberName   = regexp.MustCompile(`(\\?")((?:\w|\\u00..)+)(\\?"\s*:)`)
	paramName    = regexp.MustCompile(`(^|[?&])([\w%]+)=`)
	escape       = regexp.MustCompile(`(\\u00|%)([0-9a-f]{2})`)
	codeNumber   = regexp.MustCompile(`((?:(?:\bc|\\u0063)ode\\?"\s*:\s*"?|\bcode=))(-\d+)\b`)
	instant      = regexp.MustCompile(`\b(?:1[4-9]\d{11}|1[4-9]\d{14}|4102444799999|1\.[4-9]\d{11}E12)\b`)
	venueHost    = regexp.MustCompile(`(?i)\bapi([\w-]*)\.binance\.com\b`)
)

// toyText translates a case, line by line, so that a finding keeps its line. It is
// not ok where the case calls an endpoint that has no counterpart.
func toyText(text string) (translated string, ok bool) {
	lines := strings.Split(text, "\n")
	request := false
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "# "):
		case line == ">" || strings.HasPrefix(line, "> "):
			request = true
			if lines[i+1], ok = toyRequestLine(lines[i+1]); !ok {
				return "", false
			}
		case line == "<" || strings.HasPrefix(line, "< "):
			request = false
		case i > 0 && strings.HasPrefix(lines[i-1], ">"): // translated with that
		case strings.HasPrefix(line, "! "):
			lines[i] = toyWant(line)
		case strings.HasPrefix(line, "= "):
			lines[i] = toyNumbers(line)
		default:
			lines[i] = toyMessageLine(line, request)
		}
	}
	return toyLengths(lines, strings.Split(text, "\n")), true
}

// toyLengths has each Content-Length differ from the length of its body as it did in
// the document's words.
func toyLengths(lines, before []string) string {
	for i, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		n, err := strconv.Atoi(value)
		if err != nil || !strings.EqualFold(name, "Content-Length") {
			continue
		}
		for j := i + 1; j < len(lines) && (lines[j] == "" || !strings.Contains("><!=#@", lines[j][:1])); j++ {
			if !strings.Contains(lines[j], ": ") || strings.ContainsAny(lines[j][:1], "{[") {
				n += len(lines[j]) - len(before[j])
			}
		}
		lines[i] = name + ": " + strconv.Itoa(n)
	}
	return strings.Join(lines, "\n")
}

// toyRequestLine translates method, target and version.
func toyRequestLine(line string) (string, bool) {
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	where, query, asked := strings.Cut(target, "?")
	origin, path := "", where
	if scheme, behind, has := strings.Cut(where, "://"); has {
		host, below, slash := strings.Cut(behind, "/")
		origin, path = scheme+"://"+toyHost(host), below
		if slash {
			path = "/" + below
		}
	}
	other, has := toyPaths[path]
	if !has && edition.Default().Catalogue.Lookup(method, path) != nil {
		return "", false
	}
	if !has {
		other = toyUnknownPath(path)
	}
	if asked {
		other += "?" + toyForm(query)
	}
	return method + " " + origin + other + " " + version, true
}

func toyHost(host string) string {
	host = venueHost.ReplaceAllString(host, "trade$1.toy.example")
	return strings.ReplaceAll(strings.ReplaceAll(host, "binance.com", "toy.example"), "binance.us", "toy.test")
}

// toyUnknownPath translates a path that the catalogue does not know, which is none of
// the toy's either.
func toyUnknownPath(path string) string {
	for from, to := range toyFamilies {
		if rest, has := strings.CutPrefix(path, from+"/"); has {
			segments := strings.Split(rest, "/")
			for i, s := range segments {
				segments[i] = orItself(toySegments, s)
			}
			return to + "/" + strings.Join(segments, "/")
		}
	}
	return path
}

func toyForm(form string) string {
	return toyNumbers(paramName.ReplaceAllStringFunc(form, func(s string) string {
		m := paramName.FindStringSubmatch(s)
		return m[1] + toyName(m[2], toyParam) + "="
	}))
}

// toyMessageLine translates a line of a header or a body.
func toyMessageLine(line string, request bool) string {
	if name, value, is := strings.Cut(line, ": "); is && !strings.ContainsAny(name, ` "{[<`) {
		if strings.EqualFold(name, "X-MBX-TIME-UNIT") {
			value = strings.NewReplacer("MICROSECOND", "MILLISECOND", "microsecond", "millisecond", "MILLISECOND", "MICROSECOND", "millisecond", "microsecond").Replace(value)
		}
		if strings.EqualFold(name, "Host") {
			value = toyHost(value)
		}
		return toyField(name) + ": " + value
	}
	if request && !strings.ContainsAny(line, "{[") {
		return toyForm(line)
	}
	line = toyPhrase(toyNumbers(line))
	return memberName.ReplaceAllStringFunc(line, func(s string) string {
		m := memberName.FindStringSubmatch(s)
		word := toyMember
		if request {
			word = toyParam
		}
		return m[1] + toyName(m[2], word) + m[3]
	})
}

// toyName translates a name. One with a letter that is written as its code is
// translated to another with such a letter.
func toyName(name string, word func(string) string) string {
	m := escape.FindStringSubmatch(name)
	if m == nil {
		return word(name)
	}
	letter, _ := strconv.ParseUint(m[2], 16, 8)
	other := word(strings.Replace(name, m[0], string(rune(letter)), 1))
	return fmt.Sprintf("%s%02x%s", m[1], other[0], other[1:])
}

func toyField(name string) string {
	for _, f := range toyFields {
		if len(name) >= len(f[0]) && strings.EqualFold(name[:len(f[0])], f[0]) {
			if name == strings.ToLower(name) {
				return strings.ToLower(f[1]) + name[len(f[0]):]
			}
			return f[1] + name[len(f[0]):]
		}
	}
	return name
}

// toyWant translates "! RULE POINTER".
func toyWant(line string) string {
	rule, pointer, has := strings.Cut(line[2:], " ")
	if !has {
		return line
	}
	if field, is := strings.CutPrefix(pointer, "/header/"); is {
		return "! " + rule + " /header/" + toyField(field)
	}
	for _, place := range [...]string{"/query/", "/body/"} {
		if name, is := strings.CutPrefix(pointer, place); is {
			return "! " + rule + " " + place + toyParam(name)
		}
	}
	return "! " + rule + " " + toyPath(pointer)
}

// toyNumbers translates codes and instants: milliseconds change places with
// microseconds, each the right unit of one edition and a wrong one of the other.
func toyNumbers(line string) string {
	line = codeNumber.ReplaceAllStringFunc(line, func(s string) string {
		m := codeNumber.FindStringSubmatch(s)
		n, _ := strconv.ParseInt(m[2], 10, 64)
		return m[1] + strconv.FormatInt(toyCode(n), 10)
	})
	return instant.ReplaceAllStringFunc(line, func(s string) string {
		switch {
		case strings.HasSuffix(s, "E12"):
			return s[:len(s)-2] + "15"
		case len(s) == 16:
			return s[:13]
		}
		return s + "000"
	})
}
