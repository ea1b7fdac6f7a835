package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// writeText writes a conversation in the form of the rules' cases, so that it can
// become one: raw HTTP with offsets, in the order of sending.
func writeText(w io.Writer, xs []*traffic.Exchange) {
	start := xs[0].Sent.Earliest
	for _, x := range xs {
		start = earlier(start, x.Sent.Earliest)
	}
	fmt.Fprintf(w, "@ start %s\n", start.UTC().Format(time.RFC3339Nano))
	for i, x := range xs {
		client, gaps := "", ""
		if x.Client != "" {
			client = " client=" + x.Client
		}
		if x.Gaps.Has(traffic.GapResponseBody) {
			gaps = " gaps=response-body"
		}
		fmt.Fprintf(w, "\n> +%s #%d%s\n%s %s HTTP/1.1\n", x.Sent.Earliest.Sub(start), i+1, client, x.Request.Method, x.Request.URL)
		writeMessage(w, x.Request.Header, x.Request.Body)
		if x.Response.Status == 0 {
			continue
		}
		fmt.Fprintf(w, "< +%s #%d%s\nHTTP/1.1 %d %s\n", x.Received.Earliest.Sub(start), i+1, gaps, x.Response.Status, http.StatusText(x.Response.Status))
		h := x.Response.Header
		for _, name := range []string{"Date", "X-MBX-USED-WEIGHT"} { // which the form would add
			if len(linesOf(h, name)) == 0 {
				h = append(h[:len(h):len(h)], traffic.Field{Name: name, Value: "-"})
			}
		}
		writeMessage(w, h, x.Response.Body)
	}
}

func writeMessage(w io.Writer, h traffic.Header, body []byte) {
	for _, f := range h {
		value := f.Value
		if strings.EqualFold(f.Name, "X-MBX-APIKEY") {
			value = value[:1] // one is told apart from the others by that
		}
		fmt.Fprintf(w, "%s: %s\n", f.Name, value)
	}
	fmt.Fprintln(w)
	if len(body) > 0 {
		fmt.Fprintf(w, "%s\n", body)
	}
}
