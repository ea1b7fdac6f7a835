package wiremock

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// stubMember reads one member of a stub.
func (rd *reader) stubMember(name []byte) error {
	switch string(name) {
	case "request":
		rd.entry.hasRequest = true
		return rd.stubRequest()
	case "response":
		return rd.readResponse()
	}
	return nil
}

// stubRequest reads what a stub matches.
func (rd *reader) stubRequest() error {
	r, e := &rd.B.X.Request, &rd.entry
	return rd.Object("a request", func(name []byte) (err error) {
		switch string(name) {
		case "method":
			r.Method, err = rd.String("a method")
		case "url":
			if rd.Kind() == '"' {
				e.target, err = rd.String("a URL")
			}
		case "urlPath":
			if rd.Kind() == '"' {
				e.path, err = rd.String("a path")
			}
		case "queryParameters":
			err = rd.matchers("query parameters", func(name, value string) error {
				e.query = append(e.query, url.QueryEscape(name)+"="+url.QueryEscape(value))
				return rd.tooMany(len(e.query))
			})
		case "headers":
			err = rd.matchers("header fields", func(name, value string) error {
				if name == "" {
					return nil
				}
				r.Header = append(r.Header, traffic.Field{Name: name, Value: value})
				return rd.tooMany(len(r.Header))
			})
		case "bodyPatterns":
			err = rd.bodyPatterns()
		case "formParameters", "multipartPatterns":
			e.unknownBody = e.unknownBody || rd.Kind() == '{' || rd.Kind() == '['
		}
		return err
	})
}

// matchers walks an object of names to matchers, and calls each for every value
// that one says exactly: {"equalTo": value}, or {"hasExactly": [...]} of those,
// as the recorder writes parameters since WireMock 3.
func (rd *reader) matchers(what string, each func(name, value string) error) error {
	if rd.Kind() == 'n' {
		return nil
	}
	return rd.Object(what, func(key []byte) error {
		name := rd.B.String(key)
		if rd.Kind() != '{' {
			return nil
		}
		return rd.Object("a matcher", func(operator []byte) error {
			switch string(operator) {
			case "equalTo":
				return rd.equalTo(name, each)
			case "hasExactly":
				return rd.Array("a list of matchers", func() error {
					return rd.Object("a matcher", func(operator []byte) error {
						if string(operator) != "equalTo" {
							return nil
						}
						return rd.equalTo(name, each)
					})
				})
			}
			return nil
		})
	})
}

func (rd *reader) equalTo(name string, each func(name, value string) error) error {
	value, err := rd.Scalar(nil, "a value")
	if err != nil {
		return err
	}
	return each(name, string(value))
}

// bodyPatterns reads the body of a request where one pattern gives it whole.
func (rd *reader) bodyPatterns() error {
	if rd.Kind() == 'n' {
		return nil
	}
	e := &rd.entry
	return rd.Array("a list of patterns", func() error {
		if e.hasBody {
			e.unknownBody = true
		}
		return rd.Object("a pattern", func(operator []byte) (err error) {
			switch string(operator) {
			case "equalTo":
				e.hasBody = true
				rd.request, err = rd.Scalar(rd.request[:0], "a body")
			case "equalToJson":
				e.hasBody = true
				if rd.Kind() == '"' {
					rd.request, _, err = rd.Text(rd.request[:0], "a body")
				} else {
					rd.request, err = rd.Raw(rd.request[:0])
				}
			case "binaryEqualTo":
				e.hasBody = true
				rd.request, err = rd.base64(rd.request)
			case "caseInsensitive", "ignoreArrayOrder", "ignoreExtraElements":
			default:
				e.unknownBody = true
			}
			return err
		})
	})
}

// served is the status that WireMock answers with where a stub names none.
const served = 200

// stub completes the exchange that a stub stands for.
func (rd *reader) stub() (bool, error) {
	x, e := &rd.B.X, &rd.entry
	switch method := x.Request.Method; {
	case !e.hasResponse:
		return false, rd.Missing(rd.B.X.At.Line, `"response"`)
	case e.target == "" && e.path == "" || method == "" || strings.EqualFold(method, "ANY") || e.proxied:
		return false, nil // it answers many
	}
	x.Request.URL = e.target
	if e.target == "" {
		x.Request.URL = e.path
		if len(e.query) > 0 {
			x.Request.URL += "?" + strings.Join(e.query, "&")
		}
		x.Gaps |= traffic.GapFiltered // of the query only what decides is given
	}
	x.Gaps |= traffic.GapRequestHeader | traffic.GapOrder
	switch method := strings.ToUpper(x.Request.Method); {
	case e.unknownBody:
		x.Gaps |= traffic.GapRequestBody
	case e.hasBody:
		x.Request.Body = rd.request
	case method != "GET" && method != "HEAD":
		x.Gaps |= traffic.GapRequestBody // not one that decides
	}
	e.status = cmp.Or(e.status, served)
	rd.answer()
	return true, nil
}
