package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/serve"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// guide tells a person at a terminal what the greeting tells a program, and how
// to point a client at the venue.
func guide(g serve.Greeting, scenario string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "A reference exchange, edition %s, seed %d. Ctrl-C ends it.\n\n", g.Edition, g.Seed)
	fmt.Fprintf(&b, "  base URL  %s\n  admin     %s\n", g.Listening, g.Admin)
	for i, a := range g.Accounts {
		fmt.Fprintf(&b, "  account %d  key     %s\n", i+1, a.APIKey)
		if a.SecretKey != "" {
			fmt.Fprintf(&b, "             secret  %s\n", a.SecretKey)
		}
	}
	trust := ""
	if g.Certificate != "" {
		trust = " --cacert venue.pem"
		fmt.Fprintf(&b, "\nIts certificate, for clients to trust, such as in a file venue.pem:\n%s\n", strings.TrimSpace(g.Certificate))
	}
	b.WriteString("\nPoint a client at the base URL, or ask it yourself:\n")
	fmt.Fprintf(&b, "  curl%s '%s/api/v1/ping'\n  curl%s '%s/api/v1/depth?symbol=BTCUSDT&limit=5'\n", trust, g.Listening, trust, g.Listening)
	b.WriteString("Have it fail, see what it counts:\n")
	fmt.Fprintf(&b, "  curl -X PUT '%s/scenario?name=%s'\n  curl -X DELETE '%s/scenario'\n  curl '%s/scenarios'\n  curl '%s/metrics'\n", g.Admin, scenario, g.Admin, g.Admin, g.Admin)
	b.WriteString("In a pipe the first line is JSON with all this. Requests, as they come:\n\n")
	return b.String()
}

// requestLines is a log for a person: a line for each request, which shows
// neither parameters nor header fields, since secrets stand there.
type requestLines struct {
	mu sync.Mutex
	w  io.Writer
}

// Enabled implements slog.Handler.
func (h *requestLines) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle writes "10:00:01  GET /api/v1/ping → 200  1.2ms".
func (h *requestLines) Handle(_ context.Context, r slog.Record) error {
	var method, path, why string
	var status int64
	var took time.Duration
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "method":
			method = a.Value.String()
		case "path":
			path = a.Value.String()
		case "status":
			status = a.Value.Int64()
		case "took":
			took = a.Value.Duration()
		default:
			why = a.Key + "=" + a.Value.String()
		}
		return true
	})
	text := fmt.Sprintf("%s %s %s", r.Level, r.Message, why)
	if r.Message == "request" {
		answer := fmt.Sprint(status)
		if status == 0 {
			answer = "no answer"
		}
		text = fmt.Sprintf("%s %s → %s  %s", method, rule.Mask(path), answer, took.Round(100*time.Microsecond))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := fmt.Fprintf(h.w, "%s  %s\n", r.Time.Format(time.TimeOnly), plain(text))
	return err
}

// WithAttrs implements slog.Handler; nothing here has attributes of its own.
func (h *requestLines) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler.
func (h *requestLines) WithGroup(string) slog.Handler { return h }
