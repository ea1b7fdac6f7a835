package cassettes

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Exclude says which files are left out though a path stands for them. The zero
// Exclude leaves out none.
type Exclude struct{ globs [][]string } // by element

// ParseExclude reads globs as path.Match has them, but that ** stands for any
// number of directories. A glob fits at any depth, as in a .gitignore: config.yaml
// leaves out all files and directories of that name, fixtures/*.yaml those in
// any directory called fixtures.
func ParseExclude(globs []string) (Exclude, error) {
	var e Exclude
	for _, glob := range globs {
		if _, err := path.Match(glob, ""); err != nil {
			return e, fmt.Errorf("%s: expected a glob such as '*.config.yaml', found a pattern that does not close", glob)
		}
		parts := elements(glob)
		if parts = slices.DeleteFunc(parts, func(part string) bool { return part == "." }); strings.Join(parts, "") == "" {
			return e, fmt.Errorf("%q: expected a glob such as '*.config.yaml', found one of no name", glob)
		}
		e.globs = append(e.globs, parts)
	}
	return e, nil
}

// elements are the names that a path consists of; the first of an absolute one
// is empty.
func elements(name string) []string {
	return strings.Split(strings.TrimSuffix(filepath.ToSlash(name), "/"), "/")
}

// maxElements is how deep a name is looked at: 4096 bytes of a path on Linux can
// be 2048 elements, nobody has a fourth of those, and globs with ** take time
// by the square.
const maxElements = 512

// path reports whether a path is left out, or a directory of it below the first
// few elements, which the user named.
func (e Exclude) path(name string, named int) bool {
	return len(e.globs) > 0 && name != "." && e.has(elements(name), named)
}

func (e Exclude) has(parts []string, named int) bool {
	parts = parts[:min(len(parts), maxElements)]
	for _, glob := range e.globs {
		for start := range parts {
			if fits(glob, parts[start:], named-start) {
				return true
			}
		}
	}
	return false
}

// member reports whether a member of an archive is left out.
func (e Exclude) member(archive, member string) bool {
	if len(e.globs) == 0 {
		return false
	}
	parts := elements(archive)
	return e.has(append(parts, elements(member)...), len(parts))
}

// fits reports whether a glob stands for a beginning of a path that is longer
// than so many elements.
func fits(glob, parts []string, longer int) bool {
	switch {
	case len(glob) == 0:
		return longer < 0
	case glob[0] == "**" && fits(glob[1:], parts, longer):
		return true
	case len(parts) == 0:
		return false
	case glob[0] == "**":
		return fits(glob, parts[1:], longer-1)
	}
	is, _ := path.Match(glob[0], parts[0]) // a pattern that closes, as ParseExclude found
	return is && fits(glob[1:], parts[1:], longer-1)
}
