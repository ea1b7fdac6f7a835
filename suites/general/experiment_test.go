package general

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
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
		c, err := rule.ParseConversation("experiment.txt", text)
		if err != nil {
			t.Fatal(err)
		}
		edition, _ := clause.EditionByID(clause.DefaultEdition)
		for _, r := range rule.Judge(rule.All(edition.ID), edition, c).Rules {
			switch {
			case r.Rule.Party == clause.Client && r.Exercised() > 0:
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
