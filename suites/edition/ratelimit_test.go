package edition

import (
	"slices"
	"testing"
	"time"
)

func TestLimitTypesByDate(t *testing.T) {
	for _, c := range []struct {
		date  string
		types []string // nil: not known
		num   bool
	}{
		{"2017-06-01", nil, false},
		{"2018-06-09", []string{"REQUESTS", "ORDERS"}, false},
		{"2018-07-18", nil, false}, // the day of the change
		{"2018-08-01", []string{"REQUEST_WEIGHT", "ORDERS"}, false},
		{"2018-11-14", nil, false},
		{"2019-06-12", []string{"RAW_REQUESTS", "REQUEST_WEIGHT", "ORDERS"}, true},
		{"2025-08-07", []string{"RAW_REQUESTS", "REQUEST_WEIGHT", "ORDERS"}, true},
	} {
		era, known := Default().LimitTypesAt(on(c.date))
		if known != (c.types != nil) || !slices.Equal(era.Types, c.types) || era.IntervalNum != c.num {
			t.Errorf("%s: expected %v, found %+v, %v", c.date, c.types, era, known)
		}
		for _, name := range era.Types {
			if _, ok := LimitType(name); !ok {
				t.Errorf("%s: %s is no type", c.date, name)
			}
		}
	}
	if _, known := Default().LimitTypesAt(time.Time{}); known {
		t.Error("an unknown instant has no era")
	}
}

func TestLimitTypeSpellings(t *testing.T) {
	for in, want := range map[string]string{
		"RAW_REQUEST": "RAW_REQUESTS", "RAW_REQUESTS": "RAW_REQUESTS", "ORDER": "ORDERS", "ORDERS": "ORDERS",
		"REQUESTS": "REQUEST_WEIGHT", "REQUEST_WEIGHT": "REQUEST_WEIGHT",
	} {
		if got, known := LimitType(in); got != want || !known {
			t.Errorf("%s: expected %s, found %s, %v", in, want, got, known)
		}
	}
	if got, known := LimitType("CONNECTIONS"); got != "CONNECTIONS" || known {
		t.Errorf("CONNECTIONS: found %s, %v", got, known)
	}
}

func TestWeightLimitByDate(t *testing.T) {
	for date, want := range map[string]int{
		"2018-06-01": 0, "2019-06-12": 1200, "2021-05-14": 1200,
		"2023-08-24": 0, "2023-08-25": 0, "2023-08-26": 0, "2025-08-07": 6000,
	} {
		if got, known := Default().WeightLimitAt(on(date)); got != want || known != (want != 0) {
			t.Errorf("%s: expected %d, found %d, %v", date, want, got, known)
		}
	}
}

func TestBanBounds(t *testing.T) {
	if Default().MinBan.Seconds() != 120 || Default().MaxBan.Seconds() != 259200 {
		t.Errorf("bans: %v to %v", Default().MinBan, Default().MaxBan)
	}
}
