package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/mask"
)

// Grade says which part of a client's duty a rule judges. Most clients are
// libraries: what their program asks for they send, so that keeping silence is
// only half theirs.
type Grade string

// The grades, the one that binds first.
const (
	Obeys  Grade = "obeys"  // what the client sends by itself keeps the clause
	Tells  Grade = "tells"  // its caller learns what the venue said, without which no caller can obey
	Guards Grade = "guards" // it holds back, or refuses, what its caller asks for in spite of the clause
)

// Grade is what the rule judges of a client's duty. It follows from the ID:
// tells-... and guards-... judge what their names say, all others what goes
// over the wire. IDs are permanent, and so are grades.
func (r *Rule) Grade() Grade {
	for _, g := range []Grade{Tells, Guards} {
		if strings.HasPrefix(r.ID, string(g)+"-") {
			return g
		}
	}
	return Obeys
}

// Digest is the SHA-256, in hexadecimal, of what says which rules gave a
// verdict: of each rule of the edition, in All's order, its ID, party, level,
// grade and clauses, and the clauses' levels. Documentation is left out, since
// mending a sentence changes no verdict; how a rule judges is code, for which
// the version of the program stands. Two verdicts may be compared if their
// digests and versions agree.
func Digest(e *edition.Edition) string {
	h := sha256.New()
	fmt.Fprintf(h, "mbxcheck rules 1\n%s\n", e.ID)
	for _, r := range All(e) {
		fmt.Fprintf(h, "%s %s %s %s", r.ID, r.Party, r.LevelIn(e), r.Grade())
		for _, id := range r.Clauses {
			var level clause.Level
			if text, ok := e.Text(id); ok {
				level = text.Level
			}
			fmt.Fprintf(h, " %s=%s", id, level)
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Mask hides keys, signatures and listen keys in text of traffic that is shown
// beside findings, as their own text is masked.
func Mask(s string) string { return mask.Text(s) }
