package cli

import (
	"strings"
	"testing"
)

// TestStumblingClients: what goes wrong between mbxcheck and a client is said in
// plain words, and none is taken for what it is not.
func TestStumblingClients(t *testing.T) {
	flags := []string{"--scenario", "429-read-1", "--profile", "market-data"}
	for _, c := range []struct {
		way   string
		flags []string
		code  int
		want  []string
	}{
		{"no JSON", nil, exitNoStart, []string{"hello has a fault", "one JSON object on one line", "{protocol: 1", "schemas/driver.schema.json"}},
		{"cut", nil, exitNoStart, []string{"hello has a fault", "one JSON object on one line"}},
		{"version 2", nil, exitNoStart, []string{"hello has a fault", "protocol: expected 1, found 2"}},
		{"no ops", nil, exitNoStart, []string{"hello has a fault", "ops: expected a list, found none"}},
		{"no version", nil, exitNoStart, []string{"hello has a fault", "version: expected a name, found none"}},
		{"no protocol", nil, exitNoStart, []string{"hello has a fault", "protocol: expected 1, found 0"}},
		{"unknown op", nil, exitNoStart, []string{"hello has a fault", `found "buy"`}},
		{"unknown member", nil, exitNoStart, []string{"hello has a fault", "language"}},
		{"several lines", nil, exitNoStart, []string{"hello has a fault", "expected all of it on one line"}},
		{"banner", nil, exitNoStart, []string{"hello stands on line 2", "Using keys from the environment", "must not get to standard output"}},
		{"JSON log", nil, exitViolations, []string{"watched", "is no hello", "back-off-after-429"}},
		{"calls first", nil, exitConformant, []string{"test-calls first", "driven", "called the venue before its hello"}},
		{"calls and quits", nil, exitNotExercised, []string{"called the venue and ended with exit code 5 without a hello"}},
		{"unreached", nil, exitNotExercised, []string{"after its hello, and was alive", "told its caller of time: error: net: no network"}},
		{"pretends", nil, exitNotExercised, []string{"it told its caller of time: ok, without a request"}},
		{"quits", nil, exitNoStart, []string{"the driver has ended", "exit code 3"}},
		{"dies", nil, exitNoStart, []string{"did not end as scripted", "exit code 9"}},
		{"killed", nil, exitNoStart, []string{"did not start", "killed"}},
		{"bot-elsewhere", nil, exitNotExercised, []string{"ended with exit code 0", "having sent nothing", "it did not connect", "ended by itself"}},
		{"bot-elsewhere", []string{"--drive"}, exitNoStart, []string{"is no driver", "exit code 0"}},
	} {
		t.Run(c.way+strings.Join(c.flags, " "), func(t *testing.T) {
			t.Parallel()
			certifies(t, c.way, append(c.flags, flags...)...).expect(t, c.code, c.want...)
		})
	}
}
