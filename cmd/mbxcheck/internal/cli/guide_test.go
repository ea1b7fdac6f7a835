package cli

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/serve"
)

func TestGuide(t *testing.T) {
	g := serve.Greeting{Listening: "http://127.0.0.1:1", Admin: "http://127.0.0.1:2", Seed: 7, Edition: "2019-seed", Accounts: []serve.Account{{APIKey: "a-key", SecretKey: "a-secret"}, {APIKey: "the-user's"}}}
	text := guide(g, "limit-429")
	for _, want := range []string{"base URL  http://127.0.0.1:1\n", "a-key", "a-secret", "the-user's", "curl 'http://127.0.0.1:1/api/v1/ping'", "curl -X PUT 'http://127.0.0.1:2/scenario?name=limit-429'", "http://127.0.0.1:2/metrics"} {
		if !strings.Contains(text, want) {
			t.Errorf("expected %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "cacert") {
		t.Errorf("without TLS, expected no certificate in\n%s", text)
	}
	g.Certificate = "-----BEGIN CERTIFICATE-----\n"
	if text := guide(g, "limit-429"); !strings.Contains(text, "curl --cacert venue.pem") || !strings.Contains(text, g.Certificate) {
		t.Errorf("expected the certificate and its use in\n%s", text)
	}
}

// A line for each request, with nothing that a client may have to hide and
// nothing that a terminal obeys.
func TestRequestLines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(&requestLines{w: &out})
	log.Info("request", "method", "GET", "path", "/api/v1/\x1b[31mdepth", "status", 200, "bytes", int64(3), "took", 1234*time.Microsecond, "client", "127.0.0.1")
	log.Info("request", "method", "POST", "path", "/api/v3/order", "status", 0, "took", 2*time.Second, "client", "127.0.0.1")
	log.Debug("a handshake failed")
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 3 || !strings.HasSuffix(lines[0], "depth → 200  1.2ms") || strings.Contains(lines[0], "\x1b") || !strings.HasSuffix(lines[1], "POST /api/v3/order → no answer  2s") {
		t.Errorf("expected two lines, found\n%q", out.String())
	}
}

// Logs of CI jobs show colours although they are no terminal.
func TestForcedColour(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		args []string
		want bool
	}{
		{nil, nil, false},
		{map[string]string{"FORCE_COLOR": "1"}, nil, true},
		{map[string]string{"CLICOLOR_FORCE": "1"}, nil, true},
		{map[string]string{"FORCE_COLOR": "0"}, nil, false},
		{map[string]string{"FORCE_COLOR": "1", "NO_COLOR": "1"}, nil, false},
		{map[string]string{"FORCE_COLOR": "1"}, []string{"--color", "never"}, false},
	} {
		for _, name := range []string{"FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR"} {
			t.Setenv(name, c.env[name])
		}
		o := mbxcheck("", append([]string{"lint", conformant}, c.args...)...)
		if colored := strings.Contains(o.out, "\x1b["); colored != c.want {
			t.Errorf("%v %v: coloured %t, expected %t", c.env, c.args, colored, c.want)
		}
	}
}
