package reports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// maxHiddenKinds bounds the kinds of which it is said how many were not shown.
const maxHiddenKinds = 5

// few are the findings of a rule that people are shown, and what of them was
// left out.
type few struct {
	shown []*rule.Finding
	more  int64  // that were left out
	kinds []kind // of those, the commonest first, as far as they are known
}

// kind is a number of findings that are alike.
type kind struct {
	first *rule.Finding
	more  int64
}

// few picks the first findings of each kind.
func (r *Report) few(t *rule.RuleTally) few {
	var f few
	shown := map[rule.Kind]int64{}
	for i := range t.Findings {
		one := &t.Findings[i]
		if n := shown[one.Kind()]; r.OfAKind > 0 && n >= int64(r.OfAKind) {
			continue
		}
		shown[one.Kind()]++
		f.shown = append(f.shown, one)
	}
	f.more = t.Failed - int64(len(f.shown))
	for _, one := range f.shown {
		if more := t.Alike(one) - shown[one.Kind()]; more > 0 {
			f.kinds = append(f.kinds, kind{one, more})
			shown[one.Kind()] += more // once
		}
	}
	slices.SortStableFunc(f.kinds, func(a, b kind) int { return cmp.Compare(b.more, a.more) })
	return f
}

// left says how many findings were left out, and how to see them.
func (f few) left() string {
	return "and " + wording.Grouped(f.more) + " more; --max-findings 0 shows all"
}

// lines are the kinds worth a line of their own: there is more than one.
func (f few) lines() []kind {
	if len(f.kinds) < 2 {
		return nil
	}
	return f.kinds[:min(len(f.kinds), maxHiddenKinds)]
}

// String says what findings of a kind have in common: call and place.
func (k kind) String() string {
	return wording.Joined("  ", wording.Joined(" ", shown(k.first.At.Method), shown(k.first.At.Path)), shown(anyIndex(k.first.At.Pointer)))
}

// anyIndex writes the numbers of a pointer as one that stands for any.
func anyIndex(pointer string) string {
	segments := strings.Split(pointer, "/")
	for i, s := range segments {
		if _, err := strconv.ParseUint(s, 10, 64); err == nil {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}
