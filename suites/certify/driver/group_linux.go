package driver

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// group puts a command to be started into a process group of its own.
func group(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}

// wait waits for a started command and kills what is left of its group before
// it reaps the command: until then nobody else can get the group's number.
func (p *Process) wait() error {
	for {
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	p.kill()
	p.reaping.Lock()
	p.reaped = true
	p.reaping.Unlock()
	return p.cmd.Wait()
}

// kill kills the command's group, unless it is known to be dead.
func (p *Process) kill() {
	p.reaping.Lock()
	defer p.reaping.Unlock()
	if !p.reaped {
		unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL)
	}
}
