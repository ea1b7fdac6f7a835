package general

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// risesInTime reports whether each row of the list has a later time than the row
// before it, where the list's key is another. It is asked of lists only whose
// keys do not ascend, and reads the body anew.
func risesInTime(venue *traffic.Dialect, body []byte, spec *edition.Order) bool {
	if isTimeName(venue, spec.Key) || strings.HasPrefix(spec.Key, "[") {
		return false
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // a byte order mark is no fault of the list
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if !enterList(d, strings.TrimPrefix(strings.TrimPrefix(spec.Array, "$"), ".")) {
		return false
	}
	last, rows := int64(0), 0
	for ; d.PeekKind() == '{'; rows++ {
		at, ok := timeOfRow(venue, d)
		if !ok || at <= last {
			return false
		}
		last = at
	}
	return d.PeekKind() == ']' && rows > 1
}

// enterList reads on to the first element of the array that stands in the named
// member of the root, or is the root where there is no name.
func enterList(d *jsontext.Decoder, member string) bool {
	if member != "" {
		if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
			return false
		}
		for {
			name, err := d.ReadToken()
			if name.String() == member {
				break
			}
			if err != nil || d.SkipValue() != nil { // nothing stands behind the last
				return false
			}
		}
	}
	t, err := d.ReadToken()
	return err == nil && t.Kind() == '['
}

// timeOfRow reads a row and returns when what it tells of happened.
func timeOfRow(venue *traffic.Dialect, d *jsontext.Decoder) (at int64, ok bool) {
	if _, err := d.ReadToken(); err != nil {
		return 0, false
	}
	for {
		name, err := d.ReadToken()
		if err != nil {
			return 0, false
		}
		if name.Kind() == '}' {
			return at, ok
		}
		isTime := isTimeName(venue, name.String())
		raw, err := d.ReadValue()
		if err != nil {
			return 0, false
		}
		if isTime && !ok && raw.Kind() == '0' {
			at, ok = traffic.Value{Kind: traffic.KindNumber, Raw: raw}.Int()
		}
	}
}

// isTimeName reports the names of a row's time in the lists of trades, of
// aggregate trades and of orders.
func isTimeName(venue *traffic.Dialect, name string) bool {
	return name != "" && slices.Contains(venue.Members.Times[:], name)
}
