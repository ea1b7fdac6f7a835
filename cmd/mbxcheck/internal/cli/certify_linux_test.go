package cli

import (
	"os"
	"syscall"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/process"
)

// ownSession has a process leave its parent's group and session.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// TestDaemonIsTold: a client whose first process ends and leaves another one to
// call is told so, in isolation and without it, and nothing of it goes on.
func TestDaemonIsTold(t *testing.T) {
	t.Parallel()
	want := []string{"exit code 0 and left processes running, as a daemon does", "run it in the foreground"}
	// On a busy machine it is gone before anybody could tell what it is: then it
	// was watched and not reached, in the same words.
	told := func(t *testing.T, o outcome) {
		t.Helper()
		if o.code != exitNoStart && o.code != exitNotExercised {
			t.Errorf("expected exit code %d or %d, found %d", exitNoStart, exitNotExercised, o.code)
		}
		o.expect(t, o.code, want...)
	}
	t.Run("plain", func(t *testing.T) {
		told(t, certifies(t, "slow daemon", "--scenario", "429-read-1"))
		certifies(t, "slow daemon", "--scenario", "429-read-1", "--observe").expect(t, exitNotExercised, want...)
		o := certifies(t, "daemon", "--scenario", "429-read-1", "--observe", "--format", "json") // it may have called before it was ended
		o.expect(t, o.code, want...)
	})
	t.Run("isolated", func(t *testing.T) {
		if err := process.CanIsolate(t.Context()); err != nil {
			t.Skip(err)
		}
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		told(t, mbxcheck("", "certify", "--isolate", "--scenario", "429-read-1", "--env", asClient+"=slow daemon", "--env", asURL+"=https://nowhere.example", "--", exe))
	})
}

// TestForkBombEndsTheScenario, at once and with a sentence; the bomb is bounded by
// itself.
func TestForkBombEndsTheScenario(t *testing.T) {
	t.Parallel()
	if err := process.CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	bomb := "i=0; while [ $i -lt 700 ]; do sleep 60 & i=$((i+1)); done; wait"
	o := mbxcheck("", "certify", "--isolate", "--observe", "--scenario", "refused-read", "--", "sh", "-c", bomb)
	o.expect(t, exitNoStart, "the client was ended: it had ", " processes and threads at once, and may have 512")
}
