package edition

import "testing"

func TestVenueOf(t *testing.T) {
	for host, want := range map[string]string{
		"api.binance.com": "binance.com", "api1.binance.com": "binance.com", "api.binance.us": "binance.us",
		"www.binance.com": "www.binance.com", "apiary.example": "apiary.example", "": "", "api": "api", "api1": "api1", "api0.binance.com": "binance.com", "api9.binance.com": "binance.com", "api10.binance.com": "api10.binance.com",
		"api/.x": "api/.x", "api:.x": "api:.x", "api1x.example": "api1x.example", "api1.": "api1.", "api.": "api.", "api.x": "x",
	} {
		if got := Default().VenueOf(host); got != want {
			t.Errorf("%q: expected %q, found %q", host, want, got)
		}
	}
	if got := new(Edition).VenueOf("api.x"); got != "api.x" {
		t.Errorf("expected an edition without bases to know no siblings, found %q", got)
	}
}

func TestWhoseHost(t *testing.T) {
	for host, want := range map[string][3]bool{ // base, own, lookalike
		"api.binance.com": {true, true, false}, "api5.binance.com": {true, true, false}, "api-gcp.binance.com": {true, true, false},
		"www.binance.com": {false, true, false}, "binance.com": {}, "api.notbinance.com": {}, "api55.binance.org.example": {}, "": {},
		"dex.binance.org": {false, false, true}, "jex.com": {false, false, true}, "www.jex.com": {false, false, true}, "ajex.com": {},
	} {
		e := Default()
		if got := [3]bool{e.IsBase(host), e.Owns(host), e.IsLookalike(host)}; got != want {
			t.Errorf("%q: expected a base, of its domain, a lookalike: %t, found %t", host, want, got)
		}
	}
}
