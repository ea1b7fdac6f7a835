package conversation

import (
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// An exchange that happens several times stands for as many, one behind the
// other.
func TestRepeatedExchange(t *testing.T) {
	const text = `>
GET https://api.binance.com/api/v1/ping HTTP/1.1

< times=3
HTTP/1.1 200 OK

{}

>
GET https://api.binance.com/api/v1/time HTTP/1.1

<
HTTP/1.1 200 OK

{}
`
	c, err := Parse(edition.Default(), "case", text)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Exchanges) != 4 {
		t.Fatalf("expected four exchanges, found %d", len(c.Exchanges))
	}
	for i, x := range c.Exchanges {
		if x.At.Number != i+1 {
			t.Errorf("expected number %d, found %d", i+1, x.At.Number)
		}
		if i > 0 && !c.Exchanges[i-1].Received.Before(x.Sent) {
			t.Errorf("exchange %d: expected it to be sent when the one before was answered", i+1)
		}
		if used, _ := x.Response.Header.Get("X-MBX-USED-WEIGHT"); used != string(rune('1'+i)) {
			t.Errorf("exchange %d: expected the used weight to go on, found %s", i+1, used)
		}
	}
	if gap := c.Exchanges[3].Sent.Earliest.Sub(c.Exchanges[2].Received.Latest); gap != time.Second {
		t.Errorf("expected the next exchange a second behind the last, found %s", gap)
	}
	for _, n := range []string{"0", "-1", "x", "1000000"} {
		if _, err := Parse(edition.Default(), "case", strings.Replace(text, "times=3", "times="+n, 1)); err == nil || !strings.Contains(err.Error(), "case:4") {
			t.Errorf("times=%s: expected an error of line 4, found %v", n, err)
		}
	}
}
