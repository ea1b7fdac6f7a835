package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
)

// errorCode is a code as it stands in errorcodes.json.
type errorCode struct {
	Code     int64    `json:"code"`
	Name     string   `json:"name"`
	Messages []string `json:"messages"`
	Engine   bool     `json:"engine"`
	Filters  bool     `json:"filters"`
}

// errorCodesSource writes the table of codes, the search in it and the messages
// that codes share.
func errorCodesSource(data []byte, name string) (string, error) {
	var all struct {
		Codes   []errorCode `json:"codes"`
		SAPI    []errorCode `json:"sapi_codes"`
		Engine  []string    `json:"engine_messages"`
		Filters []string    `json:"filter_failures"`
	}
	if err := json.Unmarshal(data, &all, json.RejectUnknownMembers(true)); err != nil {
		return "", err
	}
	if len(all.Codes) == 0 || len(all.Engine) == 0 || len(all.Filters) == 0 {
		return "", errors.New("expected codes, engine_messages and filter_failures, found one of them empty")
	}
	seen := map[int64]bool{}
	var elements, cases []string
	for i, c := range append(all.Codes, all.SAPI...) {
		if seen[c.Code] {
			return "", fmt.Errorf("code %d stands twice", c.Code)
		}
		seen[c.Code] = true
		elements = append(elements, c.literal())
		cases = append(cases, fmt.Sprintf("case %d:\nreturn %d\n", c.Code, i))
	}
	return "var errorCodes" + name + " = " + list("[...]ErrorCode", elements) + "\n\n" +
		"// errorCodeIndex" + name + " returns a code's place in the table, or -1.\n" +
		"func errorCodeIndex" + name + "(code int64) int {\nswitch code {\n" + strings.Join(cases, "") + "}\nreturn -1\n}\n\n" +
		"var engineMessages" + name + " = " + list("[...]string", quoted(all.Engine)) + "\n\n" +
		"var filterFailures" + name + " = " + list("[...]string", quoted(all.Filters)) + "\n", nil
}

func (c errorCode) literal() string {
	return literal(
		field{"Code", number(c.Code)}, field{"Name", text(c.Name)},
		field{"Messages", list("[]string", quoted(c.Messages))},
		field{"Engine", truth(c.Engine)}, field{"Filters", truth(c.Filters)},
	)
}

func quoted(all []string) []string {
	var elements []string
	for _, s := range all {
		elements = append(elements, fmt.Sprintf("%q", s))
	}
	return elements
}
