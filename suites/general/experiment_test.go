package general

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// What is sent to see what comes back is no client's fault: a prober's
// recording, judged as any other, breaks nothing that binds clients.
func TestExperimentsBindNoClient(t *testing.T) {
	const client = `# A GET with its parameters in the body, on from a 429.
>
GET https://api.binance.com/api/v1/depth HTTP/1.1

symbol=BTCUSDT

<
HTTP/1.1 429 Too Many Requests
Retry-After: 30

{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}

>
GET http://api.binance.com/api/v1/depth?symbol=BTCUSDT&startTime=1563616810 HTTP/1.1

<
HTTP/1.1 200 OK

{"lastUpdateId":1,"bids":[],"asks":[]}
`
	failed := func(text string) (clients, servers int) {
		c, err := conversation.Parse(edition.Default(), "experiment.txt", text)
		if err != nil {
			t.Fatal(err)
		}
		edition := edition.Default()
		for _, r := range engine.Judge(rule.All(edition), edition, c.Exchanges).Rules {
			switch {
			case r.Rule().Party == clause.Client && r.Exercised() > 0:
				clients++
			case r.Exercised() > 0:
				servers++
			}
		}
		return clients, servers
	}
	clients, servers := failed(client)
	if clients < 3 || servers < 3 {
		t.Fatalf("expected traffic that exercises rules of both sides, found %d of clients and %d of servers", clients, servers)
	}
	tried, sameServers := failed(strings.ReplaceAll(client, ">\n", "> try=malformed/1/get-body\n"))
	if tried != 0 || sameServers != servers {
		t.Errorf("expected no rule of clients and %d of servers, found %d and %d", servers, tried, sameServers)
	}
}

// The answers of a group are those of one experiment, to one call, of so many
// variants as any experiment has.
func TestAnswersOfAGroup(t *testing.T) {
	try := func(name string, group int64, variant, method, path string) *rule.Event {
		return &rule.Event{Method: method, Path: path, Annotation: &traffic.Annotation{Experiment: traffic.Experiment{Name: name, Group: group, Variant: variant}}}
	}
	var g group
	for _, c := range []struct {
		name    string
		e       *rule.Event
		ok      bool
		variant string
		kept    int
	}{
		{"the first", try("order", 1, "a", "GET", "/a"), true, "a", 1},
		{"of another experiment", try("burst", 1, "b", "GET", "/a"), false, "", 1},
		{"by another method", try("order", 1, "b", "POST", "/a"), false, "", 1},
		{"of another route", try("order", 1, "b", "GET", "/b"), false, "", 1},
		{"the second", try("order", 1, "b", "GET", "/a"), true, "b", 2},
		{"of another group", try("order", 2, "a", "POST", "/b"), true, "a", 1},
	} {
		if variant, ok := g.add(edition.Default().Dialect, "order", c.e); ok != c.ok || variant != c.variant || len(g.attempts) != c.kept {
			t.Errorf("%s: expected %q, %t, and %d kept, found %q, %t, and %d", c.name, c.variant, c.ok, c.kept, variant, ok, len(g.attempts))
		}
	}
	for n := 1; n <= maxVariants; n++ {
		_, ok := g.add(edition.Default().Dialect, "order", try("order", 2, strings.Repeat("x", n), "POST", "/b"))
		if want := n < maxVariants; ok != want {
			t.Errorf("expected variant %d to be taken: %t, found %t", n+1, want, ok)
		}
	}
}
