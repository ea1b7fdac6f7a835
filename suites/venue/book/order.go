package book

import (
	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// Order is a copy of an order as it stands.
type Order struct {
	ID        int64 // over all symbols and wallets, rising
	ClientID  string
	Symbol    string
	Side      string // Buy or Sell
	Type      string
	TIF       string // timeInForce; GTC where the type has none
	Price     amount.Amount
	Qty       amount.Amount
	QuoteQty  amount.Amount // of market orders by quote, 0 of others
	StopPrice amount.Amount
	Iceberg   amount.Amount
	Executed  amount.Amount
	Quote     amount.Amount // paid or received so far
	Status    string
	Working   bool  // on the book, or was
	Time      int64 // placed, in milliseconds since 1970
	Updated   int64
}

// The words of the document's enumerations.
const (
	Buy  = "BUY"
	Sell = "SELL"

	Limit           = "LIMIT"
	LimitMaker      = "LIMIT_MAKER"
	Market          = "MARKET"
	StopLossLimit   = "STOP_LOSS_LIMIT"
	TakeProfitLimit = "TAKE_PROFIT_LIMIT"

	GTC = "GTC"
	IOC = "IOC"
	FOK = "FOK"

	New             = "NEW"
	PartiallyFilled = "PARTIALLY_FILLED"
	Filled          = "FILLED"
	Canceled        = "CANCELED"
	Expired         = "EXPIRED"
)

// Fill is one trade of a wallet.
type Fill struct {
	ID         int64 // over all symbols and wallets, rising
	OrderID    int64
	Symbol     string
	Buyer      bool
	Maker      bool
	Price, Qty amount.Amount
	Quote      amount.Amount
	Commission amount.Amount
	FeeAsset   string
	Time       int64
}

// Rejection is why an order or a cancel is rejected, in the matching engine's
// own words, which go to the client as they stand.
type Rejection string

func (r Rejection) Error() string { return string(r) }

// The rejections.
const (
	ErrBalance   Rejection = "Account has insufficient balance for requested action."
	ErrDuplicate Rejection = "Duplicate order sent."
	ErrWouldTake Rejection = "Order would immediately match and take."
	ErrTrigger   Rejection = "Order would trigger immediately."
	ErrIceberg   Rejection = "IcebergQty exceeds QTY."
	ErrUnknown   Rejection = "Unknown order sent."
	ErrMismatch  Rejection = "Cancel order is invalid. Check origClOrdId and orderId."
)

// FilterError is the name of the filter that an order breaks.
type FilterError string

func (e FilterError) Error() string { return "Filter failure: " + string(e) }

// order is an Order at work.
type order struct {
	Order
	wallet *Wallet
	open   bool
	// reserved is what is locked for it: quote of a buyer, base of a seller.
	reserved amount.Amount
}

func (o *order) left() amount.Amount { return o.Qty - o.Executed }
func (o *order) isBuy() bool         { return o.Side == Buy }
func (o *order) isStop() bool        { return o.Type == StopLossLimit || o.Type == TakeProfitLimit }

// triggered reports whether a stop order wakes at a price.
func (o *order) triggered(price amount.Amount) bool {
	if (o.Type == StopLossLimit) == o.isBuy() {
		return price >= o.StopPrice // stop a loss of a short, take the profit of a long
	}
	return price <= o.StopPrice
}

// crosses reports whether the order's limit lets it trade at a price.
func (o *order) crosses(price amount.Amount) bool {
	switch {
	case o.Type == Market:
		return true
	case o.isBuy():
		return price <= o.Price
	}
	return price >= o.Price
}
