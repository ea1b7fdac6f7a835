package probe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// info is what exchangeInfo and a price say that calls must fit in.
type info struct {
	weightLimit int64         // a minute, 0 while not told
	ordersLimit int64         // the ORDERS limit of the shortest window of a minute or less, 0 for none
	ordersIn    time.Duration // that window
	ordersEvery time.Duration // between two orders so that none of these is broken
	symbol      string
	quantity    string // of an order that is large enough
	lowPrice    string // a tenth below that of the last trade
}

// symbolInfo is one symbol of exchangeInfo.
type symbolInfo struct {
	Symbol, Status string
	Filters        []map[string]any
}

type rateLimit struct {
	RateLimitType, Interval string
	IntervalNum, Limit      any // numbers; a server may quote them
}

// fallbackSymbol is what is asked for while the server has told none.
const fallbackSymbol = "BTCUSDT"

// learn reads exchangeInfo. What it does not find stays unknown.
func (i *info) learn(body []byte) (symbolInfo, bool) {
	var told struct {
		RateLimits []rateLimit
		Symbols    []symbolInfo
	}
	i.symbol = cmp.Or(i.symbol, fallbackSymbol)
	if json.Unmarshal(body, &told) != nil {
		return symbolInfo{}, false
	}
	for _, l := range told.RateLimits {
		i.limit(l)
	}
	at := slices.IndexFunc(told.Symbols, func(s symbolInfo) bool { return s.Symbol == fallbackSymbol })
	if at < 0 {
		at = slices.IndexFunc(told.Symbols, func(s symbolInfo) bool { return s.Status == "TRADING" && isSymbol(s.Symbol) })
	}
	if at < 0 {
		return symbolInfo{}, false
	}
	i.symbol = told.Symbols[at].Symbol
	return told.Symbols[at], true
}

// isSymbol keeps what a server names out of requests that it does not fit in.
func isSymbol(s string) bool {
	return len(s) > 2 && len(s) <= 20 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}

func (i *info) limit(l rateLimit) {
	num, limit := number(l.IntervalNum), number(l.Limit)
	if limit < 1 {
		return
	}
	num = max(num, 1)
	window := map[string]time.Duration{"SECOND": time.Second, "MINUTE": time.Minute}[l.Interval] * time.Duration(min(num, 60))
	switch {
	case l.RateLimitType == "REQUEST_WEIGHT" && window == time.Minute:
		i.weightLimit = limit
	case strings.HasPrefix(l.RateLimitType, "ORDER") && window > 0 && window <= time.Minute:
		if i.ordersLimit == 0 || window < i.ordersIn {
			i.ordersLimit, i.ordersIn = limit, window
		}
		i.ordersEvery = max(i.ordersEvery, window/time.Duration(limit)+window/time.Duration(10*limit))
	}
}

// number reads a JSON number, also in quotes; 0 for anything else.
func number(v any) int64 {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0
	}
	return int64(n)
}

// size chooses price and quantity of orders that the symbol's filters take.
func (i *info) size(s symbolInfo, last float64) {
	tick, step, least, notional := "0.01", "0.000001", 0.0, 0.0
	for _, f := range s.Filters {
		switch fmt.Sprint(f["filterType"]) {
		case "PRICE_FILTER":
			tick = text(f["tickSize"], tick)
		case "LOT_SIZE":
			step, least = text(f["stepSize"], step), decimal(f["minQty"])
		case "MIN_NOTIONAL", "NOTIONAL":
			notional = max(notional, decimal(f["minNotional"]))
		}
	}
	if last <= 0 || math.IsInf(last, 0) {
		return
	}
	low := last * 0.9
	i.lowPrice = multiple(low, tick, math.Floor)
	// Twice the smallest value, so that a move of the price in between makes
	// no difference.
	i.quantity = multiple(max(least, 2*notional/low), step, math.Ceil)
	if i.lowPrice == "" || i.quantity == "" {
		i.lowPrice, i.quantity = "", ""
	}
}

// longestDecimal bounds a number that a server names as text: the venue's have
// eight digits before the point and eight behind it.
const longestDecimal = 20

func text(v any, byDefault string) string {
	if s, ok := v.(string); ok && len(s) <= longestDecimal && !strings.ContainsAny(s, "eExXpP_+-") && decimal(s) > 0 {
		return s
	}
	return byDefault
}

func decimal(v any) float64 {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0
	}
	return n
}

// mostDecimal bounds what a multiple may come to: twelve digits before the point
// are more than any market's.
const mostDecimal = 1e12

// multiple is n as a multiple of step, in step's digits, "" for none that
// anybody would trade in.
func multiple(n float64, step string, round func(float64) float64) string {
	_, fraction, _ := strings.Cut(step, ".")
	size := decimal(step)
	if n = round(n / size); n*size <= 0 || n*size > mostDecimal || math.IsNaN(n) {
		return ""
	}
	return strconv.FormatFloat(n*size, 'f', len(strings.TrimRight(fraction, "0")), 64)
}
