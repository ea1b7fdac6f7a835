package general

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// listsLimits picks the endpoints whose replies list the rate limits.
func listsLimits(ep *edition.Endpoint) bool { return ep.RateLimits }

// maxRateLimits bounds, in bytes, the rateLimits array that is read as a whole:
// the venue's has under 500.
const maxRateLimits = 64 << 10

// rateLimitsOf returns the rateLimits array of a reply that answers with data,
// nil where there is none to judge. Missing says that the reply should have one.
func rateLimitsOf(f *traffic.Facts) (array []byte, missing bool) {
	if f.Body.Kind != traffic.KindObject || !rule.HasData(f) {
		return nil, false
	}
	v := f.Body.Capture(traffic.CaptureRateLimits)
	if v.Kind != traffic.KindArray {
		// Without a status, it may be an error of another form.
		return nil, !f.Unlabelled() || hasMember(f.Response.Body, "symbols", "timezone", "exchangeFilters")
	}
	return v.Raw, false
}

// hasMember reports whether a JSON object has a member of one of the names.
func hasMember(object []byte, names ...string) bool {
	d := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadToken(); err != nil {
		return false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return false
		}
		if slices.Contains(names, name.String()) {
			return true
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}

// rowsOf reads a rateLimits array. Its numbers stay text: one beyond float64 must
// not hide the rest.
func rowsOf(array []byte) (rows []any) {
	d := json.NewDecoder(bytes.NewReader(array))
	d.UseNumber()
	if d.Decode(&rows) != nil {
		return nil
	}
	return rows
}

// isShortened reports a list of which somebody put "..." in the place of rows.
func isShortened(array []byte) bool {
	return slices.ContainsFunc(rowsOf(array), func(row any) bool {
		s, _ := row.(string)
		return traffic.IsPlaceholder(s)
	})
}

// limitTypesIn returns the rateLimitType of each element of a rateLimits array,
// "" for an element without one. The array is known to be JSON.
func limitTypesIn(array []byte) []string {
	rows := rowsOf(array)
	types := make([]string, 0, len(rows))
	for _, row := range rows {
		if s, _ := row.(string); traffic.IsPlaceholder(s) {
			continue // "...", where somebody shortened the list
		}
		object, _ := row.(map[string]any)
		name, _ := object["rateLimitType"].(string)
		types = append(types, name)
	}
	return types
}
