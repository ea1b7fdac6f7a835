package venue

import (
	"errors"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/book"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// tradingRoutes are the signed routes of spot trading.
var tradingRoutes = []entry{
	{"POST", "/api/v1/order /api/v3/order", signed, (*Venue).newOrder, laterOrder},
	{"POST", "/api/v1/order/test /api/v3/order/test", signed, (*Venue).testOrder, laterOrder + " computeCommissionRates"},
	{"GET", "/api/v1/order /api/v3/order", signed, (*Venue).queryOrder, ""},
	{"DELETE", "/api/v1/order /api/v3/order", signed, (*Venue).cancelOrder, "cancelRestrictions"},
	{"GET", "/api/v1/openOrders /api/v3/openOrders", signed, (*Venue).openOrders, ""},
	{"DELETE", "/api/v3/openOrders", signed, (*Venue).cancelOpenOrders, ""},
	{"GET", "/api/v1/allOrders /api/v3/allOrders", signed, (*Venue).allOrders, ""},
	{"GET", "/api/v1/myTrades /api/v3/myTrades", signed, (*Venue).myTrades, "orderId"},
	{"GET", "/api/v1/account /api/v3/account", signed, (*Venue).accountInfo, "omitZeroBalances"},
	{"GET", "/api/v3/account/commission", signed, (*Venue).commission, ""},
	{"GET", "/api/v3/rateLimit/order", signed, (*Venue).orderCounts, ""},
}

// laterOrder are the parameters of orders that came after 2019. quoteOrderQty
// is carried out; those of strategies and self-trade prevention are read and
// change nothing.
const laterOrder = "quoteOrderQty strategyId strategyType selfTradePreventionMode"

// The enumerations of the document.
var (
	sides        = []string{book.Buy, book.Sell}
	timesInForce = []string{book.GTC, book.IOC, book.FOK}
	allTypes     = []string{"LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER"}
	respTypes    = []string{"ACK", "RESULT", "FULL"}
)

// wallet is where a call trades: the account's for spot or, under
// /sapi/v1/margin, for margin.
func (c *Call) wallet() *book.Wallet {
	if c.route.margin {
		return c.account.margin
	}
	return c.account.spot
}

func (c *Call) enumerated(name string, values []string, r *refusal) string {
	s := c.text(name)
	if s != "" && !slices.Contains(values, s) {
		c.refuse(r)
	}
	return s
}

// readOrder reads the parameters of a new order.
func (v *Venue) readOrder(c *Call) book.Order {
	o := book.Order{}
	if m := v.market(c); m != nil {
		o.Symbol = m.Name
	}
	c.mandatory("side")
	o.Side = c.enumerated("side", sides, badRequest(-1117, "Invalid side."))
	c.mandatory("type")
	o.Type = c.enumerated("type", allTypes, badRequest(-1116, "Invalid orderType."))
	o.TIF = c.enumerated("timeInForce", timesInForce, badRequest(-1115, "Invalid timeInForce."))
	o.Qty, o.Price, o.StopPrice = c.decimal("quantity"), c.decimal("price"), c.decimal("stopPrice")
	o.QuoteQty, o.Iceberg = c.decimal("quoteOrderQty"), c.decimal("icebergQty")
	o.ClientID = c.id("newClientOrderId")
	c.enumerated("newOrderRespType", respTypes, illegal("newOrderRespType", "ACK|RESULT|FULL"))
	if !c.refused() {
		c.checkOrder(o.Type)
	}
	if o.Iceberg > 0 && o.TIF != book.GTC && o.Type != book.LimitMaker {
		c.refuse(badRequest(-1014, "Unsupported order combination."))
	}
	return o
}

// orderNeeds are the parameters that each type of order must, or must not, come
// with (the table "Additional mandatory parameters based on type").
var orderNeeds = map[string]struct{ must, not []string }{
	book.Limit:           {[]string{"timeInForce", "quantity", "price"}, []string{"stopPrice", "quoteOrderQty"}},
	book.LimitMaker:      {[]string{"quantity", "price"}, []string{"timeInForce", "stopPrice", "quoteOrderQty"}},
	book.Market:          {nil, []string{"timeInForce", "price", "stopPrice", "icebergQty"}},
	book.StopLossLimit:   {[]string{"timeInForce", "quantity", "price", "stopPrice"}, []string{"quoteOrderQty"}},
	book.TakeProfitLimit: {[]string{"timeInForce", "quantity", "price", "stopPrice"}, []string{"quoteOrderQty"}},
}

func (c *Call) checkOrder(kind string) {
	switch kind {
	case "STOP_LOSS":
		c.refuse(rejected(-2010, "Stop loss orders are not supported for this symbol."))
	case "TAKE_PROFIT":
		c.refuse(rejected(-2010, "Take profit orders are not supported for this symbol."))
	}
	needs := orderNeeds[kind]
	for _, name := range needs.must {
		c.mandatory(name)
	}
	for _, name := range needs.not {
		if _, sent := c.Get(name); sent {
			c.refuse(badRequest(-1106, "Parameter '"+name+"' sent when not required."))
		}
	}
	if kind != book.Market {
		return
	}
	_, qty := c.Get("quantity")
	_, quote := c.Get("quoteOrderQty")
	switch {
	case qty && quote:
		c.refuse(badRequest(-1106, "Parameter 'quoteOrderQty' sent when not required."))
	case !qty && !quote:
		c.refuse(missing("quantity"))
	}
}

// refuseOrder turns what the book says of an order into a refusal.
func (c *Call) refuseOrder(err error, code int64) {
	if filter := book.FilterError(""); errors.As(err, &filter) {
		code = -1013
	}
	c.refuse(rejected(code, err.Error()))
}

func (v *Venue) newOrder(c *Call) {
	o := v.readOrder(c)
	if c.refused() {
		return
	}
	placed, fills, err := v.book.Place(c.wallet(), o, c.At.UnixMilli())
	if err != nil {
		c.refuseOrder(err, -2010)
		return
	}
	c.placed = true
	kind := c.text("newOrderRespType")
	if kind == "" {
		kind = "ACK"
		if o.Type == book.Limit || o.Type == book.Market {
			kind = "FULL"
		}
	}
	w := &c.out
	w.open('{')
	w.strAt("symbol", placed.Symbol)
	w.intAt("orderId", placed.ID)
	w.strAt("clientOrderId", placed.ClientID)
	w.intAt("transactTime", c.At.UnixMilli())
	if kind != "ACK" {
		writeState(w, &placed)
	}
	if kind == "FULL" {
		writeFills(w, fills)
	}
	w.close('}')
}

// writeState writes the members that tell how an order stands.
func writeState(w *writer, o *book.Order) {
	w.amountAt("price", o.Price)
	w.amountAt("origQty", o.Qty)
	w.amountAt("executedQty", o.Executed)
	w.amountAt("cummulativeQuoteQty", o.Quote) // the venue's spelling
	w.strAt("status", o.Status)
	w.strAt("timeInForce", o.TIF)
	w.strAt("type", o.Type)
	w.strAt("side", o.Side)
}

func writeFills(w *writer, fills []book.Fill) {
	objectsAt(w, "fills", fills, func(f *book.Fill) {
		w.amountAt("price", f.Price)
		w.amountAt("qty", f.Qty)
		w.amountAt("commission", f.Commission)
		w.strAt("commissionAsset", f.FeeAsset)
		w.intAt("tradeId", f.ID)
	})
}

func (v *Venue) testOrder(c *Call) {
	o := v.readOrder(c)
	if c.refused() {
		return
	}
	if err := v.book.Test(c.wallet(), o, c.At.UnixMilli()); err != nil {
		c.refuseOrder(err, -2010)
		return
	}
	c.out.constant(`{}`)
}

// readRef reads which order is meant.
func (v *Venue) readRef(c *Call) (*market.Market, book.Ref) {
	m := v.market(c)
	id, client := c.integer("orderId"), c.text("origClientOrderId")
	if id < 0 && client == "" {
		c.refuse(badRequest(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"))
	}
	return m, book.Ref{ID: max(id, 0), ClientID: client}
}

func writeOrder(w *writer, o *book.Order) {
	w.open('{')
	w.strAt("symbol", o.Symbol)
	w.intAt("orderId", o.ID)
	w.strAt("clientOrderId", o.ClientID)
	writeState(w, o)
	w.amountAt("stopPrice", o.StopPrice)
	w.amountAt("icebergQty", o.Iceberg)
	w.intAt("time", o.Time)
	w.intAt("updateTime", o.Updated)
	w.boolAt("isWorking", o.Working)
	w.amountAt("origQuoteOrderQty", o.QuoteQty)
	w.close('}')
}

func writeOrders(w *writer, list []book.Order) {
	w.open('[')
	for i := range list {
		writeOrder(w, &list[i])
	}
	w.close(']')
}

func (v *Venue) queryOrder(c *Call) {
	m, ref := v.readRef(c)
	if c.refused() {
		return
	}
	o, ok := v.book.Find(c.wallet(), m.Name, ref, c.At.UnixMilli())
	if !ok {
		c.refuse(errNoSuchOrder)
		return
	}
	writeOrder(&c.out, &o)
}

func (v *Venue) cancelOrder(c *Call) {
	m, ref := v.readRef(c)
	id := c.id("newClientOrderId")
	if c.refused() {
		return
	}
	o, err := v.book.Cancel(c.wallet(), m.Name, ref, c.At.UnixMilli())
	if err != nil {
		c.refuseOrder(err, -2011)
		return
	}
	v.writeCancelled(c, &o, id)
}

func (v *Venue) writeCancelled(c *Call, o *book.Order, id string) {
	if id == "" {
		id = "cancel-" + o.ClientID
		id = id[:min(len(id), 36)]
	}
	w := &c.out
	w.open('{')
	w.strAt("symbol", o.Symbol)
	w.strAt("origClientOrderId", o.ClientID)
	w.intAt("orderId", o.ID)
	w.strAt("clientOrderId", id)
	w.intAt("transactTime", c.At.UnixMilli())
	writeState(w, o)
	w.close('}')
}

func (v *Venue) cancelOpenOrders(c *Call) {
	m := v.market(c)
	if c.refused() {
		return
	}
	list := v.book.Open(c.wallet(), m.Name, c.At.UnixMilli())
	if len(list) == 0 {
		c.refuse(errUnknownOrder)
		return
	}
	c.out.open('[')
	for _, o := range list {
		if o, err := v.book.Cancel(c.wallet(), m.Name, book.Ref{ID: o.ID}, c.At.UnixMilli()); err == nil {
			v.writeCancelled(c, &o, "")
		}
	}
	c.out.close(']')
}

func (v *Venue) openOrders(c *Call) {
	name := ""
	if _, sent := c.Get("symbol"); sent {
		if m := v.market(c); m != nil {
			name = m.Name
		}
	}
	if !c.refused() {
		writeOrders(&c.out, v.book.Open(c.wallet(), name, c.At.UnixMilli()))
	}
}

// readSpan reads which part of a list is wanted.
func (c *Call) readSpan(from string) book.Span {
	return book.Span{
		FromID: c.integer(from), Start: c.integer("startTime"), End: c.integer("endTime"),
		Limit: c.count("limit", 500, tradesMost),
	}
}

func (v *Venue) allOrders(c *Call) {
	m, span := v.market(c), c.readSpan("orderId")
	if !c.refused() {
		writeOrders(&c.out, v.book.Orders(c.wallet(), m.Name, span, c.At.UnixMilli()))
	}
}

func (v *Venue) myTrades(c *Call) {
	m, span, order := v.market(c), c.readSpan("fromId"), max(0, c.integer("orderId"))
	if c.refused() {
		return
	}
	w := &c.out
	objects(w, v.book.Fills(c.wallet(), m.Name, order, span, c.At.UnixMilli()), func(f *book.Fill) {
		w.strAt("symbol", f.Symbol)
		w.intAt("id", f.ID)
		w.intAt("orderId", f.OrderID)
		w.amountAt("price", f.Price)
		w.amountAt("qty", f.Qty)
		w.amountAt("quoteQty", f.Quote)
		w.amountAt("commission", f.Commission)
		w.strAt("commissionAsset", f.FeeAsset)
		w.intAt("time", f.Time)
		w.boolAt("isBuyer", f.Buyer)
		w.boolAt("isMaker", f.Maker)
		w.boolAt("isBestMatch", true)
	})
}

func (v *Venue) accountInfo(c *Call) {
	balances, updated := v.balances(c.account.spot, c.At)
	w := &c.out
	w.open('{')
	w.intAt("makerCommission", book.Rate)
	w.intAt("takerCommission", book.Rate)
	w.constant(`"buyerCommission":0,"sellerCommission":0,"canTrade":true,"canWithdraw":true,"canDeposit":true`)
	w.intAt("updateTime", updated)
	w.strAt("accountType", "SPOT")
	omit, _ := c.Get("omitZeroBalances")
	balances = slices.DeleteFunc(balances, func(b book.Balance) bool { return omit == "true" && b.Free+b.Locked == 0 })
	objectsAt(w, "balances", balances, func(b *book.Balance) {
		w.strAt("asset", b.Asset)
		w.amountAt("free", b.Free)
		w.amountAt("locked", b.Locked)
	})
	w.textsAt("permissions", []string{"SPOT"})
	w.close('}')
}

// balances are what a wallet has of every asset of the venue, and when that
// last changed.
func (v *Venue) balances(wallet *book.Wallet, at time.Time) ([]book.Balance, int64) {
	list, updated := v.book.Balances(wallet, at.UnixMilli())
	for _, asset := range market.Assets() {
		if !slices.ContainsFunc(list, func(b book.Balance) bool { return b.Asset == asset }) {
			list = append(list, book.Balance{Asset: asset})
		}
	}
	return list, updated
}

func (v *Venue) commission(c *Call) {
	m := v.market(c)
	if c.refused() {
		return
	}
	w := &c.out
	w.open('{')
	w.strAt("symbol", m.Name)
	w.constant(`"standardCommission":{"maker":"0.00100000","taker":"0.00100000","buyer":"0.00000000","seller":"0.00000000"}`)
	w.close('}')
}

func (v *Venue) orderCounts(c *Call) {
	w := &c.out
	w.open('[')
	for i, l := range v.counter.Limits() {
		if l.Type != "ORDERS" {
			continue
		}
		w.open('{')
		w.strAt("rateLimitType", l.Type)
		w.strAt("interval", l.Unit)
		w.intAt("intervalNum", l.Num)
		w.intAt("limit", l.Limit)
		w.intAt("count", c.orders[i])
		w.close('}')
	}
	w.close(']')
}
