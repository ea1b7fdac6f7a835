package venue_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// A test points its client at a venue of its own, at the time it likes.
func Example() {
	v, err := venue.New(venue.Config{
		Seed:  1,
		Clock: func() time.Time { return time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(v)
	defer server.Close()

	r, err := http.Get(server.URL + "/api/v1/depth?symbol=BTCUSDT&limit=7")
	if err != nil {
		panic(err)
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	fmt.Println(r.StatusCode, r.Header.Get("X-MBX-USED-WEIGHT"))
	fmt.Println(string(text))
	// Output:
	// 400 1
	// {"code":-1100,"msg":"Illegal characters found in parameter 'limit'; legal range is '5, 10, 20, 50, 100, 500, 1000, 5000'."}
}
