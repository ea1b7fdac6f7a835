// Command clientmatrix certifies the clients of suites/certify/clients, each in
// every configuration, and writes their table, reports/clients.md, with the
// checks of its crosses, suites/certify/clients/checks.md, below it. Certificates
// and what they rest on stay in reports/out/clients, which git ignores: they hold
// instants and this machine's paths. It is run from the module's root:
//
//	clientmatrix MBXCHECK [NAME...]
//
// MBXCHECK is the program that certifies. With names only those clients are
// certified anew, and the other certificates stay.
//
// The table is not written when a cross has no line in checks.md, or a line
// there no cross: none is shown that nobody has checked.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/dev/checked"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/clients"
)

const (
	drivers      = "suites/certify/clients"
	checks       = drivers + "/checks.md"
	certificates = "reports/out/clients"
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
	return write(ctx, mbxcheck, all)
}

// link is a link of Markdown, but no footnote. None leads anywhere where the
// certificates are not.
var link = regexp.MustCompile(`\[([^\]^]+)\]\([^)]*\)`)

// write writes the table of all certificates that are there, from this run or
// one before, and names the clients that have none.
func write(ctx context.Context, mbxcheck string, all []clients.Client) error {
	text, err := os.ReadFile(checks)
	if err != nil {
		return err
	}
	files, err := check(all, string(text))
	if err != nil {
		return fmt.Errorf("%s is left as it was:\n%w", table, err)
	}
	cmd := exec.CommandContext(ctx, mbxcheck, append([]string{"matrix"}, files...)...)
	cmd.Stderr = os.Stderr
	matrix, err := cmd.Output()
	if err != nil {
		return err
	}
	rows := strings.ReplaceAll(link.ReplaceAllString(string(matrix), "$1"), " Evidence.\n", "\n")
	return os.WriteFile(table, []byte(head+notRun(all)+"\n"+rows+"\n"+string(text)), 0o644)
}

// check holds the certificates that are there against the text of checks.md, and
// returns their files.
func check(all []clients.Client, text string) (files []string, err error) {
	read, err := checked.Read(checks, text)
	if err != nil {
		return nil, err
	}
	var crosses []checked.Cross
	var known []string
	for _, c := range all {
		certificate, err := certificate.Open(certificateOf(c))
		if errors.Is(err, fs.ErrNotExist) {
			continue // notRun names it
		}
		if err != nil {
			return nil, err
		}
		files = append(files, certificateOf(c))
		known = append(known, checked.Subject(certificate))
		crosses = append(crosses, crossesOf(certificate)...)
	}
	return files, checked.Agree(checks, crosses, read, known, len(files) == len(all))
}

func certificateOf(c clients.Client) string {
	return filepath.Join(certificates, fileName(c.Name)) + ".yaml"
}

const head = `# Real clients, clause by clause

Written by ` + "`make clients`" + `: each client as its package comes, driven by the
program for it in suites/certify/clients, isolated, through every scenario
(` + "`mbxcheck scenarios`" + `). It is certified, or not, for what it has calls for: a
client of today, which withdraws on /sapi, is not asked for /wapi. The column *Why*
says that, and what refuses a certificate.
`

// notRun says which clients the table lacks, "" for none.
func notRun(all []clients.Client) string {
	var names []string
	for _, c := range all {
		if _, err := os.Stat(certificateOf(c)); err != nil {
			names = append(names, "`"+c.Name+"`")
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "\nNot in the table, for it was not run: " + strings.Join(names, ", ") + ".\n"
}

// certify writes a client's certificate. That the client breaks a clause is no
// error, as exit code 1 says, nor that it lacks a call for one, as 4 does.
func certify(ctx context.Context, mbxcheck string, c clients.Client) error {
	argv, err := clients.Prepare(ctx, drivers, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s\n", c.Name)
	file := filepath.Join(certificates, fileName(c.Name))
	if err := os.Remove(file + ".yaml"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	args := []string{
		"certify", "--isolate", "--drive", "--format", "text=" + os.DevNull,
		"--certificate", file + ".yaml", "--evidence", file, "--",
	}
	err = output(exec.CommandContext(ctx, mbxcheck, append(args, portable(argv)...)...))
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && (exit.ExitCode() == 1 || exit.ExitCode() == 4) {
		_, err = os.Stat(file + ".yaml") // there is none of a client that was not reached
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
