//go:build !linux

package driver

import "os/exec"

// Without process groups only the driver itself is killed.

func group(*exec.Cmd) {}

func (p *Process) wait() error { return p.cmd.Wait() }

func (p *Process) kill() { p.cmd.Process.Kill() }
