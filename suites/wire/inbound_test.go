package wire

import (
	"strings"
	"testing"
	"time"
)

// What is kept of a request that was sent ahead is all of its beginning or nothing:
// its fields are never read across what was not kept.
func TestInboundKeepsNothingBehindAGap(t *testing.T) {
	body := strings.Repeat("b", 20000)
	first := "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n"
	ahead := "GET /b HTTP/1.1\r\nHost: h\r\nX-Long: " + strings.Repeat("q", 700) + "\r\nX-MBX-APIKEY: SECRET\r\n\r\n"
	for _, c := range []struct {
		name  string
		reads []string
		want  string // of the text, once the first is done with
	}{
		{"all of both is kept", []string{"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + ahead[:100], ahead[100:]}, ahead},
		{"the second begins before what is kept ends", []string{first + body + ahead[:704], ahead[704:]}, ahead[:maxHead-len(first)-len(body)]},
		{"the second begins behind it", []string{first + body + strings.Repeat("b", 1000) + ahead, "more"}, ""},
	} {
		var in inbound
		contentLength := int64(0)
		if strings.HasPrefix(c.reads[0], "POST") {
			contentLength = int64(strings.Index(c.reads[0], "GET /b") - len(first))
		}
		in.add([]byte(c.reads[0]), false, time.Unix(0, 0))
		in.measure(contentLength)
		in.next()
		in.add([]byte(c.reads[1]), false, time.Unix(1, 0))
		if got := string(in.text); got != c.want {
			t.Errorf("%s: expected %d bytes to be kept, found %d: ...%.60q", c.name, len(c.want), len(got), got[max(0, len(got)-60):])
		}
		if int64(len(in.text)) > in.size {
			t.Errorf("%s: expected no more text than came, found %d of %d", c.name, len(in.text), in.size)
		}
	}
}
