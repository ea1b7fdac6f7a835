// Package liar has the venue's named misbehaviours: each breaks the rules that
// it names and no other, so that whoever judges servers can be shown to see it.
//
//	hooks, err := liar.Hooks("descending-klines")
//	v, err := venue.New(venue.Config{Hooks: hooks})
//
// A lie is told by rewriting the honest answer where that is possible, so that
// everything else about the answer stays sound.
//
// The package names rules by their IDs and must not know them otherwise: what
// it breaks is for tests to hold against the rules.
package liar

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// Liar is one misbehaviour of a venue. It is immutable.
type Liar struct {
	ID  string // permanent, kebab-case
	Lie string // what it does, one sentence

	// Breaks are the IDs of the rules that it breaks, in traffic that holds an
	// occasion for them.
	Breaks []string

	// hooks makes the liar's hooks, with a memory of their own.
	hooks func() venue.Hooks
}

// All returns every liar, by ID. The caller owns the list.
func All() []Liar {
	all := slices.Concat(bodyLiars, timeLiars, statusLiars, envelopeLiars, limitListLiars, weightLiars, banLiars, waitLiars, paramLiars)
	slices.SortFunc(all, func(a, b Liar) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Named returns the liar of that ID.
func Named(id string) (Liar, bool) {
	all := All()
	i := slices.IndexFunc(all, func(l Liar) bool { return l.ID == id })
	if i < 0 {
		return Liar{}, false
	}
	return all[i], true
}

// Hooks makes the hooks of liars, which lie one after the other in the order
// given. They remember nothing of other hooks of the same liars, and are safe
// for concurrent use. It fails on an ID that no liar has.
func Hooks(ids ...string) (venue.Hooks, error) {
	var list []venue.Hooks
	for _, id := range ids {
		l, ok := Named(id)
		if !ok {
			return venue.Hooks{}, fmt.Errorf("liar %q: expected the ID of one, found none of that name", id)
		}
		list = append(list, l.hooks())
	}
	return Join(list...), nil
}

// Join makes one set of hooks of several, which are called in their order.
// After a Before or a Send that did its work the later ones are not called.
func Join(list ...venue.Hooks) venue.Hooks {
	var joined venue.Hooks
	for _, h := range list {
		joined = join(joined, h)
	}
	return joined
}

func join(a, b venue.Hooks) venue.Hooks {
	j := a
	switch {
	case a.Before == nil:
		j.Before = b.Before
	case b.Before != nil:
		j.Before = func(c *venue.Call, x *venue.Answer) bool { return a.Before(c, x) || b.Before(c, x) }
	}
	switch {
	case a.After == nil:
		j.After = b.After
	case b.After != nil:
		j.After = func(c *venue.Call, x *venue.Answer) {
			a.After(c, x)
			b.After(c, x)
		}
	}
	switch {
	case a.Send == nil:
		j.Send = b.Send
	case b.Send != nil:
		j.Send = func(w http.ResponseWriter, c *venue.Call, x *venue.Answer) bool {
			return a.Send(w, c, x) || b.Send(w, c, x)
		}
	}
	return j
}

// after makes the hooks of a liar without memory that rewrites answers.
func after(lie func(*venue.Call, *venue.Answer)) func() venue.Hooks {
	return func() venue.Hooks { return venue.Hooks{After: lie} }
}

// editing makes the hooks of a liar that writes the bodies of some answers anew.
func editing(which func(*venue.Call, *venue.Answer) bool, edit func([]byte) []byte) func() venue.Hooks {
	return after(func(c *venue.Call, a *venue.Answer) {
		if which(c, a) {
			a.Body = edit(a.Body)
		}
	})
}

// success tells the answers of some routes that succeeded, by the last segments
// of their paths.
func success(routes ...string) func(*venue.Call, *venue.Answer) bool {
	return func(c *venue.Call, a *venue.Answer) bool { return isSuccess(a) && slices.Contains(routes, last(c)) }
}

// on tells the answers of a family that succeeded.
func on(family func(*venue.Call) bool) func(*venue.Call, *venue.Answer) bool {
	return func(c *venue.Call, a *venue.Answer) bool { return isSuccess(a) && family(c) }
}

// before makes the hooks of a liar that meddles with requests.
func before(lie func(*venue.Call, *venue.Answer) bool) func() venue.Hooks {
	return func() venue.Hooks { return venue.Hooks{Before: lie} }
}

func isAPI(c *venue.Call) bool  { return strings.HasPrefix(c.Path, "/api/") }
func isWAPI(c *venue.Call) bool { return strings.HasPrefix(c.Path, "/wapi/") }
func isSAPI(c *venue.Call) bool { return strings.HasPrefix(c.Path, "/sapi/") }

func isSuccess(a *venue.Answer) bool { return a.Status/100 == 2 }

// isRefusal reports a 4XX of /api or /sapi that no limit is the reason of, and
// that the venue's edge did not make.
func isRefusal(c *venue.Call, a *venue.Answer) bool {
	return a.Status/100 == 4 && a.Status != 429 && a.Status != 418 && a.Status != 404 && (isAPI(c) || isSAPI(c))
}

// isLimit reports a 429 or 418.
func isLimit(a *venue.Answer) bool { return a.Status == 429 || a.Status == 418 }

// last is the last segment of the path, without ".html".
func last(c *venue.Call) string {
	return strings.TrimSuffix(c.Path[strings.LastIndexByte(c.Path, '/')+1:], ".html")
}
