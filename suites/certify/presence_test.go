package certify

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestNothingIsToldOfWhatIsDone: what is told is of commands that failed.
func TestNothingIsToldOfWhatIsDone(t *testing.T) {
	if got := Told(driver.Time, driver.Answer{Outcome: traffic.OutcomeOK}); got != "" {
		t.Errorf("expected nothing told of what is done, found %q", got)
	}
}
