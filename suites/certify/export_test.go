package certify

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// InProcessBy is InProcess by clocks that a test makes, one a scenario.
func InProcessBy(t *testing.T, s *Scenario, steady func() func() time.Time, newDriver func(http.RoundTripper) Driver) *Result {
	t.Helper()
	return inBubble(t, s.withBan(longestBan), &Certifier{FullBan: true, steady: steady, Start: func(_ context.Context, stage *Stage) (Subject, error) {
		transport := connected(stage)
		return &inside{newDriver(distant{transport}), transport}, nil
	}})
}
