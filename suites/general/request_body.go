package general

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// holding is what a request body holds, as far as parameters go. The body's own
// bytes decide, not the content type that it claims.
type holding uint8

const (
	holdsNothing   holding = iota // no bytes, or the empty value that frameworks send
	holdsForm                     // name=value pairs
	holdsJSON                     // an object or an array with something in it
	holdsMultipart                // parts between boundaries (RFC 7578)
	holdsOther                    // what a recorder or a client made of it does not show
)

// heldBy tells what the request's body holds. It does not allocate.
func heldBy(f *traffic.Facts) holding {
	if len(f.Request.Body) == 0 { // as of nearly all requests
		return holdsNothing
	}
	body := bytes.Trim(f.Request.Body, " \t\r\n")
	if len(body) == 0 {
		return holdsNothing
	}
	switch body[0] {
	case '{', '[':
		if !json.Valid(body) {
			return holdsOther
		}
		if len(bytes.Trim(body[1:], " \t\r\n")) == 1 { // {} and [], as frameworks send them
			return holdsNothing
		}
		return holdsJSON
	case '-':
		if bytes.HasPrefix(body, []byte("--")) && bytes.Contains(body, []byte("Content-Disposition")) {
			return holdsMultipart
		}
	}
	switch {
	case f.BodyIsForm:
		return holdsForm
	case bytes.Equal(body, []byte("null")), bytes.Equal(body, []byte(`""`)):
		return holdsNothing
	}
	return holdsOther
}

// firstMember returns the name of a JSON object's first member, "" for an
// array.
func firstMember(body []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if open, err := d.ReadToken(); err != nil || open.Kind() != '{' {
		return ""
	}
	name, err := d.ReadToken()
	if err != nil || name.Kind() != '"' {
		return ""
	}
	return name.String()
}

// mediaType returns a Content-Type's type without its parameters (RFC 9110
// section 8.3.1); compare without regard to case.
func mediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.Trim(t, " \t")
}

// maxShown bounds, in bytes, what a finding repeats of a value from the
// traffic: a line of a terminal.
const maxShown = 80

// shown shortens a value from the traffic for a finding. It masks before it
// cuts: half a secret is not recognised as one.
func shown(c *rule.Trial, s string) string {
	text, more := c.Excerpt(s, maxShown)
	if more {
		text += "…"
	}
	return text
}
