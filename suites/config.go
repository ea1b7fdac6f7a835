package suites

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Config says what is judged, by which rules, and, for Run, where the outcome
// goes. Only Paths is needed.
type Config struct {
	// Paths are recordings: files, directories with all below them, or "-"
	// for standard input.
	Paths []string

	// Exclude are globs of files and directories that are left out of Paths, at
	// any depth; see cassettes.ParseExclude.
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

	// Rules are IDs of rules or of clauses; none stands for all.
	Rules []string

	// FailOn is the weakest level whose violation fails a spec; "" is
	// clause.Must. A violation of a weaker level is told in a spec that is
	// skipped.
	FailOn clause.Level

	// The rest is for Run; in a suite of one's own, Ginkgo's flags serve.

	Labels  string    // Ginkgo label filter, such as "server && must"; "" takes all
	Output  io.Writer // for Ginkgo's console report; nil is standard output
	Color   bool
	Verbose bool   // name the specs that pass or are skipped, too
	JUnit   string // file for Ginkgo's JUnit report; "" for none
	JSON    string // file for Ginkgo's JSON report; "" for none
}

// plan is a Config found to be sound.
type plan struct {
	Config
	edition *edition.Edition
	hosts   rule.Hosts
	exclude cassettes.Exclude
	rules   []*rule.Rule
}

func (cfg Config) plan() (*plan, error) {
	p := &plan{Config: cfg}
	if len(cfg.Paths) == 0 {
		return nil, fmt.Errorf("suites: expected at least one path of a recording, found none")
	}
	var err error
	if p.edition, err = editionOf(cfg.Edition); err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	p.hosts = rule.DefaultHosts()
	if len(cfg.Hosts) > 0 {
		if p.hosts, err = rule.NewHosts(cfg.Hosts); err != nil {
			return nil, fmt.Errorf("suites: %w", err)
		}
	}
	if p.rules, err = pick(p.edition, cfg.Rules); err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	if p.exclude, err = cassettes.ParseExclude(cfg.Exclude); err != nil {
		return nil, fmt.Errorf("suites: Exclude: %w", err)
	}
	if p.FailOn == "" {
		p.FailOn = clause.Must
	}
	if levels := []clause.Level{clause.Must, clause.Should, clause.May, clause.Info}; !slices.Contains(levels, p.FailOn) {
		return nil, fmt.Errorf("suites: FailOn: expected one of %v, found %q", levels, p.FailOn)
	}
	return p, nil
}

func editionOf(id string) (*edition.Edition, error) {
	if id == "" {
		id = edition.DefaultID
	}
	held, ok := edition.ByID(id)
	if !ok {
		var known []string
		for _, e := range edition.All() {
			known = append(known, e.ID)
		}
		return nil, fmt.Errorf("edition %q: expected one of %s", id, strings.Join(known, ", "))
	}
	return held, nil
}

// pick returns the edition's rules that ids name, by their own or a clause's
// ID, in the document's order; all of them if ids is empty.
func pick(held *edition.Edition, ids []string) ([]*rule.Rule, error) {
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
			return nil, fmt.Errorf("%q: expected the ID of a rule of edition %s, such as ascending, or of its clause, such as G03", id, held.ID)
		}
	}
	return slices.DeleteFunc(all, func(r *rule.Rule) bool { return !wanted[r] }), nil
}
