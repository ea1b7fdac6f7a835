package planted

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Error is a call that was not served.
type Error struct {
	Type    string
	Message string
	Status  int           // of HTTP, 0 without an answer
	Code    int64         // the venue's, 0 for none
	Wait    time.Duration // that the venue demands, 0 for none

	unanswered bool // the request may have arrived
	cut, page  bool // the body broke off, or is no JSON
}

// Error implements error.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

// send sends a request and returns the data that it is answered with, or what
// kept it from that: whatever is no data of the shape that is due is an error.
// No answer is taken for data before that is known, whatever its status.
func (c *Client) send(ctx context.Context, q request) (any, *Error) {
	r, err := c.build(ctx, q)
	if err != nil {
		return nil, &Error{Type: "RequestError", Message: err.Error()}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, &Error{Type: "TransportError", Message: err.Error(), unanswered: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if e := c.limited(resp); e != nil {
		e.Message, e.Code = messageOf(body)
		return nil, e
	}
	var data any
	broken := err
	if broken == nil {
		broken = json.Unmarshal(body, &data)
	}
	if c.vice == breaksOnObject && q.route.array && broken == nil {
		_ = data.([]any)
	}
	page, cut := bytes.HasPrefix(body, []byte("<")), broken != nil && bytes.HasPrefix(body, []byte("{"))
	switch e := venueError(data); {
	case c.vice == takesPageForData && page, c.vice == takesCutForData && cut, c.vice == takesEmptyForData && len(body) == 0:
		return data, nil
	case c.vice == takesErrorForData && resp.StatusCode == http.StatusOK:
		return data, nil
	case resp.StatusCode/100 != 2 || e != nil:
		if e == nil {
			e = &Error{Type: "StatusError", Message: resp.Status}
		}
		e.Status, e.page, e.cut = resp.StatusCode, page, cut
		return nil, e
	case broken != nil:
		return nil, &Error{Type: "AnswerError", Message: broken.Error(), unanswered: true, cut: cut}
	}
	if _, isArray := data.([]any); isArray != q.route.array {
		return nil, &Error{Type: "AnswerError", Message: "expected another kind of answer"}
	}
	return data, nil
}

// venueError reads an error of either shape; nil for data.
func venueError(data any) *Error {
	object, ok := data.(map[string]any)
	if !ok {
		return nil
	}
	msg, hasMsg := object["msg"].(string)
	if success, ok := object["success"].(bool); ok {
		if success {
			return nil
		}
		return &Error{Type: "VenueError", Message: msg}
	}
	if code, ok := object["code"].(float64); ok && hasMsg && code != 0 && code != 200 {
		return &Error{Type: "VenueError", Message: msg, Code: int64(code)}
	}
	return nil
}

func messageOf(body []byte) (string, int64) {
	var data any
	if json.Unmarshal(body, &data) == nil {
		if e := venueError(data); e != nil {
			return e.Message, e.Code
		}
	}
	return "the venue wants less", 0
}

// tell is what the caller gets for an error.
func (c *Client) tell(e *Error) driver.Answer {
	limited := e.Status == 429 || e.Status == 418
	switch {
	case c.vice == hidesLimit && limited, c.vice == dropsBan && e.Status == 418:
		e = &Error{Type: "Error", Message: "request failed"}
	case c.vice == tellsNoWait && limited:
		e = &Error{Type: e.Type, Message: e.Message, Status: e.Status, Code: e.Code}
	}
	return told(e)
}

func told(e *Error) driver.Answer {
	a := driver.Answer{Error: &driver.Error{Type: e.Type, Message: e.Message, Status: e.Status, Code: e.Code}}
	if e.Wait > 0 {
		ms := e.Wait.Milliseconds()
		a.Error.RetryAfterMs = &ms
	}
	switch {
	case e.Status == 418:
		a.Outcome = traffic.OutcomeBanned
	case e.Status == 429:
		a.Outcome = traffic.OutcomeRateLimited
	case e.Type == unknownOutcome:
		a.Outcome = traffic.OutcomeUnknown
	case e.Status/100 == 4 || e.Code != 0 || e.Type == "VenueError":
		a.Outcome = traffic.OutcomeRejected
	default:
		a.Outcome = traffic.OutcomeError
	}
	return a
}
