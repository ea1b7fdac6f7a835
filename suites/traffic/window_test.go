package traffic

import (
	"testing"
	"time"
)

func TestLimitWindow(t *testing.T) {
	for msg, want := range map[string]time.Duration{
		"Too many requests; current limit is 1200 requests per minute. Please use the websocket":  time.Minute,
		"Too much request weight used; current limit is 1200 request weight per 1 MINUTE. Please": time.Minute,
		"Too many new orders; current limit is 50 orders per 10 SECOND.":                          10 * time.Second,
		"Too many new orders; current limit is 10 orders per SECOND.":                             time.Second,
		"Too many new orders; current limit is 100000 orders per DAY.":                            24 * time.Hour,
		"Too many new orders; current limit is 100000 orders per 1 days.":                         24 * time.Hour,
		"Too many new orders; current limit is 5 orders per 0 SECOND.":                            0,
		"Too many new orders; current limit is 5 orders per 99999999999 SECOND.":                  0,
		"Too many new orders; current limit is 5 orders per 2000000000 DAY.":                      0,
		"Too many new orders; current limit is 5 orders per fortnight.":                           0,
		"Too many new orders; current limit is 5 orders":                                          0,
		"One request per minute.":                               0,
		"Way too many requests; IP banned until 1563617581050.": 0,
		"": 0,
	} {
		if got := spoken.limitWindow([]byte(msg)); got != want {
			t.Errorf("%q: got %v, want %v", msg, got, want)
		}
	}
}
