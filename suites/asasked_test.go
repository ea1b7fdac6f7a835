package suites

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A response is told by the request that it answers, never by one that stood in
// for it.
func TestMatchersNameTheUsersRequest(t *testing.T) {
	klines := &http.Request{Method: "GET", URL: &url.URL{Path: "/api/v1/klines"}}
	header := http.Header{"Content-Type": {"application/json"}}
	m := CarryUsedWeight()
	for _, c := range []struct {
		actual any
		want   string
	}{
		{&http.Response{StatusCode: 200, Header: header, Request: klines, Body: http.NoBody}, "GET /api/v1/klines"},
		{header, "exchange 1, status 200"},
	} {
		ok, err := m.Match(c.actual)
		if text := m.FailureMessage(c.actual); ok || err != nil || !strings.Contains(text, c.want) || strings.Contains(text, "/ping") {
			t.Errorf("expected a violation of %q, found %t, %v and\n%s", c.want, ok, err, text)
		}
	}
}

func TestRetryAfterIsANumber(t *testing.T) {
	for value, want := range map[string]bool{"12": true, "soon": false} {
		ok, err := CarryRetryAfter().Match(http.Header{"Retry-After": {value}})
		if ok != want || err != nil {
			t.Errorf("Retry-After: %s: expected %t, found %t, %v", value, want, ok, err)
		}
	}
}
