package postman

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// request is a request of the request builder, in memory of its own.
type request struct {
	traffic.Request
	gaps traffic.Gap
}

// readRequest reads a request: an object, or its URL alone.
func (rd *reader) readRequest(to *request) error {
	to.Method = "GET" // Postman's own, where none is named
	if rd.Kind() == '"' {
		u, err := rd.text("a URL")
		to.URL = absolute(u)
		return err
	}
	return rd.Object("a request", func(name []byte) (err error) {
		switch string(name) {
		case "method":
			var m string
			if m, err = rd.text("a method"); m != "" {
				to.Method = m
			}
		case "url":
			to.URL, err = rd.url()
		case "header":
			err = rd.fields(&to.Header)
		case "body":
			if rd.Kind() != 'n' {
				err = rd.requestBody(to)
			}
		}
		return err
	})
}

func (rd *reader) text(what string) (string, error) {
	p, _, err := rd.Text(nil, what)
	return string(p), err
}

// url reads a URL: a string, or an object whose "raw" is the whole of it, with
// the values of its path's variables (/book/:id) beside.
func (rd *reader) url() (string, error) {
	if k := rd.Kind(); k == '"' || k == 'n' {
		u, err := rd.text("a URL")
		return absolute(u), err
	}
	var raw string
	var parts urlParts
	err := rd.Object("a URL", func(name []byte) (err error) {
		switch string(name) {
		case "raw":
			raw, err = rd.text("a URL")
		case "protocol":
			parts.protocol, err = rd.text("a protocol")
		case "host":
			parts.host, err = rd.joined(".")
		case "port":
			parts.port, err = rd.text("a port")
		case "path":
			parts.path, err = rd.joined("/")
		case "query":
			err = rd.pairs("query parameters", func(name, value string) error {
				parts.query = append(parts.query, name+"="+value)
				return nil
			})
		case "variable":
			err = rd.pairs("variables of the path", func(name, value string) error {
				if name != "" && value != "" {
					parts.variables = append(parts.variables, "/:"+name+"/", "/"+value+"/")
				}
				return nil
			})
		}
		return err
	})
	return parts.filled(absolute(cmp.Or(raw, parts.assembled()))), err
}

type urlParts struct {
	protocol, host, port, path string
	query                      []string
	variables                  []string // pairs of old and new
}

func (p *urlParts) assembled() string {
	if p.host == "" {
		return ""
	}
	var u strings.Builder
	if p.protocol != "" {
		u.WriteString(p.protocol + "://")
	}
	u.WriteString(p.host)
	if p.port != "" {
		u.WriteString(":" + p.port)
	}
	u.WriteString("/" + strings.TrimPrefix(p.path, "/"))
	if len(p.query) > 0 {
		u.WriteString("?" + strings.Join(p.query, "&"))
	}
	return u.String()
}

// filled puts the path's variables in.
func (p *urlParts) filled(u string) string {
	if len(p.variables) == 0 {
		return u
	}
	path, query, has := strings.Cut(u, "?")
	path = strings.NewReplacer(p.variables...).Replace(path + "/")
	path = path[:len(path)-1]
	if has {
		path += "?" + query
	}
	return path
}

// absolute completes a URL as Postman does, which takes http for granted. A
// variable that holds scheme and host, {{base}}/api/v3/ping, becomes a host that
// is a placeholder.
func absolute(u string) string {
	u = strings.TrimSpace(u)
	if u == "" || strings.Contains(strings.SplitN(u, "?", 2)[0], "://") {
		return u
	}
	return "http://" + u
}

// joined reads a string, or a list of strings or of path segments with a value,
// and joins it.
func (rd *reader) joined(with string) (string, error) {
	if rd.Kind() != '[' {
		return rd.text("a part of a URL")
	}
	var all []string
	err := rd.Array("parts of a URL", func() error {
		if rd.Kind() != '{' {
			s, err := rd.text("a part of a URL")
			all = append(all, s)
			return err
		}
		return rd.Object("a part of a URL", func(name []byte) error {
			if string(name) != "value" {
				return nil
			}
			s, err := rd.text("a part of a URL")
			all = append(all, s)
			return err
		})
	})
	return strings.Join(all, with), err
}

// fields reads header fields: a list of them, or their text.
func (rd *reader) fields(h *traffic.Header) error {
	add := func(name, value string) error {
		switch {
		case int64(len(*h)) >= rd.Limits().HeaderFields:
			return &format.Error{File: rd.File(), Line: rd.Line(), Expected: fmt.Sprintf("at most %d header fields", rd.Limits().HeaderFields), Found: "more"}
		case name != "": // an empty row of the form
			*h = append(*h, traffic.Field{Name: name, Value: value})
		}
		return nil
	}
	if rd.Kind() != '"' {
		return rd.pairs("header fields", add)
	}
	text, err := rd.text("header fields")
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(text, "\n") {
		if err := add(fieldOf(line)); err != nil {
			return err
		}
	}
	return nil
}

func fieldOf(line string) (name, value string) {
	name, value, _ = strings.Cut(line, ":")
	return strings.TrimSpace(name), strings.TrimSpace(value)
}

// pairs walks a list of objects with "key" and "value", leaving out those that
// are switched off, and of lines of text.
func (rd *reader) pairs(what string, each func(name, value string) error) error {
	if rd.Kind() == 'n' {
		return nil
	}
	return rd.Array(what, func() error {
		switch rd.Kind() {
		case 'n':
			return nil
		case '"':
			line, err := rd.text(what)
			if err != nil {
				return err
			}
			return each(fieldOf(line))
		}
		var name, value []byte
		disabled := false
		err := rd.Object(what, func(key []byte) (err error) {
			switch string(key) {
			case "key":
				name, err = rd.Scalar(nil, "a name")
			case "value":
				value, err = rd.Scalar(nil, "a value")
			case "disabled":
				disabled, err = rd.Bool("true or false")
			}
			return err
		})
		if err != nil || disabled {
			return err
		}
		return each(string(name), string(value))
	})
}

// requestBody reads the body of a request, which may hold a text for each mode
// that was tried; the mode says which was sent.
func (rd *reader) requestBody(to *request) error {
	var mode, raw string
	var form []string
	disabled := false
	err := rd.Object("a body", func(name []byte) (err error) {
		switch string(name) {
		case "mode":
			mode, err = rd.text("a mode")
		case "raw":
			raw, err = rd.text("a body")
		case "urlencoded":
			if rd.Kind() == '"' {
				var s string
				s, err = rd.text("a form")
				form = append(form, s)
				return err
			}
			err = rd.pairs("parameters", func(name, value string) error {
				form = append(form, url.QueryEscape(name)+"="+url.QueryEscape(value))
				return nil
			})
		case "disabled":
			disabled, err = rd.Bool("true or false")
		}
		return err
	})
	switch {
	case disabled || mode == "":
	case mode == "raw" && !isVariable(raw):
		to.Body = []byte(raw)
	case mode == "urlencoded":
		to.Body = []byte(strings.Join(form, "&"))
	default: // a file, a multipart form, a variable that holds it all
		to.gaps |= traffic.GapRequestBody
	}
	return err
}

// isVariable reports a text that is one variable and nothing else.
func isVariable(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{{") && strings.Index(text, "}}") == len(text)-2
}
