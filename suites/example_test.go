package suites_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/mbxcheck/mbxcheck/suites"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/judge"
)

// A Ginkgo suite of one's own, in which the document's specs stand beside
// others. TestMarketData is what go test runs.
func ExampleRegister() {
	TestMarketData := func(t *testing.T) {
		gomega.RegisterFailHandler(ginkgo.Fail)
		if err := suites.Register(suites.Config{
			Paths:  []string{"testdata/recordings"},
			Config: judge.Config{Hosts: []string{"127.0.0.1:*"}, Rules: []string{"G03", "L08"}},
		}); err != nil {
			t.Fatal(err)
		}
		ginkgo.RunSpecs(t, "market data")
	}
	_ = TestMarketData
}

// A suite about a Go client, which is put through scenarios in this process: it is
// given a transport that leads to a venue of its own, and watched.
func ExampleClient() {
	TestBot := func(t *testing.T) {
		gomega.RegisterFailHandler(ginkgo.Fail)
		key, secret := certify.Account()
		bot := func(ctx context.Context, venue http.RoundTripper) {
			trade(ctx, &http.Client{Transport: venue}, "https://api.binance.com", key, secret)
		}
		if err := suites.Register(suites.Config{
			Subject: suites.Client{Program: bot, Scenarios: []string{"429-*"}},
			Config:  judge.Config{Rules: []string{"L08"}},
		}); err != nil {
			t.Fatal(err)
		}
		ginkgo.RunSpecs(t, "bot")
	}
	_ = TestBot
}

// trade stands for the client of a test.
func trade(context.Context, *http.Client, string, string, string) {}

// A suite about a reverse proxy, which is started for it and ended with it.
func ExampleProxy() {
	TestProxy := func(t *testing.T) {
		gomega.RegisterFailHandler(ginkgo.Fail)
		if err := suites.Register(suites.Config{
			Subject: suites.Proxy{Command: []string{"./proxy", "--listen", "{listen}", "--to", "{upstream}"}},
		}); err != nil {
			t.Fatal(err)
		}
		ginkgo.RunSpecs(t, "proxy")
	}
	_ = TestProxy
}

// A program that judges recordings and chooses its own exit code.
func ExampleRun() {
	outcome, err := suites.Run(suites.Config{
		Paths:  []string{"recordings"},
		Labels: "client && must",
		JUnit:  "junit.xml",
	})
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case !outcome.Passed:
		os.Exit(1)
	}
}

// expect stands for the gomega.Expect of a test: it prints what a test would
// fail with.
var expect = gomega.NewGomega(func(message string, _ ...int) {
	message, _, _ = strings.Cut(message, "\n")
	fmt.Println(message)
}).Expect

// get stands for a client's call of a server that answers so.
func get(status int, name, value, body string) *http.Response {
	w := httptest.NewRecorder()
	w.Header().Set(name, value)
	w.WriteHeader(status)
	w.WriteString(body)
	return w.Result()
}

func ExampleBeAscendingBy() {
	expect(`[{"openTime":1563616800000},{"openTime":1563616860000}]`).To(suites.BeAscendingBy("openTime"))
	expect(`[[1563616860000,"1"],[1563616800000,"1"]]`).To(suites.BeAscendingBy("openTime"))
	// Output:
	// Expected the traffic to keep G03, found 1 violation
}

func ExampleHaveMillisecondTimes() {
	expect(`{"serverTime":1563616800000}`).To(suites.HaveMillisecondTimes("serverTime"))
	expect(`{"serverTime":1563616800}`).To(suites.HaveMillisecondTimes("serverTime"))
	// Output:
	// Expected the traffic to keep G04a, found 1 violation
}

func ExampleHaveErrorEnvelope() {
	expect(`{"code":-1121,"msg":"Invalid symbol."}`).To(suites.HaveErrorEnvelope())
	expect(`{"error":"Invalid symbol."}`).To(suites.HaveErrorEnvelope())
	// Output:
	// Expected the traffic to keep G11, found 1 violation
}

func ExampleHaveWAPIErrorEnvelope() {
	expect(`{"success":false,"msg":"Invalid symbol."}`).To(suites.HaveWAPIErrorEnvelope())
	expect(`{"success":"false","msg":"Invalid symbol."}`).To(suites.HaveWAPIErrorEnvelope())
	// Output:
	// Expected the traffic to keep G12, found 1 violation
}

func ExampleCarryUsedWeight() {
	expect(get(200, "X-MBX-USED-WEIGHT", "12", "{}")).To(suites.CarryUsedWeight())
	expect(get(200, "X-USED-WEIGHT", "12", "{}")).To(suites.CarryUsedWeight())
	// Output:
	// Expected the traffic to keep L07a, found 1 violation
}

func ExampleCarryRetryAfter() {
	expect(get(429, "Retry-After", "12", `{"code":-1003,"msg":"Too many requests."}`)).To(suites.CarryRetryAfter())
	expect(get(429, "Retry-Later", "12", `{"code":-1003,"msg":"Too many requests."}`)).To(suites.CarryRetryAfter())
	// Output:
	// Expected the traffic to keep L12 and retry-after-seconds, found 1 violation
}

// What recorders wrote while a client was under test.
func ExampleHonourRetryAfter() {
	expect("testdata/client.yaml").To(suites.HonourRetryAfter())
}

func ExampleConformTo() {
	expect("testdata/client.har").To(suites.ConformTo("G03"))
	expect("testdata/client.har").To(suites.ConformTo("back-off-after-429"))
}
