package cli

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/relay/planted"
)

// asProxy is the variable that makes this test a proxy: the ID of a planted one.
const asProxy = "MBXCHECK_TEST_AS_PROXY"

// beProxy is a planted proxy that listens at the first argument and leads to the
// second.
func beProxy(id string) int {
	i := slices.IndexFunc(planted.All(), func(p planted.Proxy) bool { return p.ID == id })
	if i < 0 || len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "no such proxy as", id)
		return 7
	}
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], planted.All()[i].Handler(os.Args[2])))
	return 1
}

// verdicts are what a JSON report says of each rule.
func verdicts(t *testing.T, report string) map[string]string {
	t.Helper()
	var r struct {
		Rules []struct {
			ID                           string
			Passed, Failed, Inconclusive int
		}
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatalf("%v in %s", err, report)
	}
	all := map[string]string{}
	for _, one := range r.Rules {
		all[one.ID] = fmt.Sprintf("%d/%d/%d", one.Passed, one.Failed, one.Inconclusive)
	}
	return all
}

// certifyProxy has a planted proxy certified that this test starts.
func certifyProxy(t *testing.T, id string, flags ...string) outcome {
	t.Helper()
	args := append([]string{"certify-proxy"}, flags...)
	return mbxcheck("", append(args, "--", "env", asProxy+"="+id, os.Args[0], "{listen}", "{upstream}")...)
}

// The evidence holds what the verdicts came from.
func TestCertifyProxyAndLintOfItsEvidence(t *testing.T) {
	t.Parallel()
	for id, code := range map[string]int{"faithful": exitConformant, "sorts-parameters": exitViolations, "sends-unanswered-again": exitViolations, "stores-answers": exitViolations, "writes-two-lengths": exitViolations, "tells-own-date": exitConformant} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			evidence := filepath.Join(t.TempDir(), "both.ndjson")
			o := certifyProxy(t, id, "--format", "json", "--evidence", evidence, "--scenario", "percent-encoding", "--scenario", "*set-unanswered", "--scenario", "same-*", "--scenario", "answer-429",
				"--scenario", "ambiguous-*", "--scenario", "odd-*", "--scenario", "clock-*", "--scenario", "many-*")
			if o.code != code {
				t.Fatalf("expected %d, found %d: %s", code, o.code, o.err)
			}
			lint := mbxcheck("", "lint", "--host", "127.0.0.1:*", "--run", "proxy-*", "--format", "json", evidence)
			said, again := verdicts(t, o.out), verdicts(t, lint.out)
			if fmt.Sprint(said) != fmt.Sprint(again) || len(said) < 12 || lint.code != code {
				t.Errorf("expected lint to say the same, found\n%v\n%v", said, again)
			}
		})
	}
}

// A proxy that runs already, with a path of its own before the API's.
func TestCertifyProxyThatRuns(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	upstream := l.Addr().String()
	l.Close()
	proxy := httptest.NewServer(http.StripPrefix("/binance", planted.Faithful.Handler("http://"+upstream)))
	defer proxy.Close()
	o := mbxcheck("", "certify-proxy", "--scenario", "parameters", "--url", proxy.URL+"/binance/", "--upstream-listen", upstream)
	o.expect(t, exitConformant, "conformant")

	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	o = mbxcheck("", "certify-proxy", "--scenario", "parameters", "--url", elsewhere.URL, "--upstream-listen", upstream)
	o.expect(t, exitNotExercised, "no request came to the venue")
}

// What a proxy in trouble wrote is shown, and usage is refused with what to do.
func TestCertifyProxyInTrouble(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		code int
		said string
	}{
		"ends at once":    {[]string{"--", "sh", "-c", "echo no such setting >&2; exit 3", "{listen}", "{upstream}"}, exitNoStart, "no such setting"},
		"is none":         {[]string{"--", "/none/such", "{listen}", "{upstream}"}, exitNoStart, "/none/such"},
		"no places":       {[]string{"--", "sh"}, exitUsage, "{listen} and {upstream}"},
		"nothing":         {nil, exitUsage, "COMMAND"},
		"both":            {[]string{"--url", "http://127.0.0.1:1", "--upstream-listen", "127.0.0.1:0", "--", "sh"}, exitUsage, "both"},
		"half":            {[]string{"--url", "http://127.0.0.1:1"}, exitUsage, "one of them"},
		"https":           {[]string{"--url", "https://127.0.0.1:1", "--upstream-listen", "127.0.0.1:0"}, exitUsage, "expected a URL"},
		"no connection":   {[]string{"--url", "http://127.0.0.1:1", "--upstream-listen", "127.0.0.1:0"}, exitNoStart, "takes no connection"},
		"no scenario":     {[]string{"--scenario", "parametres", "--list"}, exitUsage, "no scenario is called so"},
		"evidence format": {[]string{"--evidence", "x.har", "--", "sh", "{listen}", "{upstream}"}, exitUsage, ".ndjson"},
	} {
		o := mbxcheck("", append([]string{"certify-proxy"}, test.args...)...)
		if o.code != test.code || !strings.Contains(o.err, test.said) {
			t.Errorf("%s: expected %d and %q, found %d and %s%s", name, test.code, test.said, o.code, o.out, o.err)
		}
	}
	o := mbxcheck("", "certify-proxy", "--list", "--scenario", "hung")
	o.expect(t, exitConformant, "hung")
}
