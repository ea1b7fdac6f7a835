package cli

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
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
	upstream := free(t)
	proxy := httptest.NewServer(http.StripPrefix("/binance", planted.Faithful.Handler("http://"+upstream)))
	defer proxy.Close()
	o := mbxcheck("", "certify-proxy", "--scenario", "parameters", "--url", proxy.URL+"/binance/", "--upstream-listen", upstream)
	o.expect(t, exitConformant, "conformant")

	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	o = mbxcheck("", "certify-proxy", "--scenario", "parameters", "--url", elsewhere.URL, "--upstream-listen", upstream)
	o.expect(t, exitNotExercised, "no request came to the venue")
}

// free is an address of this machine where nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A proxy that answers every GET itself, as one does whose store is broken, has kept
// nothing by that.
func TestCertifyProxyThatAnswersItself(t *testing.T) {
	t.Parallel()
	upstream := free(t)
	on := planted.Faithful.Handler("http://" + upstream)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.Error(w, "no such directory", http.StatusInternalServerError)
			return
		}
		on.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	o := mbxcheck("", "certify-proxy", "--scenario", "parameters", "--scenario", "answer-400", "--url", proxy.URL, "--upstream-listen", upstream)
	o.expect(t, exitNotExercised, "no GET came to the venue of 8 calls with which nothing was wrong: the proxy answered 500 itself")
	if strings.Contains(o.out, "✓ conformant") {
		t.Errorf("expected no conformance claimed, found %s", o.out)
	}
}

// A forward proxy is told by each request where the venue is.
func TestCertifyForwardProxy(t *testing.T) {
	t.Parallel()
	upstream := free(t)
	on := planted.Faithful.Handler("http://" + upstream)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != upstream || r.Host != upstream {
			http.Error(w, "no proxy request", http.StatusBadRequest)
			return
		}
		on.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	o := mbxcheck("", "certify-proxy", "--forward", "--scenario", "parameters", "--scenario", "many-at-once", "--scenario", "odd-*", "--url", proxy.URL, "--upstream-listen", upstream)
	o.expect(t, exitConformant, "conformant")
}

// A forward proxy that opens tunnels leads to a venue that speaks TLS, and shows a
// certificate of its own in its place.
func TestCertifyForwardProxyThatOpensTunnels(t *testing.T) {
	t.Parallel()
	upstream := free(t)
	inside := httptest.NewTLSServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "https", Host: upstream}) },
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // nobody hands it {ca}
		ErrorLog:  log.New(io.Discard, "", 0),
	})
	defer inside.Close()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := net.Dial("tcp", inside.Listener.Addr().String())
		if r.Method != http.MethodConnect || r.Host != upstream || err != nil {
			http.Error(w, "no tunnel", http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusOK)
		client, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() { io.Copy(to, client); to.Close() }()
		go func() { io.Copy(client, to); client.Close() }()
	}))
	defer proxy.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: inside.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	o := mbxcheck("", "certify-proxy", "--forward", "--ca", ca, "--scenario", "parameters", "--scenario", "*set-unanswered", "--url", proxy.URL, "--upstream-listen", upstream)
	o.expect(t, exitConformant, "conformant")
	o = mbxcheck("", "certify-proxy", "--forward", "--ca", os.Args[0], "--scenario", "parameters", "--url", proxy.URL, "--upstream-listen", upstream)
	o.expect(t, exitUsage, "expected a certificate in PEM")
}

// A proxy's certificate is read by what reads those of clients.
func TestCertificateOfProxy(t *testing.T) {
	t.Parallel()
	for id, standing := range map[string]string{"faithful": "certified", "sends-unanswered-again": "not certified"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "proxy.yaml")
		certifyProxy(t, id, "--certificate", file, "--evidence", filepath.Join(dir, "both.ndjson"), "--name", "planted", "--proxy-version", "1.2", "--configuration", id,
			"--scenario", "parameters", "--scenario", "*set-unanswered", "--scenario", "answer-4*", "--scenario", "ambiguous-*")
		c, err := certificate.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if c.Standing() != standing || c.Implementation.Configuration != id || len(c.Clauses) != 6 || len(c.Scenarios) != 7 {
			t.Errorf("%s: expected it %s, found %s, %d clauses, %d scenarios", id, standing, c.Sentence(), len(c.Clauses), len(c.Scenarios))
		}
		table := mbxcheck("", "matrix", "--format", "markdown", "--badge", filepath.Join(dir, "badge.svg"), file)
		table.expect(t, exitConformant, "| Proxy | Version | Configuration |")
		if table := mbxcheck("", "matrix", "--format", "html", file); !strings.Contains(table.out, "Proxies by clause") || strings.Contains(table.out, "lient") {
			t.Errorf("%s: expected a page of proxies alone, found %s", id, table.out)
		}
	}
	mbxcheck("", "certify-proxy", "--name", "x", "--", "sh", "{listen}", "{upstream}").expect(t, exitUsage)
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
		"CA alone":        {[]string{"--ca", "x.pem", "--", "sh", "{listen}", "{upstream}"}, exitUsage, "expected --forward"},
		"no CA":           {[]string{"--forward", "--", "sh", "{listen}", "{ca}"}, exitUsage, "expected --ca"},
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
