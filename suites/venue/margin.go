package venue

import (
	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/book"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// marginRoutes are those of /sapi/v1/margin, the first names under query/
// among them, which lasted for a week of July 2019.
var marginRoutes = []entry{
	{"POST", "/sapi/v1/margin/transfer", signed, (*Venue).marginTransfer, ""},
	{"GET", "/sapi/v1/margin/transfer", signed, (*Venue).marginTransfers, ""},
	{"POST", "/sapi/v1/margin/loan", signed, (*Venue).marginLoan, "isIsolated symbol"},
	{"GET", "/sapi/v1/margin/loan /sapi/v1/margin/query/loan", signed, (*Venue).marginLoans, ""},
	{"POST", "/sapi/v1/margin/repay", signed, (*Venue).marginRepay, "isIsolated symbol"},
	{"GET", "/sapi/v1/margin/repay /sapi/v1/margin/query/repay", signed, (*Venue).marginRepays, ""},
	{"GET", "/sapi/v1/margin/interestHistory", signed, (*Venue).noRows, ""},
	{"GET", "/sapi/v1/margin/forceLiquidationRec", signed, (*Venue).noRows, ""},
	{"POST", "/sapi/v1/margin/order", signed, (*Venue).newOrder, laterOrder + " isIsolated sideEffectType"},
	{"GET", "/sapi/v1/margin/order /sapi/v1/margin/query/order", signed, (*Venue).queryOrder, "isIsolated"},
	{"DELETE", "/sapi/v1/margin/order", signed, (*Venue).cancelOrder, "isIsolated"},
	{"GET", "/sapi/v1/margin/openOrders /sapi/v1/margin/query/openOrders", signed, (*Venue).openOrders, "isIsolated"},
	{"GET", "/sapi/v1/margin/allOrders /sapi/v1/margin/query/allOrders", signed, (*Venue).allOrders, "isIsolated"},
	{"GET", "/sapi/v1/margin/myTrades /sapi/v1/margin/query/myTrades", signed, (*Venue).myTrades, "isIsolated orderId"},
	{"GET", "/sapi/v1/margin/account /sapi/v1/margin/query/account", signed, (*Venue).marginAccount, ""},
	{"GET", "/sapi/v1/margin/asset /sapi/v1/margin/query/asset", keyed, (*Venue).marginAsset, "asset"},
	{"GET", "/sapi/v1/margin/allAssets", keyed, (*Venue).marginAssets, ""},
	{"GET", "/sapi/v1/margin/pair /sapi/v1/margin/query/pair", keyed, (*Venue).marginPair, ""},
	{"GET", "/sapi/v1/margin/allPairs", keyed, (*Venue).marginPairs, ""},
	{"GET", "/sapi/v1/margin/priceIndex /sapi/v1/margin/query/priceIndex", keyed, (*Venue).priceIndex, ""},
	{"GET", "/sapi/v1/margin/maxBorrowable", signed, (*Venue).maxBorrowable, "isolatedSymbol"},
	{"GET", "/sapi/v1/margin/maxTransferable", signed, (*Venue).maxTransferable, "isolatedSymbol"},
}

// leverage is how many times its net assets a margin account may borrow.
const leverage = 2

// standing is how a margin account stands, in BTC.
type standing struct {
	assets, debts amount.Amount
	balances      []book.Balance
	borrowed      map[string]amount.Amount
}

// standing works out how the caller's margin account stands. The account's lock
// must be held.
func (v *Venue) standing(c *Call) (s standing) {
	now := c.At.UnixMilli()
	s.balances, _ = v.balances(c.account.margin, c.At)
	s.borrowed = c.account.records.borrowed
	for _, b := range s.balances {
		s.assets += v.inBTC(b.Asset, b.Free+b.Locked, now)
	}
	for asset, n := range s.borrowed {
		s.debts += v.inBTC(asset, n, now)
	}
	return s
}

// mostLoan is how much of an asset may be borrowed on top.
func (v *Venue) mostLoan(c *Call, s *standing, asset string) amount.Amount {
	return v.ofBTC(asset, (s.assets-s.debts)*leverage-s.debts, c.At.UnixMilli())
}

// mostOut is how much of an asset may leave the account: what is free, as long
// as the assets stay twice the debts.
func (v *Venue) mostOut(c *Call, s *standing, asset string) amount.Amount {
	free := v.free(c.account.margin, asset, c.At.UnixMilli())
	if s.debts == 0 {
		return free
	}
	return min(free, v.ofBTC(asset, s.assets-2*s.debts, c.At.UnixMilli()))
}

// readMoney reads the asset and amount of a movement.
func (c *Call) readMoney() (asset string, n amount.Amount) {
	asset = c.assetNamed("asset")
	c.mandatory("amount")
	return asset, c.decimal("amount")
}

func (c *Call) writeTransaction(id int64) {
	c.out.open('{')
	c.out.intAt("tranId", id)
	c.out.close('}')
}

// The types of a margin transfer, as the parameter and as the history has them.
const (
	intoMargin  = 1
	outOfMargin = 2
	rollIn      = "ROLL_IN"
	rollOut     = "ROLL_OUT"
)

func (v *Venue) marginTransfer(c *Call) {
	asset, n := c.readMoney()
	kind := c.mandatoryInteger("type")
	if !c.refused() && kind != intoMargin && kind != outOfMargin {
		c.refuse(badRequest(-1130, "Data sent for paramter 'type' is not valid."))
	}
	if c.refused() {
		return
	}
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	from, to, name := c.account.spot, c.account.margin, rollIn
	if kind == outOfMargin {
		from, to, name = to, from, rollOut
		if s := v.standing(c); n > v.mostOut(c, &s, asset) {
			c.refuse(rejected(-3020, "Transfer out amount exceeds max amount."))
			return
		}
	}
	now := c.At.UnixMilli()
	if err := v.book.Transfer(from, to, asset, n, now); err != nil {
		c.refuse(rejected(-3041, "Balance is not enough"))
		return
	}
	r := record{id: v.nextID(), asset: asset, n: n, at: now, kind: name}
	c.account.records.transfers = keep(c.account.records.transfers, r)
	c.writeTransaction(r.id)
}

func (v *Venue) marginLoan(c *Call) {
	asset, n := c.readMoney()
	if c.refused() {
		return
	}
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	if s := v.standing(c); n > v.mostLoan(c, &s, asset) {
		c.refuse(rejected(-3006, "Your borrow amount has exceed maximum borrow amount."))
		return
	}
	now := c.At.UnixMilli()
	if err := v.book.Transfer(nil, c.account.margin, asset, n, now); err != nil {
		c.refuse(rejected(-3000, "Internal server error"))
		return
	}
	rec := &c.account.records
	if rec.borrowed == nil {
		rec.borrowed = map[string]amount.Amount{}
	}
	rec.borrowed[asset] += n
	r := record{id: v.nextID(), asset: asset, n: n, at: now}
	rec.loans = keep(rec.loans, r)
	c.writeTransaction(r.id)
}

func (v *Venue) marginRepay(c *Call) {
	asset, n := c.readMoney()
	if c.refused() {
		return
	}
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	rec := &c.account.records
	if n > rec.borrowed[asset] {
		c.refuse(rejected(-3015, "Repay amount exceeds borrow amount."))
		return
	}
	now := c.At.UnixMilli()
	if err := v.book.Transfer(c.account.margin, nil, asset, n, now); err != nil {
		c.refuse(rejected(-3041, "Balance is not enough"))
		return
	}
	rec.borrowed[asset] -= n
	r := record{id: v.nextID(), asset: asset, n: n, at: now}
	rec.repays = keep(rec.repays, r)
	c.writeTransaction(r.id)
}

// writeRows writes a page of records, the oldest first.
func (c *Call) writeRows(of func(*records) []record, asset string, write func(w *writer, r *record)) {
	s := c.readSelection(asset)
	s.id = c.integer("txId")
	page, size := max(1, c.integer("current")), int64(c.count("size", 10, 100))
	if c.refused() {
		return
	}
	rows := c.list(of, s)
	w := &c.out
	w.open('{')
	w.openAt("rows", '[')
	for i := range rows {
		if int64(i)/size == page-1 {
			w.open('{')
			write(w, &rows[i])
			w.close('}')
		}
	}
	w.close(']')
	w.intAt("total", int64(len(rows)))
	w.close('}')
}

func (v *Venue) marginTransfers(c *Call) {
	c.writeRows(func(r *records) []record { return r.transfers }, "asset", func(w *writer, r *record) {
		w.amountAt("amount", r.n)
		w.strAt("asset", r.asset)
		w.strAt("status", "CONFIRMED")
		w.intAt("timestamp", r.at)
		w.intAt("txId", r.id)
		w.strAt("type", r.kind)
	})
}

// askAsset refuses a history without its mandatory asset; the name was
// misspelt "sset" for a week.
func (c *Call) askAsset() {
	if _, sent := c.Get("sset"); !sent {
		c.mandatory("asset")
	}
}

func (v *Venue) marginLoans(c *Call) {
	c.askAsset()
	c.writeRows(func(r *records) []record { return r.loans }, "asset", func(w *writer, r *record) {
		w.strAt("asset", r.asset)
		w.amountAt("principal", r.n)
		w.intAt("timestamp", r.at)
		w.strAt("status", "CONFIRMED")
		w.intAt("txId", r.id)
	})
}

func (v *Venue) marginRepays(c *Call) {
	c.askAsset()
	c.writeRows(func(r *records) []record { return r.repays }, "asset", func(w *writer, r *record) {
		w.amountAt("amount", r.n)
		w.strAt("asset", r.asset)
		w.amountAt("interest", 0)
		w.amountAt("principal", r.n)
		w.strAt("status", "CONFIRMED")
		w.intAt("timestamp", r.at)
		w.intAt("txId", r.id)
	})
}

// noRows answers histories of what never happens here: interest and
// liquidation.
func (v *Venue) noRows(c *Call) {
	c.writeRows(func(*records) []record { return nil }, "asset", nil)
}

func (v *Venue) marginAccount(c *Call) {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	s := v.standing(c)
	level := amount.Amount(999 * amount.One) // told where nothing is owed
	if s.debts > 0 {
		level, _ = s.assets.MulDiv(amount.One, s.debts)
	}
	w := &c.out
	w.open('{')
	w.boolAt("borrowEnabled", true)
	w.amountAt("marginLevel", level)
	w.amountAt("totalAssetOfBtc", s.assets)
	w.amountAt("totalLiabilityOfBtc", s.debts)
	w.amountAt("totalNetAssetOfBtc", s.assets-s.debts)
	w.constant(`"tradeEnabled":true,"transferEnabled":true`)
	objectsAt(w, "userAssets", s.balances, func(b *book.Balance) {
		w.strAt("asset", b.Asset)
		w.amountAt("borrowed", s.borrowed[b.Asset])
		w.amountAt("free", b.Free)
		w.amountAt("interest", 0)
		w.amountAt("locked", b.Locked)
		w.amountAt("netAsset", b.Free+b.Locked-s.borrowed[b.Asset])
	})
	w.close('}')
}

func writeMarginAsset(w *writer, asset string) {
	w.open('{')
	w.strAt("assetFullName", asset)
	w.strAt("assetName", asset)
	w.constant(`"isBorrowable":true,"isMortgageable":true,"userMinBorrow":"0.00000000","userMinRepay":"0.00000000"`)
	w.close('}')
}

func (v *Venue) marginAsset(c *Call) {
	name := "asset"
	if _, sent := c.Get("assete"); sent {
		name = "assete" // as it was misspelt for a week
	}
	if asset := c.mandatory(name); !c.refused() {
		if !isAsset(asset) {
			c.refuse(rejected(-3027, "Not a valid margin asset."))
			return
		}
		writeMarginAsset(&c.out, asset)
	}
}

func (v *Venue) marginAssets(c *Call) {
	c.out.open('[')
	for _, asset := range market.Assets() {
		writeMarginAsset(&c.out, asset)
	}
	c.out.close(']')
}

func writePair(w *writer, i int, m *market.Market) {
	w.open('{')
	w.strAt("base", m.Base)
	w.intAt("id", int64(i)+1)
	w.constant(`"isBuyAllowed":true,"isMarginTrade":true,"isSellAllowed":true`)
	w.strAt("quote", m.Quote)
	w.strAt("symbol", m.Name)
	w.close('}')
}

func (v *Venue) marginPair(c *Call) {
	m := v.market(c)
	for i := range v.markets {
		if m != nil && v.markets[i] == m {
			writePair(&c.out, i, m)
		}
	}
}

func (v *Venue) marginPairs(c *Call) {
	c.out.open('[')
	for i, m := range v.markets {
		writePair(&c.out, i, m)
	}
	c.out.close(']')
}

func (v *Venue) priceIndex(c *Call) {
	m := v.market(c)
	if c.refused() {
		return
	}
	last, _ := m.LastAt(c.At.UnixMilli())
	c.out.open('{')
	c.out.intAt("calcTime", last.Time)
	c.out.amountAt("price", last.Price)
	c.out.strAt("symbol", m.Name)
	c.out.close('}')
}

func (v *Venue) maxBorrowable(c *Call) { v.most(c, v.mostLoan) }

func (v *Venue) maxTransferable(c *Call) { v.most(c, v.mostOut) }

func (v *Venue) most(c *Call, of func(*Call, *standing, string) amount.Amount) {
	asset := c.assetNamed("asset")
	if c.refused() {
		return
	}
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	s := v.standing(c)
	c.out.open('{')
	c.out.amountAt("amount", max(0, of(c, &s, asset)))
	c.out.close('}')
}
