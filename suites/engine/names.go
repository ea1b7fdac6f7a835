package engine

import "strings"

// interner keeps one copy of the strings that recordings repeat: file names,
// hosts, methods, paths.
type interner struct {
	kept                     map[string]string
	file, host, path, method string // those of the exchange before
}

// maxNames bounds the interner; a path with an id in every request must not
// fill the memory. Beyond it a string is cloned each time.
const maxNames = 4096

// of returns a lasting copy of s by way of last, the one it returned before in
// the same place: neighbours in a recording mostly agree.
func (n *interner) of(s string, last *string) string {
	if s == *last {
		return *last
	}
	kept, ok := n.kept[s]
	if !ok {
		kept = strings.Clone(s)
		if len(n.kept) < maxNames {
			n.kept[kept] = kept
		}
	}
	*last = kept
	return kept
}
