package venue_test

import (
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// TestVenueOfAnotherEdition: names, days and times are those of the edition that
// the venue was given.
func TestVenueOfAnotherEdition(t *testing.T) {
	d := *edition.Default().Dialect
	d.Fields.Prefixes = append([]string{"Used-"}, d.Fields.Prefixes...)
	d.Fields.UsedWeight, d.Fields.APIKey, d.Members.Code, d.Members.Msg = "Used-Credits", "Client-Key", "fault", "reason"
	d.Params = []traffic.ParamName{{Name: "clock", Role: traffic.RoleTimestamp}, {Name: "seal", Role: traffic.RoleSignature}, {Name: "patience", Role: traffic.RoleRecvWindow}}
	d.Clock.Farthest = 20 * time.Second
	dialect, err := traffic.NewDialect(d)
	if err != nil {
		t.Fatal(err)
	}
	held := *edition.Default()
	held.Dialect, held.MaxRecvWindowFrom = dialect, held.From
	v, now := newVenue(t, venue.Config{Edition: &held})
	a := v.Accounts()[0]
	ask := func(params string) *httptest.ResponseRecorder {
		stamped := "clock=" + strconv.FormatInt(now.at.UnixMilli(), 10) + params
		r := httptest.NewRequest("GET", "/api/v3/account?"+stamped+"&seal="+sign(a.Secret, stamped), nil)
		r.Header.Set("Client-Key", a.Key)
		w := httptest.NewRecorder()
		v.ServeHTTP(w, r)
		return w
	}
	if w := ask("&patience=20000"); w.Code != 200 || w.Header().Get("Used-Credits") == "" || w.Header().Get("X-Mbx-Used-Weight") != "" {
		t.Errorf("expected the account and the edition's counter, found %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w, want := ask("&patience=20001"), `{"fault":-1131,"reason":"recvWindow must be less than 20000."}`; w.Body.String() != want {
		t.Errorf("expected %s, found %s", want, w.Body)
	}
}
