package venue_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

func TestBeforeAnswersInsteadOfCarryingOut(t *testing.T) {
	v, now := newVenue(t, venue.Config{Hooks: venue.Hooks{
		Before: func(c *venue.Call, a *venue.Answer) bool {
			if c.Method != "POST" {
				return false
			}
			a.Status, a.Body = 504, nil
			return true
		},
	}})
	c := newClient(t, v, now)
	r := c.signed("POST", "/api/v3/order", resting)
	if r.StatusCode != 504 || r.Header.Get("X-MBX-USED-WEIGHT") != "1" {
		t.Errorf("expected 504 and the fields of every answer, found %d %v", r.StatusCode, r.Header)
	}
	if open := body[[]orderAnswer](t, c.ok(c.signed("GET", "/api/v3/openOrders", ""))); len(open) != 0 {
		t.Errorf("expected nothing carried out, found %+v", open)
	}
}

func TestAfterChangesTheAnswerOfWhatWasCarriedOut(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	v.SetHooks(venue.Hooks{After: func(c *venue.Call, a *venue.Answer) {
		if c.Endpoint != nil && c.Endpoint.ID == "POST /api/v3/order" {
			a.Status, a.Body = 503, append(a.Body[:0], `{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}`...)
			a.Del(c.Names.UsedWeight)
			a.Set("X-Extra", "1")
		}
	}})
	r := c.signed("POST", "/api/v3/order", resting)
	if r.Header.Get("X-MBX-USED-WEIGHT") != "" || r.Header.Get("X-Extra") != "1" {
		t.Errorf("expected the fields changed, found %v", r.Header)
	}
	c.expect(r, 503, -1007, "")
	if open := body[[]orderAnswer](t, c.ok(c.signed("GET", "/api/v3/openOrders", ""))); len(open) != 1 {
		t.Errorf("expected the order placed, found %+v", open)
	}
}

// A venue that let the body win would be one of the liars; the hook that makes
// one sees the parameters before they are read.
func TestBeforeMayReorderParameters(t *testing.T) {
	v, now := newVenue(t, venue.Config{Hooks: venue.Hooks{Before: func(c *venue.Call, _ *venue.Answer) bool {
		slices.Reverse(c.Params)
		return false
	}}})
	c := newClient(t, v, now)
	query, form := c.stamped(testOrder), "symbol=NOSUCH"
	c.expect(c.send("POST", "/api/v3/order/test", query, form+"&signature="+sign(c.secret, query+form)), 400, -1121, "")
}

func TestSendMayReset(t *testing.T) {
	v, err := venue.New(venue.Config{Hooks: venue.Hooks{Send: func(http.ResponseWriter, *venue.Call, *venue.Answer) bool {
		panic(http.ErrAbortHandler)
	}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(v)
	defer server.Close()
	if _, err := http.Get(server.URL + "/api/v1/ping"); err == nil {
		t.Error("expected a broken connection, found an answer")
	}
	v.SetHooks(venue.Hooks{})
	r, err := http.Get(server.URL + "/api/v1/ping")
	if err != nil || r.StatusCode != 200 {
		t.Errorf("expected an answer once the hooks are gone, found %v %v", r, err)
	}
}
