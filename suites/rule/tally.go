package rule

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// Verdict is what a rule says of the traffic it heard.
type Verdict uint8

// The five verdicts.
const (
	NotExercised Verdict = iota // the traffic held no occasion
	Pass
	Inconclusive // there was an occasion, the evidence does not decide
	Fail
	Broken // the check itself broke; reports call it "error"
)

// String returns the verdict as reports spell it.
func (v Verdict) String() string {
	return [...]string{"not-exercised", "pass", "inconclusive", "fail", "error"}[v]
}

// Telling orders verdicts by how much they say of a clause, the least first: a
// broken check is more than a doubt, and less than a violation.
func (v Verdict) Telling() int { return [...]int{0, 1, 2, 4, 3}[v] }

// Finding is one violation, with where it stands and what would mend it. All
// its text is masked: no key, signature or listen key stands in it.
type Finding struct {
	Rule     string `json:"rule"`    // its ID: see Of
	Message  string `json:"message"` // one sentence
	Expected string `json:"expected,omitempty"`
	Seen     string `json:"seen,omitempty"`
	Hint     string `json:"hint,omitempty"`
	At       Where  `json:"at"`

	// Cause tells the faults apart that a rule finds in one place, in constants of
	// the rule's own and never in what was seen: "" where there is but one.
	Cause string `json:"cause,omitempty"`

	kind Kind // worked out when first asked for
}

// Where says where a finding falls.
type Where struct {
	File     string    `json:"file,omitempty"`
	Line     int       `json:"line,omitempty"`
	Exchange int       `json:"exchange,omitempty"` // 1-based ordinal in the file
	Pointer  string    `json:"pointer,omitempty"`  // JSON Pointer into the response body, or /header/NAME, /query/NAME, /body/NAME, /status
	Time     time.Time `json:"time,omitzero"`      // of the request or response at fault; zero when unknown
	Method   string    `json:"method,omitempty"`
	Path     string    `json:"path,omitempty"`
	Status   int       `json:"status,omitempty"`
}

// RuleTally counts one rule's verdicts. Tallies merge, so that the parts of a
// large job can be judged apart.
type RuleTally struct {
	ID           string        `json:"id"`
	Passed       int64         `json:"passed,omitempty"`
	Failed       int64         `json:"failed,omitempty"`
	Inconclusive int64         `json:"inconclusive,omitempty"`
	Findings     []Finding     `json:"findings,omitempty"` // by position, within the tally's Bounds: the first few of each kind, then the first
	Doubts       Counts[int64] `json:"doubts,omitempty"`   // why inconclusive, and how often
	Error        string        `json:"error,omitempty"`    // why the check broke, "" if it did not
	Kinds        Kinds         `json:"kinds,omitzero"`     // all violations, by kind

	level clause.Level // of the rule in the edition of the pass, "" where nobody said
	kept  map[Kind]int // of Findings, by kind; nil until one is put beside them
	spent int          // those of them that have firstOfAKind of their kind before them
}

// Rule is the rule whose verdicts are counted: see Of.
func (t *RuleTally) Rule() *Rule { return Of(t.ID) }

// Level is how strongly the rule binds in the edition of the pass, which is the
// default one unless NewTally said so.
func (t *RuleTally) Level() clause.Level {
	if t.level == "" {
		return t.Rule().LevelIn(edition.Default())
	}
	return t.level
}

// Decided is how many occasions came to a pass or a failure.
func (t *RuleTally) Decided() int64 { return t.Passed + t.Failed }

// Exercised is how many occasions the traffic held, undecided ones too.
func (t *RuleTally) Exercised() int64 { return t.Decided() + t.Inconclusive }

// Verdict sums the counts up. One failure fails; a pass needs an occasion that
// was decided.
func (t *RuleTally) Verdict() Verdict {
	switch {
	case t.Error != "":
		return Broken
	case t.Failed > 0:
		return Fail
	case t.Passed > 0:
		return Pass
	case t.Inconclusive > 0:
		return Inconclusive
	}
	return NotExercised
}

// Traffic counts what was read.
type Traffic struct {
	Files        int64 `json:"files,omitempty"`        // recordings read
	Exchanges    int64 `json:"exchanges,omitempty"`    // judged
	Skipped      int64 `json:"skipped,omitempty"`      // left out: other hosts
	Unreadable   int64 `json:"unreadable,omitempty"`   // files or entries that could not be read
	Unrecognised int64 `json:"unrecognised,omitempty"` // files met in a directory that are no recording
	Cuts         int64 `json:"cuts,omitempty"`         // places where time jumps and sequences were cut
	Late         int64 `json:"late,omitempty"`         // statements made before what was heard already of the client that may have made them
	Unknown      int64 `json:"unknown,omitempty"`      // exchanges of routes that the catalogue does not know

	// Artefacts counts, of the exchanges judged, those that a recorder left
	// its traces in.
	Artefacts Artefacts `json:"artefacts,omitzero"`
}

// Tally is the whole outcome of a pass over traffic. It is plain data: what is
// written as JSON and read again is the same tally, and goes on counting.
type Tally struct {
	Edition string       `json:"edition"`
	Bounds  Bounds       `json:"bounds,omitzero"`
	Traffic Traffic      `json:"traffic"`
	Rules   []RuleTally  `json:"rules"`            // in the engine's order of rules
	Errors  []InputError `json:"errors,omitempty"` // input that could not be read, in order

	// LeftOut counts the skipped exchanges by host, for the first hosts in
	// order; it says to a user which host he may have meant.
	LeftOut Counts[HostCount] `json:"left_out,omitempty"`

	// UnknownRoutes counts exchanges by METHOD PATH that the catalogue does not
	// know: their order, kind and times are not judged. What a probe asks for
	// on purpose is not among them.
	UnknownRoutes Named `json:"unknown_routes,omitzero"`

	// PassedOver names files met in a directory that are no recording.
	PassedOver Named `json:"passed_over,omitzero"`
}

// Bounds are how many findings of a rule, and of one kind of it, are kept; 0
// for all.
type Bounds struct {
	Findings int `json:"findings,omitempty"`
	OfAKind  int `json:"of_a_kind,omitempty"`
}

// NewTally makes the empty tally of a pass by the rules.
func NewTally(e *edition.Edition, rules []*Rule, limit Bounds) *Tally {
	t := &Tally{Edition: e.ID, Rules: make([]RuleTally, len(rules)), Bounds: limit}
	for i, r := range rules {
		t.Rules[i].ID, t.Rules[i].level = r.ID, r.LevelIn(e)
	}
	return t
}

// Take returns the outcome so far, which is the caller's from now on, and has t
// count anew. The tallies of its rules stay where they are in memory.
func (t *Tally) Take() *Tally {
	taken, rules, anew := *t, t.Rules, t.Empty()
	taken.Rules = slices.Clone(rules)
	copy(rules, anew.Rules)
	*t, t.Rules = *anew, rules
	return &taken
}

// Broke reports whether some check broke.
func (t *Tally) Broke() bool {
	return slices.ContainsFunc(t.Rules, func(r RuleTally) bool { return r.Error != "" })
}

// Behind says that as many exchanges stand before those that were counted, in one
// recording of which these are a part.
func (t *Tally) Behind(exchanges int) {
	for i := range t.Rules {
		for j := range t.Rules[i].Findings {
			t.Rules[i].Findings[j].At.Exchange += exchanges
		}
	}
}

// HostCount counts the exchanges of one host.
type HostCount struct {
	Exchanges int64 `json:"exchanges,omitempty"`
	API       int64 `json:"api,omitempty"` // those whose path begins as the document's do
}

// maxHosts bounds LeftOut: a browser's recording names some hundred hosts.
const maxHosts = 256

// LeaveOut counts an exchange of a host that is not judged, and whether its path
// begins as the document's do.
func (t *Tally) LeaveOut(host string, api bool) {
	t.Traffic.Skipped++
	one := HostCount{Exchanges: 1}
	if api {
		one.API = 1
	}
	t.addHost(valid(host), one)
}

// UnknownRoute counts an exchange of a route that the catalogue does not know.
func (t *Tally) UnknownRoute(route []byte) {
	t.Traffic.Unknown++
	if n := t.UnknownRoutes.Counts[string(route)]; n != nil { // a known one takes no copy: some recordings hold little else
		*n++
		return
	}
	t.UnknownRoutes.add(valid(string(route)), 1)
}

// addHost counts more exchanges of a host.
func (t *Tally) addHost(name string, more HostCount) {
	if n := t.LeftOut.at(name, maxHosts); n != nil {
		n.Exchanges += more.Exchanges
		n.API += more.API
	}
}

// PassOver counts a file that is no recording.
func (t *Tally) PassOver(file string) {
	t.Traffic.Unrecognised++
	t.PassedOver.add(valid(file), 1)
}

// NotRead counts files or entries that could not be read, and keeps what is to be told
// of them.
func (t *Tally) NotRead(n int64, errs ...InputError) {
	t.Traffic.Unreadable += n
	t.Errors = mergedErrors(t.Errors, errs)
}

// Fits reports why o is not of the same pass as t, and so can't be merged: nil if it is.
// Whoever reads tallies asks first.
func (t *Tally) Fits(o *Tally) error {
	if t.Edition != o.Edition || t.Bounds != o.Bounds {
		return fmt.Errorf("expected a tally of edition %s within %+v, found edition %s within %+v: judge all parts with the same options", t.Edition, t.Bounds, o.Edition, o.Bounds)
	}
	if len(t.Rules) != len(o.Rules) {
		return fmt.Errorf("expected a tally of %d rules, found %d: judge all parts with the same rules", len(t.Rules), len(o.Rules))
	}
	for i := range t.Rules {
		if t.Rules[i].ID != o.Rules[i].ID {
			return fmt.Errorf("expected the rule %s, found %s in its place: judge all parts with the same rules", t.Rules[i].ID, o.Rules[i].ID)
		}
	}
	return nil
}

// Merge adds o, a tally of the same pass, to t, and panics of any other: see Fits.
// However a pass was divided and in whichever order its parts are merged, the whole is
// the same, and so is what is kept of it within the bounds.
func (t *Tally) Merge(o *Tally) {
	if err := t.Fits(o); err != nil {
		panic(err)
	}
	t.Traffic.add(&o.Traffic)
	t.Errors = mergedErrors(t.Errors, o.Errors)
	for name, n := range o.LeftOut {
		t.addHost(name, *n)
	}
	t.UnknownRoutes.merge(&o.UnknownRoutes)
	t.PassedOver.merge(&o.PassedOver)
	for i := range t.Rules {
		t.Rules[i].merge(&o.Rules[i], t.Bounds)
	}
}

func (t *Traffic) add(o *Traffic) {
	t.Files += o.Files
	t.Exchanges += o.Exchanges
	t.Skipped += o.Skipped
	t.Unreadable += o.Unreadable
	t.Unrecognised += o.Unrecognised
	t.Cuts += o.Cuts
	t.Late += o.Late
	t.Unknown += o.Unknown
	t.Artefacts.add(&o.Artefacts)
}

func (t *RuleTally) merge(o *RuleTally, limit Bounds) {
	t.Passed += o.Passed
	t.Failed += o.Failed
	t.Inconclusive += o.Inconclusive
	if o.Error != "" && (t.Error == "" || o.Error < t.Error) {
		t.Error = o.Error // the first by file, in whichever order parts come
	}
	for why, n := range o.Doubts {
		t.doubt(why, *n)
	}
	t.Kinds.merge(&o.Kinds)
	for _, f := range o.Findings {
		t.keep(f, limit)
	}
}

// keep puts a finding in its place by position. Beyond the limit it drops one:
// the last of those that have enough of their kind before them, else the last.
// Which findings are kept does not depend on the order in which files are
// judged. The place is nearly always the last.
func (t *RuleTally) keep(f Finding, limit Bounds) {
	f.kind = f.Kind()
	t.countKept()
	at := len(t.Findings)
	for at > 0 && f.before(&t.Findings[at-1]) {
		at--
	}
	t.Findings = slices.Insert(t.Findings, at, f)
	t.count(f.kind, 1)
	if limit.OfAKind > 0 && t.kept[f.kind] > limit.OfAKind {
		t.drop(t.lastOf(func(kind Kind) bool { return kind == f.kind }))
	}
	if limit.Findings > 0 && len(t.Findings) > limit.Findings {
		t.drop(t.spare())
	}
}

// countKept counts what is kept of each kind, once: it is not written with the rest.
func (t *RuleTally) countKept() {
	if t.kept != nil {
		return
	}
	t.kept = map[Kind]int{}
	for i := range t.Findings {
		f := &t.Findings[i]
		f.kind = f.Kind()
		t.count(f.kind, 1)
	}
}

// count counts one finding of a kind more, or less.
func (t *RuleTally) count(kind Kind, one int) {
	t.spent -= max(t.kept[kind]-firstOfAKind, 0)
	if t.kept[kind] += one; t.kept[kind] == 0 {
		delete(t.kept, kind)
	}
	t.spent += max(t.kept[kind]-firstOfAKind, 0)
}

func (t *RuleTally) drop(at int) {
	t.count(t.Findings[at].kind, -1)
	t.Findings = slices.Delete(t.Findings, at, at+1)
}

// lastOf is the index of the last finding of the kinds, of which there is one.
func (t *RuleTally) lastOf(is func(Kind) bool) int {
	last := len(t.Findings) - 1
	for !is(t.Findings[last].kind) {
		last--
	}
	return last
}

// spare is the index of the finding that is missed least: the last of a kind
// that has more than the first few. Where none has it is the last, which needs no
// search: with as many kinds as findings each would be one through all of them.
func (t *RuleTally) spare() int {
	if t.spent == 0 {
		return len(t.Findings) - 1
	}
	return t.lastOf(func(kind Kind) bool { return t.kept[kind] > firstOfAKind })
}

// before orders findings of one rule by where they fall, and where they fall together
// by what they say, so that two that differ have an order.
func (f *Finding) before(o *Finding) bool {
	return cmp.Or(
		cmp.Compare(f.At.File, o.At.File),
		cmp.Compare(f.At.Exchange, o.At.Exchange),
		cmp.Compare(f.At.Pointer, o.At.Pointer),
		cmp.Compare(f.Seen, o.Seen),
		cmp.Compare(f.Message, o.Message),
		cmp.Compare(f.Expected, o.Expected),
		cmp.Compare(f.Hint, o.Hint),
		cmp.Compare(f.Cause, o.Cause),
		cmp.Compare(f.At.Line, o.At.Line),
		cmp.Compare(f.At.Method, o.At.Method),
		cmp.Compare(f.At.Path, o.At.Path),
		cmp.Compare(f.At.Status, o.At.Status),
		f.At.Time.Compare(o.At.Time)) < 0
}

// maxDoubts bounds the reasons told apart for one rule; reasons are constants
// of the rules' files, so that no more than a few ever occur.
const maxDoubts = 16

// doubt counts a reason.
func (t *RuleTally) doubt(why string, n int64) {
	if counted := t.Doubts.at(why, maxDoubts); counted != nil {
		*counted += n
	}
}

// Sentence is what the finding says, never empty: what its rule demands where it
// has no message of its own.
func (f *Finding) Sentence() string {
	return cmp.Or(f.Message, Of(f.Rule).Doc.Demands, f.Rule)
}
