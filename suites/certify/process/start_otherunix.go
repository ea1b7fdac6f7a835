//go:build unix && !linux

package process

import (
	"context"
	"errors"
	"os"
	"syscall"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

func ownFile() (string, error) { return os.Executable() }

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitExit has no portable form: the group is killed once its leader has ended.
func awaitExit(int) {}

// endRest can't tell here what a client has left.
func endRest(int, string) bool { return false }

func dieWith(int) error     { return nil }
func dropPrivileges() error { return nil } // there is no isolation
func beInit() int           { return 1 }

func (Limits) boundUser() error { return nil }

// CanIsolate says why clients can't be isolated here.
func CanIsolate(context.Context) error { return errNotLinux }

// Unprotected says why clients can't be isolated here.
func Unprotected(context.Context, Options) ([]string, error) { return nil, errNotLinux }

func (p *Process) startIsolated(Options, *wire.Front, *pipes) error { return errNotLinux }

var errNotLinux = errors.New("isolation is for Linux. " + otherWays)
