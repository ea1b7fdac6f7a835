package general

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "rate-limit-shape",
	Clauses: []string{"L02"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Each object of rateLimits has an interval of the enumeration and a positive integer for intervalNum and limit.",
		Why:     "A client reads \"limit times in intervalNum intervals\" out of it; a string or an unknown interval breaks the arithmetic of its pace, and it stops, or does not stop at all.",
		Mend:    "Send interval as SECOND, MINUTE, HOUR or DAY, and intervalNum and limit as JSON integers above zero.",
		Reading: "HOUR is in later enumerations and taken here too. intervalNum came on 2018-11-13 and is not missed in recordings made before, nor in those whose date is not known. The type's name is judged by rate-limit-types. A number whose value is an integer is one, however it is written: 1200.0.",
		Good:    `{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":1,"limit":10}`,
		Bad:     `{"rateLimitType":"ORDERS","interval":"S","intervalNum":1,"limit":"10"}`,
	},
	On:    rule.OnWeighed | rule.OnSuccess | rule.OnToldError,
	Only:  listsLimits,
	Check: checkLimitShape,
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `"limit":10}`, `"limit":"10"}`)
	},
})

func checkLimitShape(c *rule.Trial, f *traffic.Facts) {
	array, _ := rateLimitsOf(f)
	switch {
	case array == nil:
		return
	case len(array) > maxRateLimits:
		c.Inconclusive("the rateLimits array is too long to be judged")
		return
	}
	faults, err := limitFaults(array)
	if err != nil {
		faults = faultsByRow(array)
	}
	if err != nil && len(faults) == 0 {
		c.Inconclusive("the rateLimits array could not be held against its schema")
		return
	}
	if era, known := c.Edition.LimitTypesAt(f.Era); known && era.IntervalNum {
		faults = append(faults, missingIntervalNum(array)...)
	}
	if len(faults) == 0 {
		c.Pass()
		return
	}
	first := slices.MinFunc(faults, func(a, b limitFault) int { return cmp.Compare(a.pointer, b.pointer) })
	c.Fail(rule.Report{
		Message:  "An object of rateLimits has another shape than documented: " + first.text + ".",
		Expected: "interval SECOND, MINUTE, HOUR or DAY; intervalNum and limit positive integers",
		Seen:     shown(c, first.seen),
		Pointer:  c.Edition.Dialect.Pointer(traffic.CaptureRateLimits) + first.pointer,
	})
}

// limitFault is one departure from the shape of a rateLimits array.
type limitFault struct{ pointer, text, seen string }

// limitSchema is compiled once; that it compiles is a test of the schemas.
var limitSchema = sync.OnceValues(func() (*gojsonschema.Schema, error) {
	data, err := schemas.Schema(schemas.RateLimits)
	if err != nil {
		return nil, err
	}
	return gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
})

// limitFaults holds a rateLimits array against the schema, the types' names
// left out. The faults come in no order.
func limitFaults(array []byte) ([]limitFault, error) {
	schema, err := limitSchema()
	if err != nil {
		return nil, err
	}
	result, err := validate(schema, array)
	if err != nil {
		return nil, err
	}
	var faults []limitFault
	for _, e := range result.Errors() {
		pointer := strings.TrimPrefix(e.Context().String("/"), "(root)")
		if _, required := e.(*gojsonschema.RequiredError); required {
			pointer = fmt.Sprintf("%s/%v", pointer, e.Details()["property"])
		}
		if s, _ := e.Value().(string); traffic.IsPlaceholder(s) {
			continue // "..." where the list was shortened, or a word for what was taken out
		}
		if !strings.HasSuffix(pointer, "/rateLimitType") {
			faults = append(faults, limitFault{pointer, e.Description(), fmt.Sprint(e.Value())})
		}
	}
	return faults, nil
}

// faultsByRow holds each object of a rateLimits array against the schema by itself,
// where one that can't be read would hide what is wrong with the others.
func faultsByRow(array []byte) (all []limitFault) {
	var rows []json.RawMessage
	if json.Unmarshal(array, &rows) != nil {
		return nil
	}
	for i, row := range rows {
		faults, err := limitFaults(slices.Concat([]byte("["), row, []byte("]")))
		if err != nil {
			continue
		}
		for _, f := range faults {
			f.pointer = fmt.Sprintf("/%d%s", i, strings.TrimPrefix(f.pointer, "/0"))
			all = append(all, f)
		}
	}
	return all
}

// missingIntervalNum finds the objects without intervalNum, which the schema
// lets pass because old recordings have none.
func missingIntervalNum(array []byte) []limitFault {
	var faults []limitFault
	for i, row := range rowsOf(array) {
		object, ok := row.(map[string]any)
		if _, has := object["intervalNum"]; ok && !has {
			faults = append(faults, limitFault{fmt.Sprintf("/%d/intervalNum", i), "intervalNum is required", "none"})
		}
	}
	return faults
}
