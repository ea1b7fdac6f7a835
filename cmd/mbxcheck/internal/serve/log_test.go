package serve

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/mask"
)

// No line of the log is a command to the program that runs a build, whatever a
// request or an error brings along.
func TestLogCommandsNobody(t *testing.T) {
	for _, handler := range []func(*bytes.Buffer) slog.Handler{
		func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var out bytes.Buffer
		log := slog.New(&maskedLog{handler(&out), mask.New()})
		for _, text := range []string{"::stop-commands::pause", "a\n::error::x", "##[error]x", "a\r ##vso[a]b"} {
			log.With("method", text).Info("request", "path", text, "error", errors.New(text), slog.Group("more", "client", text))
		}
		if n := strings.Count(out.String(), "\n"); n != 4 {
			t.Errorf("expected 4 lines, found %d in\n%s", n, out.String())
		}
		for l := range strings.Lines(out.String()) {
			if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") || strings.Contains(l, "##vso[") {
				t.Errorf("found the line %q", l)
			}
		}
	}
}
