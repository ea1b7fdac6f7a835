package process

import "fmt"

// Exit is how a client ended that did not end well.
type Exit struct {
	Code   int
	Signal string // that killed it, "" for none

	// Left says that processes which it had started were still running when it
	// ended, as those of a daemon do. They were ended, too.
	Left bool

	// Over is what it took more of than it may, half a sentence: it was ended for
	// that. "" for nothing.
	Over string
}

// Error implements error.
func (e *Exit) Error() string {
	if e.Over != "" {
		return "the client was ended: " + e.Over
	}
	if e.Signal != "" {
		return "the client was killed: " + e.Signal + e.left()
	}
	return "the client ended with " + e.String()
}

// String is "exit code 1" or "signal killed", with what was left.
func (e *Exit) String() string {
	if e.Signal != "" {
		return "signal " + e.Signal + e.left()
	}
	return fmt.Sprintf("exit code %d", e.Code) + e.left()
}

func (e *Exit) left() string {
	if e.Over != "" {
		return ": " + e.Over
	}
	if e.Left {
		return " and left processes running, as a daemon does, which were ended: run it in the foreground"
	}
	return ""
}

// exitError is nil for a client that ended well.
func exitError(e Exit) error {
	if e == (Exit{}) {
		return nil
	}
	return &e
}
