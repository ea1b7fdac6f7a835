// Command clientmatrix certifies the clients of suites/certify/clients, each in
// every configuration, and writes their table: reports/clients.md, with the
// certificates and what they rest on beside it. It is run from the module's root:
//
//	clientmatrix MBXCHECK [NAME...]
//
// MBXCHECK is the program that certifies. With names only those clients are
// certified anew, and the other certificates stay.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certify/clients"
)

const (
	drivers      = "suites/certify/clients"
	certificates = "reports/clients"
	table        = "reports/clients.md"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "clientmatrix: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("expected MBXCHECK [NAME...], found nothing")
	}
	mbxcheck, names := args[0], args[1:]
	all := clients.All()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c clients.Client) bool { return c.Name == name }) {
			return fmt.Errorf("no client is named %q", name)
		}
	}
	if err := os.MkdirAll(certificates, 0o755); err != nil {
		return err
	}
	var failed error
	for _, c := range all {
		if len(names) > 0 && !slices.Contains(names, c.Name) {
			continue
		}
		if err := certify(ctx, mbxcheck, c); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", c.Name, err))
		}
	}
	if failed != nil {
		return failed
	}
	return output(exec.CommandContext(ctx, mbxcheck, "matrix", "-o", table, certificates))
}

// certify writes a client's certificate. That the client breaks a clause is no
// error: exit code 1 says so.
func certify(ctx context.Context, mbxcheck string, c clients.Client) error {
	argv, err := clients.Prepare(ctx, drivers, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s\n", c.Name)
	file := filepath.Join(certificates, fileName(c.Name))
	args := []string{
		"certify", "--drive", "--format", "text=" + os.DevNull,
		"--certificate", file + ".yaml", "--evidence", file, "--",
	}
	err = output(exec.CommandContext(ctx, mbxcheck, append(args, portable(argv)...)...))
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

// portable is a command as it can be given on any machine, from the module's
// root: certificates hold it.
func portable(argv []string) []string {
	here, err := os.Getwd()
	if err != nil {
		return argv
	}
	argv = slices.Clone(argv)
	for i, arg := range argv {
		if rel, err := filepath.Rel(here, arg); err == nil && filepath.IsAbs(arg) && filepath.IsLocal(rel) {
			argv[i] = rel
		}
	}
	if found, err := exec.LookPath(filepath.Base(argv[0])); err == nil && found == argv[0] {
		argv[0] = filepath.Base(argv[0])
	}
	return argv
}

func fileName(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune("@/= ", r) {
			return '-'
		}
		return r
	}, name), "-")
}

// output runs a command and shows what it writes.
func output(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
