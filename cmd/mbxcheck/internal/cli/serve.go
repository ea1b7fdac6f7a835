package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/nearest"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/serve"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	faults "github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/venue/liar"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// serving holds the flags of the command.
type serving struct {
	*app
	o        serve.Options
	accounts []string
	limits   []string
	scenario string
	log      *choice
}

func (a *app) serveCommand() *cobra.Command {
	s := &serving{app: a}
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: "live",
		Short:   "Run a venue on loopback that behaves as the document says",
		Long: `Serve runs a reference exchange for clients to be pointed at: market data,
limits and bans as the document has them, out of a seed. Its first line on
standard output is a JSON object with the addresses and the demo accounts' keys;
then it serves until a signal ends it, and exits with 0. On a terminal it says
the same for people, and shows requests as they come.

A scenario makes calls fail on demand. --scenario takes all that certify puts
clients through, by the same names, and some more: --scenario list shows them.
The admin port takes others while the venue runs:
GET, PUT and DELETE /scenario, GET /scenarios. It has /metrics as well, and
answers 403 to what a page of another site may have sent. A liar is a venue
that breaks a rule; --liar list names them.

Recordings and logs are masked: the accounts' keys wherever they stand, what
names tell, and 40 letters and digits in a row. A shorter secret without such a
name can't be known. The recording is made for its owner alone to read.

Exit codes: 0 ended by a signal, 2 wrong usage, 3 it could not start, for
instance because the port is in use, 6 the recording is not whole: exchanges for
which there was no room, or nobody who reads the pipe, are left out, which is
said at once and at the end.`,
		Example: `  mbxcheck serve
  mbxcheck serve --listen 127.0.0.1:8080 --limit REQUEST_WEIGHT=100/1m
  mbxcheck serve --account "$KEY:$SECRET" --seed 7
  mbxcheck serve --scenario order-504-done --record session.yaml
  mbxcheck serve --liar descending-klines
  mbxcheck serve --tls --host api.binance.com
  mbxcheck serve --liar list`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	s.flags(cmd)
	return cmd
}

func (s *serving) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.o.Listen, "listen", "127.0.0.1:0", "listen on the loopback `ADDRESS`; port 0 takes a free one")
	f.StringVar(&s.o.Admin, "admin", "127.0.0.1:0", "take orders and show metrics on the loopback `ADDRESS`")
	f.Uint64Var(&s.o.Seed, "seed", 1, "make market data and demo accounts out of `N`")
	f.StringArrayVar(&s.accounts, "account", nil, "give a demo account the key and secret `KEY:SECRET`; repeatable, for the first, second and third")
	f.StringArrayVar(&s.limits, "limit", nil, "set a `LIMIT`, such as REQUEST_WEIGHT=100/1m; repeatable")
	f.StringVar(&s.scenario, "scenario", "", "fail on demand by the scenario in `FILE`, or one of the library by its name, or list")
	f.StringArrayVar(&s.o.Liars, "liar", nil, "break a rule by the liar `ID`, or list; repeatable")
	addFile(f, &s.o.Record, "record", "", "write every exchange to `FILE`, .yaml (go-vcr v3), .ndjson or .har, secrets masked")
	f.StringVar(&s.o.ClientIPHeader, "client-ip-header", "", "count a request for the address in its field `NAME`, such as X-Forwarded-For")
	f.BoolVar(&s.o.ProxyProtocol, "proxy-protocol", false, "count a request for the address in its connection's PROXY preamble, version 1 or 2")
	f.BoolVar(&s.o.TLS, "tls", false, "serve with TLS; the certificate is in the first line")
	f.StringArrayVar(&s.o.Hosts, "host", nil, "have the certificate hold for `NAME` as well, such as api.binance.com; repeatable, with --tls")
	s.log = addChoice(cmd, "log", "none", []string{"none", "text", "json"}, "FORMAT", "log every request on standard error as text or json")
	complete(cmd, "host", cobra.NoFileCompletions)
	complete(cmd, "scenario", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return servedNames(), cobra.ShellCompDirectiveDefault // or a file
	})
	complete(cmd, "liar", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return liarIDs(), cobra.ShellCompDirectiveNoFileComp
	})
}

// servedNames are the scenarios that serve knows by name.
func servedNames() []string {
	list, _ := certify.Library() // which a test reads
	return wording.Each(list, func(s *faults.Scenario) string { return s.Name })
}

func liarIDs() []string {
	return wording.Each(liar.All(), func(l liar.Liar) string { return l.ID })
}

func (s *serving) run(ctx context.Context) error {
	if listed, err := s.list(); listed || err != nil {
		return err
	}
	if err := s.options(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, endings()...)
	defer stop()
	server, err := serve.Start(s.o)
	if unsound := (*serve.OptionError)(nil); errors.As(err, &unsound) {
		return usage("", "%v", err)
	}
	if errors.Is(err, cassettes.ErrUnread) {
		return broken(err)
	}
	if err != nil {
		return &exit{code: exitNoStart, err: fmt.Errorf("the venue could not start: %w", err)}
	}
	line, err := json.Marshal(server.Greeting)
	if err != nil {
		return errors.Join(broken(err), server.Close())
	}
	if _, is := terminal(s.raw); is {
		fmt.Fprint(s.out, guide(server.Greeting, "limit-429"))
	} else {
		fmt.Fprintf(s.out, "%s\n", line)
	}
	if s.out.Err == nil { // nobody would know where it listens
		<-ctx.Done()
	}
	stop() // a second signal ends the process at once
	if err := server.Close(); err != nil {
		return broken(fmt.Errorf("the recording %s is not whole: %w", s.o.Record, err))
	}
	return nil
}

// list writes the lists that are asked for in place of a scenario or a liar.
func (s *serving) list() (bool, error) {
	listed := false
	if s.scenario == "list" {
		list, err := certify.Library()
		if err != nil {
			return false, broken(err)
		}
		for _, sc := range list {
			fmt.Fprintf(s.out, "%-27s %s\n", sc.Name, sc.Summary)
		}
		listed = true
	}
	for _, id := range s.o.Liars {
		if id != "list" && id != "help" {
			continue
		}
		for _, l := range liar.All() {
			fmt.Fprintf(s.out, "%-26s %s (breaks %s)\n", l.ID, l.Lie, strings.Join(l.Breaks, ", "))
		}
		return true, nil
	}
	return listed, nil
}

// options turns the flags into what the venue needs.
func (s *serving) options() error {
	for i, text := range s.accounts {
		a, err := accountOf(text)
		if err != nil {
			return usage("", "--account, number %d: %v", i+1, err)
		}
		if slices.ContainsFunc(s.o.Accounts, func(b serve.Account) bool { return b.APIKey == a.APIKey }) {
			return usage("", "--account, number %d: expected a key of its own, found that of another", i+1)
		}
		s.o.Accounts = append(s.o.Accounts, a)
	}
	if n := len(venue.DemoAccounts(0)); len(s.accounts) > n {
		return usage("", "--account: expected %d at the most, found %d", n, len(s.accounts))
	}
	if len(s.o.Hosts) > 0 && !s.o.TLS {
		return usage("", "--host %s: expected --tls beside it, whose certificate holds for the name", s.o.Hosts[0])
	}
	for _, h := range s.o.Hosts {
		if err := hostAlone(h); err != nil {
			return err
		}
	}
	for _, text := range s.limits {
		l, err := venue.ParseLimit(text)
		if err != nil {
			return usage("", "--limit: %v", err)
		}
		s.o.Limits = append(s.o.Limits, l)
	}
	for _, id := range s.o.Liars {
		if _, ok := liar.Named(id); ok {
			continue
		}
		hint := "'mbxcheck serve --liar list' lists them."
		if meant := nearest.To(id, liarIDs()); meant != "" {
			hint = "Did you mean " + meant + "? " + hint
		}
		return usage(hint, "--liar: no liar is called %q", id)
	}
	var err error
	if s.o.Library, err = certify.Library(); err != nil {
		return broken(err)
	}
	if s.scenario != "" {
		if s.o.Scenario, err = scenarioOf(s.o.Library, s.scenario); err != nil {
			hint := "'mbxcheck serve --scenario list' lists those that come with mbxcheck."
			if meant := nearest.To(s.scenario, servedNames()); meant != "" {
				hint = "Did you mean " + meant + "? " + hint
			}
			return usage(hint, "--scenario: %v", err)
		}
	}
	switch s.log.value {
	case "text":
		s.o.Log = slog.New(slog.NewTextHandler(s.err, nil))
	case "json":
		s.o.Log = slog.New(slog.NewJSONHandler(s.err, nil))
	default:
		s.o.NotRecorded = func(err error) { s.tell(notRecorded(s.o.Record, err)) }
		if _, is := terminal(s.raw); is {
			s.o.Log = slog.New(&requestLines{w: s.out})
		}
	}
	return nil
}

// longestKey bounds a key and a secret, in bytes: the venue's have 64, those of
// other kinds of signature a few thousand.
const longestKey = 4096

// accountOf reads KEY:SECRET. Its errors show neither.
func accountOf(text string) (serve.Account, error) {
	key, secret, ok := strings.Cut(text, ":")
	if !ok {
		return serve.Account{}, errors.New("expected KEY:SECRET, found no colon")
	}
	for _, part := range []struct{ name, text string }{{"key", key}, {"secret", secret}} {
		if n := len(part.text); n == 0 || n > longestKey {
			return serve.Account{}, fmt.Errorf("expected a %s of 1 to %d bytes, found %d", part.name, longestKey, n)
		}
		// A header field has nothing else (RFC 9110 section 5.5), and what
		// looks like a key but ends in a line's end never signs as expected.
		if strings.ContainsFunc(part.text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return serve.Account{}, fmt.Errorf("expected a %s of visible ASCII characters, found another", part.name)
		}
	}
	return serve.Account{APIKey: key, SecretKey: secret}, nil
}

// scenarioOf reads a file, or takes a name of the library where there is no
// such file.
func scenarioOf(library []*faults.Scenario, name string) (*faults.Scenario, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `./\`) {
		return faults.Among(library, name)
	}
	if err != nil {
		return nil, err
	}
	return faults.Parse(name, data)
}
