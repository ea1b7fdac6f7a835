package main

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// ascending reads G03: rows with an age run oldest first.
func ascending(r *reading, j *judgement) {
	rows, ok := r.value.([]any)
	if r.route == nil || !r.success() || !ok || len(rows) < 2 {
		return
	}
	for _, o := range r.route.Orders {
		if o.Status != edition.Enforce || o.Array != "$" {
			continue
		}
		c := neighbours(rows, o)
		switch {
		case c.wrong == "" && c.compared > 0:
			j.keep(r, "%s ascends", o.Key)
		case c.wrong == "":
			j.doubt(r, "no two rows have %s", o.Key)
		case c.same && c.compared >= 2:
			j.doubt(r, "all rows have one %s: somebody replaced it", o.Key)
		case invalidated(rows):
			j.doubt(r, "%s, among aggregate trades that the venue has invalidated", c.wrong)
		case risesByTime(rows, r.route):
			j.doubt(r, "%s, but the rows rise by their times", c.wrong)
		default:
			j.fail(r, "%s", c.wrong)
		}
	}
}

type comparison struct {
	compared int
	wrong    string // the first two neighbours that stand the wrong way round
	same     bool   // all keys are one
}

// neighbours compares the rows of each group by a key.
func neighbours(rows []any, o edition.Order) comparison {
	c := comparison{same: true}
	last := map[string]*big.Int{}
	for _, row := range rows {
		n, _ := integerOf(member(row, o.Key))
		if n == nil {
			continue
		}
		group := ""
		if o.GroupBySymbol {
			group, _ = member(row, "symbol").(string)
		}
		if before := last[group]; before != nil {
			c.compared++
			way := before.Cmp(n)
			c.same = c.same && way == 0
			if c.wrong == "" && (way > 0 || way == 0 && o.Strict) {
				c.wrong = o.Key + " " + before.String() + " stands before " + n.String()
			}
		}
		last[group] = n
	}
	return c
}

// member is what a row holds by a name, or by a place such as [0].
func member(row any, key string) any {
	if place, ok := strings.CutPrefix(key, "["); ok {
		i, _ := strconv.Atoi(strings.TrimSuffix(place, "]"))
		if list, ok := row.([]any); ok && i < len(list) {
			return list[i]
		}
		return nil
	}
	o, _ := row.(map[string]any)
	return o[key]
}

// invalidated reports whether there are aggregate trades that the venue has taken
// back: their first trade's id is -1.
func invalidated(rows []any) bool {
	for _, row := range rows {
		o, _ := row.(map[string]any)
		if _, aggregate := o["a"]; aggregate && o["f"] == json.Number("-1") {
			return true
		}
	}
	return false
}

// risesByTime reports whether each row has a later time than the one before it.
func risesByTime(rows []any, route *edition.Endpoint) bool {
	for _, o := range route.Orders {
		if o.Key != "time" && o.Key != "T" {
			continue
		}
		for i := 1; i < len(rows); i++ {
			a, _ := integerOf(member(rows[i-1], o.Key))
			b, _ := integerOf(member(rows[i], o.Key))
			if a == nil || b == nil || a.Cmp(b) >= 0 || !isInstant(a) || !isInstant(b) {
				return false
			}
		}
		return true
	}
	return false
}

func isInstant(n *big.Int) bool {
	u, _ := unitOf(n)
	return u != noUnit
}
