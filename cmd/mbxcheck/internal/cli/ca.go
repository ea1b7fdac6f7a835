package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Files of the CA, in the directory ca of stateDir.
const (
	caDir  = "ca"
	caFile = "ca.pem"
	caKey  = "ca-key.pem"
)

func (a *app) caCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ca COMMAND",
		GroupID: "live",
		Short:   "Make the CA that 'proxy --intercept' signs with",
		Long: `Ca makes the certification authority by which 'mbxcheck proxy --intercept'
speaks TLS in a venue's place. It is of this machine and user alone, and none
but clients that are told so trust it.`,
		Example: "  mbxcheck ca init",
		RunE: func(cmd *cobra.Command, args []string) error {
			return usage("For example: mbxcheck ca init", "ca needs a command: init")
		},
	}
	cmd.AddCommand(a.caInitCommand())
	return cmd
}

func (a *app) caInitCommand() *cobra.Command {
	var hosts []string
	var force bool
	cmd := &cobra.Command{
		Use:   "init [flags]",
		Short: "Make the CA, once",
		Long: `Init makes a CA in $XDG_STATE_HOME/mbxcheck/ca, or ~/.local/state/mbxcheck/ca: a
certificate that holds for two years, and a key that nobody else may read. Its
certificate says that it signs for the hosts alone, and for what is below them:
who trusts it trusts it for no others, whoever should come to have the key.

It says where the files are, and how a client is told to trust them.`,
		Example: "  mbxcheck ca init\n  mbxcheck ca init --force --host api.binance.us",
		Args:    noArgs,
	}
	cmd.Flags().StringArrayVar(&hosts, "host", nil, "sign for the host `NAME`; repeatable (default api.binance.com and its numbered siblings)")
	cmd.Flags().BoolVar(&force, "force", false, "replace the CA that is there, which nobody is to trust then")
	complete(cmd, "host", cobra.NoFileCompletions)
	edition := addEdition(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		hosts, err := interceptedHosts(hosts, edition)
		if err != nil {
			return err
		}
		return a.initCA(hosts, force)
	}
	return cmd
}

// initCA makes the CA and tells of it.
func (a *app) initCA(hosts []string, force bool) error {
	state, err := stateDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(state, caDir)
	file, keyFile := filepath.Join(dir, caFile), filepath.Join(dir, caKey)
	for _, there := range []string{file, keyFile} {
		if _, err := os.Lstat(there); err == nil && !force {
			return usage("To make another, which clients have to be told to trust anew: mbxcheck ca init --force", "there is a CA already: %s", there)
		}
	}
	ca, err := wire.NewKeptAuthority(time.Now(), hosts)
	if err != nil {
		return broken(err)
	}
	key, err := ca.KeyPEM()
	if err != nil {
		return broken(err)
	}
	err = os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.Chmod(dir, 0o700) // of one that was there
	}
	if err == nil {
		err = replaced(keyFile, key)
	}
	if err == nil {
		err = replaced(file, ca.PEM())
	}
	if err != nil {
		return unwritable("the CA", err)
	}
	fmt.Fprintf(a.out, `certificate  %s
private key  %s
It signs for %s, until %s.

Clients trust it that are told so, each by its own variable:
  curl             CURL_CA_BUNDLE=%[1]s
  Python requests  REQUESTS_CA_BUNDLE=%[1]s
  Go, OpenSSL      SSL_CERT_FILE=%[1]s
  Node             NODE_EXTRA_CA_CERTS=%[1]s
  Java             keytool -importcert -noprompt -alias mbxcheck -file %[1]s -keystore STORE
and HTTPS_PROXY=URL, where URL is what 'mbxcheck proxy --intercept' says. The first
three trust it in place of the system's. A command behind '--' of proxy is told
all of it.
`, plain(file), plain(keyFile), strings.Join(hosts, ", "), ca.Ends().UTC().Format(time.DateOnly))
	return nil
}

// replaced writes a file that none but its owner reads, in place of the one of that name.
func replaced(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+"-*") // of mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing, once it has its name
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// errNoCA says that ca init was not called.
var errNoCA = errors.New("there is no CA yet")

// keptCA reads the CA that is to sign for hosts.
func keptCA(hosts []string) (*wire.Authority, error) {
	state, err := stateDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(state, caDir)
	var text [2][]byte
	for i, f := range []struct {
		name   string
		others fs.FileMode // what they may not do
	}{{caFile, 0o022}, {caKey, 0o077}} {
		file := filepath.Join(dir, f.name)
		info, err := os.Lstat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, errNoCA
		case err != nil:
			return nil, usage("", "the CA can't be read: %v", err)
		case !info.Mode().IsRegular():
			return nil, usage("Make another: mbxcheck ca init --force", "the CA %s: expected a file of its own, found %s", file, info.Mode().Type())
		}
		if err := closed(file, info, f.others); err != nil {
			return nil, err
		}
		if text[i], err = os.ReadFile(file); err != nil {
			return nil, usage("", "the CA can't be read: %v", err)
		}
	}
	info, err := os.Stat(dir)
	if err == nil {
		err = closed(dir, info, 0o022)
	}
	if err != nil {
		return nil, err
	}
	ca, err := wire.ParseAuthority(text[0], text[1], time.Now(), hosts)
	if err != nil {
		return nil, usage("Make another, with --host for each host that is no default: mbxcheck ca init --force", "the CA in %s can't be used: %v", dir, err)
	}
	return ca, nil
}

// closed refuses a file of which others may do what they may not.
func closed(file string, info fs.FileInfo, others fs.FileMode) error {
	if mode := info.Mode().Perm(); mode&others != 0 && runtime.GOOS != "windows" {
		return usage("If nobody else has had it: chmod go= "+file+". Otherwise make another: mbxcheck ca init --force", "the CA %s is open to others: expected a mode without %03o, found %03o", file, others, mode)
	}
	return nil
}
