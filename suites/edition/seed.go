package edition

import "time"

var editions = [...]*Edition{&seed2019}

var seed2019 = Edition{
	ID: DefaultID, From: 2019_07_17, To: 2019_08_14,
	// The document names the first base only. The venue added the others later,
	// api1 to api3 by 2020-11-27, api4 on 2023-01-23 and api-gcp on 2023-06-06, and
	// they serve the same API.
	Bases: []string{
		"https://api.binance.com",
		"https://api1.binance.com",
		"https://api2.binance.com",
		"https://api3.binance.com",
		"https://api4.binance.com",
		"https://api-gcp.binance.com",
	},
	Catalogue: &Catalogue{Endpoints: endpoints[:], Index: endpointIndex},
	Codes:     &Codes{All: errorCodes[:], Index: errorCodeIndex, Engine: engineMessages[:], Filters: filterFailures[:]},
	Dialect:   seedDialect,
	// Recordings since December 2017, the venue's change log of 2018-07-18
	// (REQUESTS renamed) and of 2018-11-13 (intervalNum, RAW_REQUESTS).
	LimitTypes: []LimitTypes{
		{From: 2018_01_01, Types: []string{"REQUESTS", "ORDERS"}},
		{From: 2018_07_18, Types: []string{"REQUEST_WEIGHT", "ORDERS"}},
		{From: 2018_11_13, Types: []string{"RAW_REQUESTS", "REQUEST_WEIGHT", "ORDERS"}, IntervalNum: true},
	},
	// 1200 in every recording from July 2018 to May 2021, 6000 by the change log of
	// 2023-08-25 and in recordings since.
	WeightLimits:     []WeightLimit{{2018_07_18, 1200}, {2023_08_25, 6000}},
	WeightHeaderFrom: 2019_03_12, WeightHeaderSuffixedFrom: 2019_08_15, RetryAfterFrom: 2019_03_12,
	MinBan: 2 * time.Minute,
	MaxBan: 3 * 24 * time.Hour,
}
