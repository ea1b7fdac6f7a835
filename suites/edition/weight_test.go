package edition

import (
	"testing"
	"time"
)

func on(date string) time.Time {
	t, err := time.Parse("2006-01-02", date)
	if err != nil {
		panic(err)
	}
	return t.Add(12 * time.Hour)
}

func TestWeights(t *testing.T) {
	const none = "\x00" // the parameter was not sent
	for _, c := range []struct {
		method, path, date, value string
		refused                   bool
		want                      int // NotDecided: not known
	}{
		{method: "GET", path: "/api/v1/ping", date: "2019-07-20", value: none, want: 1},
		{method: "GET", path: "/api/v1/klines", date: "2019-07-20", value: none, want: 1},
		{method: "GET", path: "/api/v1/klines", date: "2018-01-16", value: none, want: 2},
		{method: "GET", path: "/api/v1/account", date: "2018-03-01", value: none, want: 5},

		{method: "GET", path: "/api/v1/depth", date: "2019-07-20", value: none, want: 1},
		{method: "GET", path: "/api/v1/depth", date: "2019-07-20", value: "5", want: 1},
		{method: "GET", path: "/api/v1/depth", date: "2019-07-20", value: "100", want: 1},
		{method: "GET", path: "/api/v1/depth", date: "2019-07-20", value: "500", want: 5},
		{method: "GET", path: "/api/v1/depth", date: "2019-07-20", value: "1000", want: 10},
		{method: "GET", path: "/api/v1/depth", date: "2019-07-20", value: "5000", want: NotDecided},
		{method: "GET", path: "/api/v1/depth", date: "2019-07-20", value: "101", want: NotDecided},
		{method: "GET", path: "/api/v3/depth", date: "2022-06-01", value: "101", want: 5},
		{method: "GET", path: "/api/v3/depth", date: "2022-06-01", value: "5001", want: NotDecided},
		{method: "GET", path: "/api/v3/depth", date: "2025-01-01", value: "5000", want: 250},
		{method: "GET", path: "/api/v3/depth", date: "2025-01-01", value: "", want: NotDecided},
		{method: "GET", path: "/api/v3/depth", date: "2025-01-01", value: "0", want: NotDecided},
		{method: "GET", path: "/api/v3/depth", date: "2025-01-01", value: "-1", want: NotDecided},
		{method: "GET", path: "/api/v3/depth", date: "2025-01-01", value: "+5", want: NotDecided},
		{method: "GET", path: "/api/v3/depth", date: "2025-01-01", value: "1e2", want: NotDecided},
		{method: "GET", path: "/api/v3/depth", date: "2025-01-01", value: "99999999999999999999", want: NotDecided},

		{method: "GET", path: "/api/v1/ticker/24hr", date: "2019-07-20", value: "BTCUSDT", want: 1},
		{method: "GET", path: "/api/v1/ticker/24hr", date: "2019-07-20", value: none, want: 40},
		{method: "GET", path: "/api/v1/ticker/24hr", date: "2019-07-20", value: "", want: NotDecided},
		{method: "GET", path: "/api/v1/ticker/24hr", date: "2018-03-01", value: "BTCUSDT", want: 1},
		{method: "GET", path: "/api/v1/ticker/24hr", date: "2018-03-01", value: none, want: NotDecided},
		{method: "GET", path: "/api/v1/ticker/allPrices", date: "2019-07-20", value: none, want: NotDecided},
		{method: "GET", path: "/api/v3/ticker/24hr", date: "2024-01-01", value: "BTCUSDT", want: 2},
		{method: "GET", path: "/api/v3/ticker/24hr", date: "2024-01-01", value: none, want: NotDecided},
		{method: "GET", path: "/api/v3/ticker", date: "2024-01-01", value: "BTCUSDT", want: 4},
		{method: "GET", path: "/api/v3/ticker", date: "2024-01-01", value: none, want: NotDecided},

		{method: "POST", path: "/api/v3/order/test", date: "2024-06-01", value: "true", want: 20},
		{method: "POST", path: "/api/v3/order/test", date: "2024-06-01", value: "false", want: 1},
		{method: "POST", path: "/api/v3/order/test", date: "2024-06-01", value: none, want: 1},
		{method: "POST", path: "/api/v3/order/test", date: "2024-06-01", value: "TRUE", want: NotDecided},

		{method: "POST", path: "/api/v3/order", date: "2026-05-01", value: none, want: 0},
		{method: "POST", path: "/api/v3/order", date: "2026-05-01", value: none, refused: true, want: 1},
		{method: "PUT", path: "/api/v3/order/amend/keepPriority", date: "2026-05-01", value: none, want: NotDecided},
		{method: "PUT", path: "/api/v3/order/amend/keepPriority", date: "2026-05-01", value: none, refused: true, want: 4},
	} {
		e := Default().Catalogue.Lookup(c.method, c.path)
		if e == nil {
			t.Errorf("%s %s: not in the catalogue", c.method, c.path)
			continue
		}
		value, present := c.value, c.value != none
		if !present {
			value = ""
		}
		got, known := e.WeightAt(on(c.date)).Weigh(value, present, !c.refused)
		if !known {
			if got != 0 {
				t.Errorf("%s on %s: not known, and yet %d", e.ID, c.date, got)
			}
			got = NotDecided
		}
		if got != c.want {
			t.Errorf("%s on %s, %q, refused %v: expected %d, found %d", e.ID, c.date, c.value, c.refused, c.want, got)
		}
	}
}

func TestWeightAtTheEdges(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		path, at string
		want     int // 0: no row surely holds
	}{
		{"/api/v1/klines", "2018-01-13T23:59:59Z", 0}, // before the first row
		{"/api/v1/klines", "2018-01-14T00:00:00Z", 2},
		{"/api/v1/klines", "2018-01-21T23:59:59Z", 2},
		{"/api/v1/klines", "2018-01-22T00:00:00Z", 0}, // a day before the day of the change
		{"/api/v1/klines", "2018-01-23T12:00:00Z", 0},
		{"/api/v1/klines", "2018-01-24T23:59:59Z", 0},
		{"/api/v1/klines", "2018-01-25T00:00:00Z", 1},
		{"/api/v1/klines", "2019-10-16T23:59:59Z", 1},
		{"/api/v1/klines", "2019-10-17T00:00:00Z", 0}, // no longer published
		{"/api/v1/klines", "2024-01-01T00:00:00Z", 0},
		{"/api/v1/ping", "2017-12-31T23:59:59Z", 0}, // "2017-12" counts from the month's end
		{"/api/v1/ping", "2018-01-01T00:00:00Z", 1},
	} {
		r := Default().Catalogue.Lookup("GET", c.path).WeightAt(at(c.at))
		switch got, known := r.Weigh("", false, true); {
		case c.want == 0 && r != nil:
			t.Errorf("%s at %s: expected no rule, found %+v", c.path, c.at, r)
		case c.want != 0 && (!known || got != c.want):
			t.Errorf("%s at %s: expected %d, found %d, %v", c.path, c.at, c.want, got, known)
		}
	}
	if r := Default().Catalogue.Lookup("GET", "/api/v1/klines").WeightAt(time.Time{}); r != nil {
		t.Errorf("an unknown instant has no row: found %+v", r)
	}
	if r := Default().Catalogue.Lookup("GET", "/api/v1/account").WeightAt(time.Time{}); r == nil {
		t.Error("one row that holds from the beginning needs no instant")
	}
}

func TestWeightRulesAreWellFormed(t *testing.T) {
	for _, e := range Default().Catalogue.Endpoints {
		for i, row := range e.Weights {
			if i > 0 && row.From <= e.Weights[i-1].From {
				t.Errorf("%s: row %d is no later than the one before", e.ID, i)
			}
			checkRule(t, e.ID, &row.WeightRule)
		}
	}
}

func checkRule(t *testing.T, id string, r *WeightRule) {
	t.Helper()
	ok, param := false, false
	switch r.Kind {
	case WeightFixed:
		ok = r.Weight > 0
	case WeightByLimit:
		param, ok = true, r.Default > 0 && len(r.Steps) > 0
		for i := 1; i < len(r.Steps); i++ {
			ok = ok && r.Steps[i].Max > r.Steps[i-1].Max && r.Steps[i].Weight >= r.Steps[i-1].Weight
		}
		for _, v := range r.Valid {
			ok = ok && v <= r.Steps[len(r.Steps)-1].Max
		}
	case WeightByPresence:
		param, ok = true, r.Present > 0 && r.Absent != 0
	case WeightByValue:
		param, ok = true, r.Value != "" && r.Present > 0 && r.Absent > 0
	case WeightByOutcome:
		ok = r.Success >= NotDecided && r.Failure > 0
	case WeightUndocumented:
		ok = true
	}
	if !ok || param != (r.Param != "") {
		t.Errorf("%s: %+v", id, r)
	}
}

func TestWeighDoesNotAllocate(t *testing.T) {
	at := on("2022-06-01")
	if n := testing.AllocsPerRun(100, func() {
		for i := range Default().Catalogue.Endpoints {
			r := Default().Catalogue.Endpoints[i].WeightAt(at)
			r.Weigh("", false, true)
			r.Weigh("500", true, false)
			r.Weigh("not a number", true, false)
		}
	}); n != 0 {
		t.Errorf("allocations: expected 0, found %v", n)
	}
}

func BenchmarkWeigh(b *testing.B) {
	e, at := Default().Catalogue.Lookup("GET", "/api/v3/depth"), on("2022-06-01")
	b.ReportAllocs()
	for b.Loop() {
		e.WeightAt(at).Weigh("1000", true, true)
	}
}
