// Package market makes up the venue's public market: which symbols there are,
// and every trade ever made in them.
//
// The market is a function of a seed: any trade, candle or order book of any
// time can be asked for in any order, costs no memory of what came before, and
// is the same each time and on every machine (all arithmetic is on whole
// numbers). Everything else is derived from the trades: a candle is the
// aggregate of the trades of its interval, an aggregate trade that of its
// trades, a ticker that of its candles. A candle of a month costs no more than a
// few thousand additions.
//
// It must not know accounts, orders or HTTP.
package market
