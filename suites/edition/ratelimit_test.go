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
		era, known := edition2019seed.LimitTypesAt(on(c.date))
		if known != (c.types != nil) || !slices.Equal(era.Types, c.types) || era.IntervalNum != c.num {
			t.Errorf("%s: expected %v, found %+v, %v", c.date, c.types, era, known)
		}
		for _, name := range era.Types {
			if _, ok := LimitType(name); !ok {
				t.Errorf("%s: %s is no type", c.date, name)
			}
		}
	}
	if _, known := edition2019seed.LimitTypesAt(time.Time{}); known {
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
		if got, known := edition2019seed.WeightLimitAt(on(date)); got != want || known != (want != 0) {
			t.Errorf("%s: expected %d, found %d, %v", date, want, got, known)
		}
	}
}

// A constant may hold digits that are no day.
func TestDatesAreDays(t *testing.T) {
	dates := []Date{edition2019seed.WeightHeaderFrom, edition2019seed.RetryAfterFrom, edition2019seed.WeightHeaderSuffixedFrom}
	for _, era := range edition2019seed.LimitTypes {
		dates = append(dates, era.From)
	}
	for _, l := range edition2019seed.WeightLimits {
		dates = append(dates, l.From)
	}
	for _, d := range dates {
		if day := DateOf(d.Time()); day != d {
			t.Errorf("%d is no day: it would be %s", int32(d), day)
		}
	}
}

func TestBanBounds(t *testing.T) {
	if edition2019seed.MinBan.Seconds() != 120 || edition2019seed.MaxBan.Seconds() != 259200 {
		t.Errorf("bans: %v to %v", edition2019seed.MinBan, edition2019seed.MaxBan)
	}
}
