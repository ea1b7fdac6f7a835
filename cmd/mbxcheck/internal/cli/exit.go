package cli

import (
	"errors"
	"fmt"
)

// The exit codes, as lint's help and README.md list them; exitNoStart is for
// commands that serve or drive a target, and stands in their help.
const (
	exitConformant   = 0
	exitViolations   = 1
	exitUsage        = 2 // wrong usage, or input that could not be read
	exitNoStart      = 3
	exitNotExercised = 4
	exitBroken       = 6   // mbxcheck itself
	exitInterrupted  = 130 // 128 + SIGINT, as shells count
)

// exit ends a command with a code. Its error is nil when all is said already.
type exit struct {
	code int
	err  error
	hint string // what to do next, in lines of its own
	help bool   // point to the command's help where there is no hint
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// usage is a usage error with what to do next; "" points to the help.
func usage(hint, format string, args ...any) error {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint, help: true}
}

// broken says that mbxcheck failed, not the traffic.
func broken(err error) error { return &exit{code: exitBroken, err: err} }

// asExit finds the code of an error; what names none is a usage error, since
// only cobra and pflag make such.
func asExit(err error) *exit {
	if e, ok := errors.AsType[*exit](err); ok {
		return e
	}
	return &exit{code: exitUsage, err: err, help: true}
}
