package planted

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Config is where a client finds the venue, and as whom it trades.
type Config struct {
	Transport   http.RoundTripper
	URL         string // without a path, such as https://api.binance.com
	Key, Secret string
}

// Client is a client of the venue that does what a driver is told. It is safe
// for concurrent use, and has nothing to be closed.
type Client struct {
	config Config
	http   http.Client
	vice   vice
	who    Planted

	mu      sync.Mutex
	silent  silence
	ordered int // client order ids given out
}

// requestTime is how long one request may take: twice the 5 s of recvWindow,
// and the venue's own limit.
const requestTime = 10 * time.Second

// New makes a client that behaves as planted.
func New(c Config, p Planted) *Client {
	return &Client{config: c, http: http.Client{Transport: c.Transport, Timeout: requestTime}, vice: p.vice, who: p}
}

// Hello says which client it is.
func (c *Client) Hello() driver.Hello {
	h := driver.Hello{Protocol: driver.Protocol, Client: "mbxcheck-planted", Version: "1", Configuration: c.who.ID, BaseURL: true}
	for _, r := range routes {
		h.Ops = append(h.Ops, r.op)
	}
	return h
}

// Do carries a command out, and says what the client tells its caller.
//
// A client that is planted to break panics.
func (c *Client) Do(ctx context.Context, command driver.Command) driver.Answer {
	a := c.do(ctx, command)
	a.ID = command.ID
	return a
}

func (c *Client) do(ctx context.Context, command driver.Command) driver.Answer {
	r, ok := routeOf(command.Op)
	if !ok {
		return driver.Answer{Outcome: traffic.OutcomeUnsupported}
	}
	if c.vice == setsClockInSilence {
		c.send(ctx, request{route: timeRoute})
	}
	q := request{route: r, params: paramsOf(command.Params)}
	if r.op == driver.PlaceOrder && q.get("newClientOrderId") == "" {
		q.set("newClientOrderId", c.nextID())
	}
	if r.op == driver.Withdraw && q.get("withdrawOrderId") == "" && r.isWAPI() {
		q.set("withdrawOrderId", c.nextID())
	}
	if left, status := c.silence(); left > 0 && c.guards(status) {
		return told(refusedHere(status, left))
	}
	if r.changesState {
		return c.change(ctx, q)
	}
	return c.read(ctx, q)
}

// nextID makes a client order id that this client has not used.
func (c *Client) nextID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ordered++
	return fmt.Sprintf("planted-%d-%d", time.Now().UnixMilli(), c.ordered)
}

// read asks for something, and once more if the venue wants a short wait.
func (c *Client) read(ctx context.Context, q request) driver.Answer {
	if c.vice == resendsStamp && q.route.security == signed {
		q.params = append(q.params, stamp())
	}
	data, err := c.send(ctx, q)
	for try := 0; err != nil && try < maxTries; try++ {
		wait, again := c.again(q, err, try)
		if !again || !sleep(ctx, wait) {
			break
		}
		data, err = c.send(ctx, q)
	}
	if err != nil {
		return c.tell(err)
	}
	return c.done(q, data)
}

// sleep waits, and reports whether nobody lost patience meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// done says what came of a call that was served.
func (c *Client) done(q request, data any) driver.Answer {
	result := &driver.Result{}
	switch data := data.(type) {
	case []any:
		n := int64(len(data))
		result.Rows = &n
		if q.route.op == driver.Klines && n > 0 {
			result.FirstMs, result.LastMs = openTime(data[0]), openTime(data[n-1])
		}
	case map[string]any:
		if id, ok := data["orderId"].(float64); ok {
			result.OrderID = int64(id)
		}
		result.ClientOrderID, _ = data["clientOrderId"].(string)
	}
	return driver.Answer{Outcome: traffic.OutcomeOK, Result: result}
}

// openTime is the open time of a kline; nil if it is none.
func openTime(row any) *int64 {
	if cells, ok := row.([]any); ok && len(cells) > 0 {
		if ms, ok := cells[0].(float64); ok {
			n := int64(ms)
			return &n
		}
	}
	return nil
}

func (r *route) isWAPI() bool { return strings.HasPrefix(r.path, "/wapi/") }
