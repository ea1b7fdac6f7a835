package venue

import (
	"slices"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/book"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// record is one thing that happened to an account beside trading: a deposit, a
// withdrawal, a transfer, a loan.
type record struct {
	id       int64
	asset    string
	n        amount.Amount
	at       int64 // milliseconds since 1970
	address  string
	tag      string
	clientID string // withdrawOrderId
	kind     string
	peer     string // the other account's email
}

// records are an account's, each list with the oldest first.
type records struct {
	deposits, withdrawals    []record
	subTransfers             []record // between accounts
	transfers, loans, repays []record // of the margin wallet
	dust                     []conversion
	borrowed                 map[string]amount.Amount
}

// recordsKept bounds each list; the oldest are forgotten.
const recordsKept = 1000

func keep[T any](list []T, more ...T) []T {
	if list = append(list, more...); len(list) > recordsKept {
		list = slices.Clone(list[len(list)-recordsKept*3/4:])
	}
	return list
}

// nextID numbers records over all accounts.
func (v *Venue) nextID() int64 { return 100_000_000 + v.lastRecord.Add(1) }

// selection is which records are wanted.
type selection struct {
	asset      string
	id         int64 // -1: any
	start, end int64 // -1: open
	limit      int
}

func (s *selection) of(list []record) []record {
	var kept []record
	for _, r := range list {
		if (s.asset == "" || r.asset == s.asset) && (s.id < 0 || r.id == s.id) && r.at >= s.start && (s.end < 0 || r.at <= s.end) {
			kept = append(kept, r)
		}
	}
	if len(kept) > s.limit {
		kept = kept[len(kept)-s.limit:]
	}
	return kept
}

// list returns copies of records of the caller's account.
func (c *Call) list(of func(*records) []record, s selection) []record {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	return s.of(of(&c.account.records))
}

// isAsset reports whether the venue knows an asset.
func isAsset(name string) bool { return slices.Contains(market.Assets(), name) }

// withdrawalFee is what the network takes of a withdrawal: half a thousandth of
// a coin, ten of a dollar.
func withdrawalFee(asset string) amount.Amount {
	if asset == "USDT" {
		return amount.One
	}
	return amount.One / 2000
}

// Withdrawals rest in processing for a minute and are complete then.
const (
	processing    = 4
	completed     = 6
	processingFor = 60_000 // milliseconds
)

func withdrawalStatus(r *record, now int64) int64 {
	if now < r.at+processingFor {
		return processing
	}
	return completed
}

// transaction is the ID of a record on its chain.
func transaction(r *record) string { return "0x" + hash(r.asset+strconv.FormatInt(r.id, 10)) }

// withdraw takes an amount of the asset that a parameter names out of the
// caller's wallet and out of the venue, unless that is refused.
func (v *Venue) withdraw(c *Call, asset string) (id string) {
	r := record{
		asset: c.mandatory(asset), address: c.short("address"), tag: c.short("addressTag"),
		clientID: c.short("withdrawOrderId"), at: c.At.UnixMilli(),
	}
	c.mandatory("address")
	c.mandatory("amount")
	r.n = c.decimal("amount")
	switch {
	case c.refused():
		return ""
	case !isAsset(r.asset):
		c.refuse(rejected(-4018, "The asset is not supported."))
		return ""
	case r.n <= withdrawalFee(r.asset):
		c.refuse(rejected(-4022, "The amount must be greater than the fee."))
		return ""
	}
	if err := v.book.Transfer(c.account.spot, nil, r.asset, r.n, r.at); err != nil {
		c.refuse(rejected(-4026, "The user has insufficient balance available"))
		return ""
	}
	r.id = v.nextID()
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	c.account.records.withdrawals = keep(c.account.records.withdrawals, r)
	return withdrawalID(&r)
}

func withdrawalID(r *record) string { return hash("withdrawal" + strconv.FormatInt(r.id, 10))[:32] }

// inBTC is what an amount of an asset is worth in BTC at the last price.
func (v *Venue) inBTC(asset string, n amount.Amount, now int64) amount.Amount {
	worth := amount.Amount(0)
	if m := v.marketOf(asset + "BTC"); m != nil {
		last, _ := m.LastAt(now)
		worth, _ = n.Mul(last.Price)
	} else if m := v.marketOf("BTC" + asset); m != nil {
		last, _ := m.LastAt(now)
		worth, _ = n.MulDiv(amount.One, last.Price)
	} else if asset == "BTC" {
		worth = n
	}
	return worth
}

// ofBTC is how much of an asset an amount of BTC is worth.
func (v *Venue) ofBTC(asset string, btc amount.Amount, now int64) amount.Amount {
	if one := v.inBTC(asset, amount.One, now); one > 0 && btc > 0 {
		n, _ := btc.MulDiv(amount.One, one)
		return n
	}
	return 0
}

// free is what a wallet has free of an asset.
func (v *Venue) free(w *book.Wallet, asset string, now int64) amount.Amount {
	list, _ := v.book.Balances(w, now)
	for _, b := range list {
		if b.Asset == asset {
			return b.Free
		}
	}
	return 0
}
