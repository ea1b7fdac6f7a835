package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Config says what is judged and by which rules, in the words of a person: those
// of a command line, of a test or of a program. Options makes of it what a pass
// needs. The zero Config stands for all the rules of the default edition and for
// the document's own hosts.
type Config struct {
	// Exclude are globs of files and directories that are left out, at any
	// depth; see cassettes.ParseExclude.
	Exclude []string

	// Hosts are patterns of the hosts whose traffic is judged, such as
	// "*.binance.us", "127.0.0.1:8080" or "*"; none stands for the document's
	// own hosts.
	Hosts []string

	// GatewayCounts holds clients to every 429, whoever made it: the limits are
	// those of a gateway of one's own.
	GatewayCounts bool

	// Edition is the ID of the document's edition; "" is
	// edition.DefaultID.
	Edition string

	// Limits bound what is read; the zero Limits stand for
	// format.DefaultLimits.
	Limits format.Limits

	// Rules are IDs of rules or of clauses; none stands for all. Rules are known
	// once they were registered, as a program does that imports suites/general.
	Rules []string
}

// DefaultFindings is how many findings of one rule are kept unless Options.Engine
// says another number: more teach a reader nothing new, and are counted anyhow.
const DefaultFindings = 100

// Options turns what a person said into what a pass needs. The error names the
// member at fault as a command line does, such as "host: ", what was expected and
// what was found.
func (c Config) Options() (Options, error) {
	o := Options{Input: cassettes.Options{Limits: c.Limits}}
	o.Engine = engine.Options{GatewayCounts: c.GatewayCounts, MaxFindings: DefaultFindings}
	var err error
	if o.Engine.Edition, err = held(c.Edition); err != nil {
		return Options{}, err
	}
	o.Engine.Hosts = rule.HostsOf(o.Engine.Edition)
	if o.Rules, err = Pick(o.Engine.Edition, c.Rules); err != nil {
		return Options{}, err
	}
	if len(c.Hosts) > 0 {
		if o.Engine.Hosts, err = rule.NewHosts(c.Hosts); err != nil {
			return Options{}, fmt.Errorf("host: %w", err)
		}
	}
	if o.Input.Exclude, err = cassettes.ParseExclude(c.Exclude); err != nil {
		return Options{}, fmt.Errorf("exclude: %w", err)
	}
	return o, nil
}

// held is the edition of an ID.
func held(id string) (*edition.Edition, error) {
	held, ok := edition.ByID(cmp.Or(id, edition.DefaultID))
	if !ok {
		return nil, fmt.Errorf("edition: %q: expected one of %s", id, strings.Join(edition.IDs(), ", "))
	}
	return held, nil
}

// Pick returns the edition's rules that ids name, by their own or a clause's
// ID, in the document's order; all of them if there are no ids. An ID that names
// none is an error: a typing error must not turn a check off.
func Pick(held *edition.Edition, ids []string) ([]*rule.Rule, error) {
	all := rule.All(held)
	if len(ids) == 0 {
		return all, nil
	}
	wanted := map[*rule.Rule]bool{}
	for _, id := range ids {
		found := false
		for _, r := range all {
			if r.ID == id || slices.Contains(r.Clauses, id) {
				wanted[r], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("rules: %q: expected the ID of a rule of edition %s, such as ascending, or of its clause, such as G03", id, held.ID)
		}
	}
	return slices.DeleteFunc(all, func(r *rule.Rule) bool { return !wanted[r] }), nil
}
