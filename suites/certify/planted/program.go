package planted

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Program is a program that nobody drives: round after round it reads, orders,
// cancels and withdraws, as trading bots do, and what failed it does again in the
// next round. It is immutable.
type Program struct {
	ID     string   // permanent, kebab-case
	Does   string   // what it does, one sentence
	Breaks []string // as Planted has it

	loads  time.Duration // before its first request
	warms  time.Duration // before its first round, with a ping a second
	pause  time.Duration // between rounds
	vice   vice
	reads  bool          // it does nothing else
	deaf   time.Duration // after which it forgets a ban; 0 for never
	rounds int           // after which it ends; 0 for never
}

// short is the pause of programs that look every few seconds.
const short = 5 * time.Second

var programs = []Program{
	{ID: "bot", Does: "keeps every obligation, round after round", pause: short},
	{ID: "bot-that-loads", Does: "takes 40 s to its first request, and keeps every obligation", loads: 40 * time.Second, pause: short},
	{ID: "bot-once-a-minute", Does: "goes round once a minute, and keeps every obligation", pause: time.Minute},
	{ID: "bot-that-reads", Does: "reads alone, and keeps every obligation", pause: short, reads: true},
	{ID: "bot-that-ends", Does: "keeps every obligation for three rounds, and ends", pause: short, rounds: 3},
	{ID: "orders-again-after-8-s", Does: "does again what failed after 8 s, without a look at what became of it",
		Breaks: []string{"confirm-unknown", "no-blind-resend", "no-blind-resend-unanswered", "no-blind-resend-wapi"}, pause: 8 * time.Second, vice: asksNothing},
	{ID: "orders-again-after-60-s", Does: "does again what failed after a minute, without a look at what became of it",
		Breaks: []string{"confirm-unknown", "no-blind-resend", "no-blind-resend-unanswered", "no-blind-resend-wapi"}, pause: time.Minute, vice: asksNothing},
	{ID: "orders-after-20-s", Does: "pings for 20 s before its first order, and does again what failed",
		Breaks: []string{"confirm-unknown", "no-blind-resend", "no-blind-resend-unanswered", "no-blind-resend-wapi"}, warms: 20 * time.Second, pause: 3 * time.Second, vice: asksNothing},
	{ID: "reads-on-after-18-s", Does: "loads for 18 s, and asks on whatever it is answered",
		Breaks: []string{"back-off-after-429", "silence-during-ban", "waits-without-header"}, loads: 18 * time.Second, pause: 300 * time.Millisecond, vice: sendsInSilence, reads: true},
	{ID: "reads-on-in-the-ban", Does: "keeps the wait of a 429, and goes on 40 s after a 418",
		Breaks: []string{"silence-during-ban"}, pause: 2 * time.Second, deaf: 40 * time.Second, reads: true},
}

// Programs returns the programs, by ID. The caller owns the list.
func Programs() []Program {
	all := slices.Clone(programs)
	slices.SortFunc(all, func(a, b Program) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Run is the program, until it ends or ctx does.
func (p Program) Run(ctx context.Context, config Config) {
	c := New(config, Planted{ID: p.ID, vice: p.vice})
	if !sleep(ctx, p.loads) {
		return
	}
	for end := time.Now().Add(p.warms); time.Now().Before(end); {
		c.Do(ctx, driver.Command{Op: driver.Ping})
		if !sleep(ctx, time.Second) {
			return
		}
	}
	for round := 1; ctx.Err() == nil; round++ {
		p.round(ctx, c, round)
		if round == p.rounds || !sleep(ctx, p.pause) {
			return
		}
	}
}

// round does everything once. What it reads differs from round to round, as it
// does where candles are asked for since the last.
func (p Program) round(ctx context.Context, c *Client, number int) {
	a := c.Do(ctx, driver.Command{Op: driver.Klines, Params: map[string]any{"symbol": "BTCUSDT", "interval": "1m", "limit": number}})
	if a.Outcome == traffic.OutcomeBanned && p.deaf > 0 {
		sleep(ctx, p.deaf)
		c.forget()
	}
	if p.reads {
		return
	}
	if p.vice == asksNothing && number == 1 {
		p.looks(ctx, c) // and never again: who knows what it holds may know what became of a call
	}
	placed := c.Do(ctx, driver.Command{Op: driver.PlaceOrder, Params: map[string]any{
		"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "9000.00",
	}})
	if placed.Outcome == traffic.OutcomeOK && placed.Result.OrderID != 0 {
		c.Do(ctx, driver.Command{Op: driver.CancelOrder, Params: map[string]any{"symbol": "BTCUSDT", "orderId": placed.Result.OrderID}})
	}
	c.Do(ctx, driver.Command{Op: driver.DepositHistory, Params: map[string]any{"asset": "USDT"}})
	c.Do(ctx, driver.Command{Op: driver.Withdraw, Params: map[string]any{
		"asset": "USDT", "address": "0x00112233445566778899aabbccddeeff00112233", "amount": "50",
	}})
	if p.vice != asksNothing {
		p.looks(ctx, c)
	}
}

// looks asks what there is.
func (p Program) looks(ctx context.Context, c *Client) {
	c.Do(ctx, driver.Command{Op: driver.Account})
	c.Do(ctx, driver.Command{Op: driver.AllOrders, Params: map[string]any{"symbol": "BTCUSDT"}})
}
