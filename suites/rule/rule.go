package rule

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Rule is one executable check: a value in a file of its own, registered where
// it stands. Rules are immutable after Register and safe for concurrent use;
// the probes that New makes are not.
//
// One of Check, New and Pair is set, or none where NotHere says why.
type Rule struct {
	ID      string       // permanent, kebab-case, never renumbered
	Clauses []string     // IDs of the clauses it judges, the main one first
	Party   clause.Party // whose obligation it is
	Level   clause.Level // where it is weaker than that of the main clause, see LevelIn
	Since   string       // the month it came in, as 2026-11: what an older list of findings could not hold is no regression
	Doc     Doc

	// Only says for which endpoints the rule listens; nil for all exchanges,
	// also those of endpoints that the catalogue does not know (nil).
	Only func(*edition.Endpoint) bool

	// On narrows what a Check listens to; the zero value is every exchange.
	On Occasion

	// Check judges one exchange by itself, its bodies at hand.
	Check func(*Trial, *traffic.Facts)

	// New makes a probe, which judges a sequence of events of one Scope.
	New   func() Probe
	Scope Scope

	// Needs says what evidence of a client New's probe asks of its Trial.
	Needs Needs

	// Pair judges both sides of a request that went through a proxy, where the
	// recording holds them (traffic.Hop). The engine asks it once for each request,
	// when nothing more can come of it, and never of one of which it had to forget
	// a part: that is inconclusive. On does not narrow it, Only does.
	Pair func(*Trial, *Relay)

	// NotHere says why ordinary traffic of one side cannot show the clause,
	// for rules that need both sides of a proxy or a live target. With New, the
	// rule judges the experiments of a probe (traffic.Experiment).
	NotHere string

	// Plant is the smallest change to a conversation on which the rule passes
	// that breaks exactly this rule.
	Plant func(*conversation.Conversation)

	// AlsoBreaks names the rules that Plant cannot but break too.
	AlsoBreaks []string

	pc uintptr // where the rule is registered
}

// Source returns where the rule is registered; "" and 0 if it is not. The file
// is named as the compiler knew it, with slashes.
func (r *Rule) Source() (file string, line int) {
	at, _ := runtime.CallersFrames([]uintptr{r.pc}).Next()
	return filepath.ToSlash(at.File), at.Line
}

// at is the source as messages have it.
func (r *Rule) at() string {
	file, line := r.Source()
	return fmt.Sprintf("%s:%d", file, line)
}

// Doc is what a person reads about a rule: in explain, in the rule table and
// in reports. Sentences, no markup but `code`.
type Doc struct {
	Demands string // what the rule demands, one sentence
	Why     string // what it costs the one who breaks it
	Mend    string // what to do; the hint of every finding
	Reading string // where the document is ambiguous: the reading, and why
	Good    string // an exchange that keeps the rule, in a line or few
	Bad     string // one that breaks it
}

// Scope is whose events a probe hears: one probe is made for each.
type Scope uint8

const (
	// PerIP is one client address at one venue: limits and bans are counted so.
	PerIP Scope = iota
	// PerKey is one API key at one venue.
	PerKey
)

// Probe hears a scope's requests and responses in time order. Any function may
// be nil. A probe is used by one goroutine.
//
// Most sequence rules wait for a refusal or a failure and then watch what the
// client does; Trouble and Next are for them, and cost nothing on clean
// traffic. Tried costs nothing on traffic without experiments.
type Probe struct {
	Request  func(*Trial, *Event) // every request
	Response func(*Trial, *Event) // every response
	Trouble  func(*Trial, *Event) // every response of status 400 or above, and what Event.NoData, SaysUnknown and Lost tell of
	Next     func(*Trial, *Event) // every request after the scope's first trouble
	Told     func(*Trial, *Event) // every statement of a driven client, once the scope is known
	End      func(*Trial)         // the end of the recording, or of the episode: nothing more will come. It may pass or doubt, and not fail
	Tried    func(*Trial, *Event) // every answer to a request of an experiment, and every one that was seen to be lost
}

// Registry of rules: filled by package-level variables of the rules' files
// before main, read-only from then on.
var registry = map[string]*Rule{}

// Register adds a rule and returns it. It panics on a rule that no build
// should ship: a duplicate ID, an unknown clause, no way to judge.
func Register(r Rule) *Rule {
	var pc [1]uintptr // to be looked up when asked for: that reads tables which few runs need
	runtime.Callers(2, pc[:])
	r.pc = pc[0]
	if err := r.valid(); err != nil {
		panic(fmt.Sprintf("%s: rule %q: %v", r.at(), r.ID, err))
	}
	registry[r.ID] = &r
	return &r
}

func (r *Rule) valid() error {
	if registry[r.ID] != nil {
		return fmt.Errorf("expected a new ID, found one that is registered at %s", registry[r.ID].at())
	}
	if len(r.Clauses) == 0 {
		return fmt.Errorf("expected a clause, found none")
	}
	for _, id := range r.Clauses {
		if _, ok := clause.ByID(id); !ok {
			return fmt.Errorf("expected a clause of the document, found %q", id)
		}
	}
	switch {
	case !r.Judges() && r.NotHere == "":
		return fmt.Errorf("expected one of Check, New, Pair and NotHere, found none")
	case r.Check != nil && (r.New != nil || r.Pair != nil || r.NotHere != ""):
		return fmt.Errorf("expected Check alone, found New, Pair or NotHere beside it")
	case r.Pair != nil && r.New != nil:
		return fmt.Errorf("expected one of New and Pair, found both")
	case r.Pair != nil && r.On != 0:
		return fmt.Errorf("expected On of a rule with Check, found it with Pair")
	}
	if r.Needs != 0 && r.New == nil {
		return fmt.Errorf("expected Needs of a rule with New, found it without: only probes have a client's evidence")
	}
	if _, err := time.Parse("2006-01", r.Since); err != nil {
		return fmt.Errorf("expected in Since the month the rule came in, as 2026-11, found %q", r.Since)
	}
	return nil
}

// Of returns the registered rule of an ID, as tallies name it. Of one that this
// program does not have nothing is known but its ID; that is taken for an obligation
// of the highest level, so that what it found is never told for less than it is.
func Of(id string) *Rule {
	if r := registry[id]; r != nil {
		return r
	}
	return &Rule{ID: id, Level: clause.Must}
}

// HoldsIn reports whether the rule holds in an edition: where its main clause does.
func (r *Rule) HoldsIn(e *edition.Edition) bool {
	_, holds := r.main(e)
	return holds
}

// Editions are the IDs of the editions in which the rule holds, the oldest first.
func (r *Rule) Editions() []string {
	ids := []string{}
	for _, e := range edition.All() {
		if r.HoldsIn(e) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// main is what an edition says of the rule's main clause.
func (r *Rule) main(e *edition.Edition) (text *edition.Text, holds bool) {
	if len(r.Clauses) == 0 {
		return nil, false
	}
	return e.Text(r.Clauses[0])
}

// LevelIn is how strongly the rule binds in an edition: as its main clause, or weaker
// where it says so itself. Where the edition does not hold the clause it is the rule's
// own level, or else the highest.
func (r *Rule) LevelIn(e *edition.Edition) clause.Level {
	text, holds := r.main(e)
	switch {
	case !holds:
		return cmp.Or(r.Level, clause.Must)
	case r.Level == "" || Severity(text.Level) < Severity(r.Level):
		return text.Level
	}
	return r.Level
}

// Judges reports whether the rule can judge anything: there are clauses that
// nobody can show yet.
func (r *Rule) Judges() bool { return r.Check != nil || r.New != nil || r.Pair != nil }

// All returns the registered rules that hold in an edition, in the document's order,
// rules of one clause by falling level and then by ID; the nil edition has none.
func All(e *edition.Edition) []*Rule {
	if e == nil {
		return nil
	}
	var rules []*Rule
	for _, r := range registry {
		if r.HoldsIn(e) {
			rules = append(rules, r)
		}
	}
	order := map[string]int{}
	for i := range e.Clauses {
		order[e.Clauses[i].ID] = i
	}
	slices.SortFunc(rules, func(a, b *Rule) int {
		return cmp.Or(
			cmp.Compare(order[a.Clauses[0]], order[b.Clauses[0]]),
			cmp.Compare(Severity(b.LevelIn(e)), Severity(a.LevelIn(e))),
			cmp.Compare(a.ID, b.ID))
	})
	return rules
}

// Severity orders levels: 4 for must down to 1 for info.
func Severity(l clause.Level) int {
	switch l {
	case clause.Must:
		return 4
	case clause.Should:
		return 3
	case clause.May:
		return 2
	}
	return 1
}
