// Command proxymatrix certifies the proxies of suites/certify/relay/proxies, each in
// every configuration, and writes their table by rule, reports/proxies.md, with the
// checks of its marks, suites/certify/relay/proxies/checks.md, below it. Certificates
// stay in reports/out/proxies, which git ignores. It is run from the module's root:
//
//	proxymatrix MBXCHECK [NAME...]
//
// With names only those proxies are certified anew, and the other certificates stay.
// Run by root, the proxies are nobody's, as far as the user's umask lets nobody read
// the module: some change who they are and then can't read what they made before.
//
// The table is not written when a rule that a proxy breaks has no line in checks.md, or
// a line there no such rule.
package main

import (
	"bytes"
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
	"sync"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/dev/checked"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/relay/proxies"
)

const (
	fixtures     = "suites/certify/relay/proxies"
	checks       = fixtures + "/checks.md"
	certificates = "reports/out/proxies"
	table        = "reports/proxies.md"

	// atOnce is how many are certified at a time: they wait most of the time, and
	// what takes too long on a busy machine is left in doubt.
	atOnce = 2

	// nobody is the user and the group of that name on Linux.
	nobody = "65534"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "proxymatrix: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("expected MBXCHECK [NAME...], found nothing")
	}
	mbxcheck, names := args[0], args[1:]
	all := proxies.All()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(p proxies.Proxy) bool { return p.Name == name }) {
			return fmt.Errorf("no proxy is named %q", name)
		}
	}
	if err := os.MkdirAll(certificates, 0o755); err != nil {
		return err
	}
	places := make(chan struct{}, atOnce)
	var waiting sync.WaitGroup
	for _, p := range all {
		if len(names) > 0 && !slices.Contains(names, p.Name) {
			continue
		}
		places <- struct{}{}
		waiting.Go(func() {
			if err := certify(ctx, mbxcheck, p); err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err) // the table names it
			}
			<-places
		})
	}
	waiting.Wait()
	return write(all)
}

func certificateOf(p proxies.Proxy) string { return filepath.Join(certificates, p.Name+".yaml") }

// number is a version.
var number = regexp.MustCompile(`\d+(\.\d+)+`)

// versionOf is the version of a proxy as it is installed.
func versionOf(ctx context.Context, p proxies.Proxy) (string, error) {
	text, err := exec.CommandContext(ctx, p.Version[0], p.Version[1:]...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(p.Version, " "), err)
	}
	if found := number.Find(text); found != nil {
		return string(found), nil
	}
	return "devel", nil
}

// certify writes a proxy's certificate. That the proxy breaks a rule is no error, as
// exit code 1 says, nor that it does not pass all methods on, as 4 does.
func certify(ctx context.Context, mbxcheck string, p proxies.Proxy) error {
	if err := os.Remove(certificateOf(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	version, err := versionOf(ctx, p)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, p.Name, version)
	dir, err := os.MkdirTemp("", "proxymatrix-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "certificate.yaml")
	args := []string{mbxcheck, "certify-proxy", "--format", "text=" + os.DevNull, "--certificate", made, "--name", p.Software, "--proxy-version", version, "--configuration", p.Configuration}
	if p.Forward {
		args = append(args, "--forward")
	}
	args = append(args, "--", "sh", fixtures+"/run.sh", p.Name, "{listen}", "{upstream_host}", "{upstream_port}")
	if os.Geteuid() == 0 {
		args = append([]string{"setpriv", "--reuid=" + nobody, "--regid=" + nobody, "--clear-groups"}, args...)
		if err := os.Chmod(dir, 0o777); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && (exit.ExitCode() == 1 || exit.ExitCode() == 4) {
		err = nil
	}
	text, missing := os.ReadFile(made)
	if err != nil || missing != nil {
		return fmt.Errorf("%w\n%s", errors.Join(err, missing), said.String())
	}
	fmt.Fprintf(os.Stderr, "%s: %s", p.Name, said.String())
	return os.WriteFile(certificateOf(p), text, 0o644)
}

// row is a proxy with its certificate.
type row struct {
	proxies.Proxy
	*certificate.Certificate
}

// rulesOf are what a certificate says of each rule, in the order of the rules.
func rulesOf(c *certificate.Certificate) []certificate.RuleResult {
	var all []certificate.RuleResult
	for _, one := range c.Clauses {
		all = append(all, one.Rules...)
	}
	return all
}

// write writes the table of all certificates that are there, from this run or one
// before, and names the proxies that have none.
func write(all []proxies.Proxy) error {
	text, err := os.ReadFile(checks)
	if err != nil {
		return err
	}
	known, err := checked.Read(checks, string(text))
	if err != nil {
		return err
	}
	var rows []row
	var lacking, names []string
	var crosses []checked.Cross
	for _, p := range all {
		c, err := certificate.Open(certificateOf(p))
		if errors.Is(err, fs.ErrNotExist) {
			lacking = append(lacking, "`"+p.Name+"`")
			continue
		}
		if err != nil {
			return err
		}
		rows = append(rows, row{p, c})
		names = append(names, checked.Subject(c))
		for _, r := range rulesOf(c) {
			if r.Failed > 0 {
				crosses = append(crosses, checked.Cross{Subject: checked.Subject(c), What: r.ID})
			}
		}
	}
	if err := checked.Agree(checks, crosses, known, names, len(lacking) == 0); err != nil {
		return fmt.Errorf("%s is left as it was:\n%w", table, err)
	}
	notRun := ""
	if len(lacking) > 0 {
		notRun = "\nNot in the table, for it was not run: " + strings.Join(lacking, ", ") + ".\n"
	}
	return os.WriteFile(table, []byte(head+notRun+"\n"+tableOf(rows)+"\n"+string(text)), 0o644)
}
