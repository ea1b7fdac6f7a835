package book

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// Balance is what a wallet has of an asset.
type Balance struct {
	Asset        string
	Free, Locked amount.Amount
}

// Wallet is one balance sheet with its orders and fills: an account has one for
// spot trading and may have another for margin. It belongs to one Book, whose
// lock guards it.
type Wallet struct {
	balances map[string]*Balance
	open     []*order            // by ID
	orders   map[string][]*order // all that are remembered, by symbol, by ID
	fills    map[string][]Fill   // by symbol, by ID
	updated  int64
}

// history bounds the orders and fills that are remembered of a wallet in one
// symbol; of the closed ones the oldest are forgotten. At 300 bytes an order it
// keeps three megabytes.
const history = 10_000

func (w *Wallet) of(asset string) *Balance {
	b := w.balances[asset]
	if b == nil {
		b = &Balance{Asset: asset}
		w.balances[asset] = b
	}
	return b
}

func (w *Wallet) remember(o *order) {
	list := append(w.orders[o.Symbol], o)
	if len(list) > history {
		excess := len(list) - history*3/4 // room for a while
		list = slices.DeleteFunc(list, func(old *order) bool {
			if old.open || excess <= 0 {
				return false
			}
			excess--
			return true
		})
	}
	w.orders[o.Symbol] = list
}

func (w *Wallet) rememberFill(f Fill) {
	list := append(w.fills[f.Symbol], f)
	if len(list) > history {
		list = append([]Fill(nil), list[len(list)-history*3/4:]...)
	}
	w.fills[f.Symbol] = list
}

// opened returns the open order of a client's ID in a symbol, or nil.
func (w *Wallet) opened(symbol, clientID string) *order {
	for _, o := range w.open {
		if o.ClientID == clientID && o.Symbol == symbol {
			return o
		}
	}
	return nil
}
