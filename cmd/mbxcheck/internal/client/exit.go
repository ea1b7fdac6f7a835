package client

import "fmt"

// Exit is how a client ended that did not end well.
type Exit struct {
	Code   int
	Signal string // that killed it, "" for none
}

// Error implements error.
func (e *Exit) Error() string {
	if e.Signal != "" {
		return "the client was killed: " + e.Signal
	}
	return fmt.Sprintf("the client ended with exit code %d", e.Code)
}

// exitError is nil for a client that ended well.
func exitError(code int, signal string) error {
	if code == 0 && signal == "" {
		return nil
	}
	return &Exit{code, signal}
}
