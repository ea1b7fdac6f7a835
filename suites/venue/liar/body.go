package liar

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// bodyLiars send another body than JSON, or rows in another order.
var bodyLiars = []Liar{
	{"bare-value", "answers ping with a bare JSON string", []string{"json-body"}, editing(success("ping"), func([]byte) []byte { return []byte(`"pong"`) })},
	{"html-on-429", "answers a broken limit with a page", []string{"json-body"}, after(func(c *venue.Call, a *venue.Answer) {
		if a.Status == 429 {
			a.Set(venue.HeaderContentType, "text/html")
			a.Body = append(a.Body[:0], "<html><body><h1>429 Too Many Requests</h1></body></html>"...)
		}
	})},
	{"wrapped-list", "puts lists of candles into an object", []string{"top-level-kind"}, editing(success("klines"), func(body []byte) []byte {
		return slices.Concat([]byte(`{"rows":`), body, []byte("}"))
	})},
	{"descending-klines", "lists candles newest first", []string{"ascending"}, editing(success("klines"), reversed)},
	{"descending-trades", "lists trades newest first", []string{"ascending"}, editing(success("trades"), reversed)},
	{"falling-aggregate-times", "gives aggregate trades times that fall while their identifiers rise", []string{"ascending-advised"}, editing(success("aggTrades"), fallingTimes)},
	{"descending-margin-history", "lists margin histories newest first", []string{"ascending-contradicted"}, editing(on(isSAPI), reversedRows)},
}

// timeLiars give instants in another unit than milliseconds.
var timeLiars = []Liar{
	{"times-in-seconds", "gives the times of /api in seconds", []string{"ms-response-times"}, editing(on(isAPI), inSeconds)},
	{"transfer-times-in-seconds", "gives the times of margin transfers and interest in seconds", []string{"ms-documented-exceptions"}, editing(func(c *venue.Call, a *venue.Answer) bool {
		return isSAPI(c) && success("transfer", "interestHistory")(c, a)
	}, inSeconds)},
}

// reversed turns the rows of a JSON array round; any other body stays.
func reversed(body []byte) []byte {
	var rows []json.RawMessage
	if json.Unmarshal(body, &rows) != nil {
		return body
	}
	slices.Reverse(rows)
	return encoded(rows, body)
}

// reversedRows turns the rows of the member "rows" round.
func reversedRows(body []byte) []byte {
	var page map[string]json.RawMessage
	if json.Unmarshal(body, &page) != nil || page["rows"] == nil {
		return body
	}
	page["rows"] = reversed(page["rows"])
	return encoded(page, body)
}

// fallingTimes gives each row the time of the row as far from the other end,
// and one that rows share a later one for those before: equal times ascend.
func fallingTimes(body []byte) []byte {
	var rows []map[string]json.RawMessage
	if json.Unmarshal(body, &rows) != nil || len(rows) == 0 {
		return body
	}
	latest, err := strconv.ParseInt(string(rows[len(rows)-1]["T"]), 10, 64)
	if err != nil {
		return body
	}
	for i, row := range rows {
		row["T"] = strconv.AppendInt(nil, latest-int64(i), 10)
	}
	return encoded(rows, body)
}

// encoded is v in JSON; what was decoded from JSON can be encoded, so that the
// body itself comes back for nothing that happens.
func encoded(v any, body []byte) []byte {
	if data, err := json.Marshal(v); err == nil {
		return data
	}
	return body
}

// instant is a bare number in milliseconds between 2001 and 2286, in JSON.
var instant = regexp.MustCompile(`([:\[,])(1\d{9})\d{3}([,}\]])`)

// inSeconds takes the last three digits from every instant. Twice, since
// neighbours share a comma.
func inSeconds(body []byte) []byte {
	for range 2 {
		body = instant.ReplaceAll(body, []byte("$1$2$3"))
	}
	return body
}
