package fault

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed library/*.yaml
var files embed.FS

// library is read once; that every file of it parses is a test.
var library = sync.OnceValues(func() ([]*Scenario, error) {
	names, err := fs.Glob(files, "library/*.yaml")
	if err != nil {
		return nil, err
	}
	var list []*Scenario
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := Parse(name, data)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *Scenario) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
})

// Library returns the scenarios that come with the package, by name. The list
// is the caller's, the scenarios are shared and read only.
func Library() ([]*Scenario, error) {
	list, err := library()
	return slices.Clone(list), err
}

// Named returns a scenario of the library.
func Named(name string) (*Scenario, error) {
	list, err := library()
	if err != nil {
		return nil, err
	}
	return Among(list, name)
}

// Among returns the scenario of that name out of a list.
func Among(list []*Scenario, name string) (*Scenario, error) {
	i := slices.IndexFunc(list, func(s *Scenario) bool { return s.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no scenario that comes with mbxcheck is called %q", name)
	}
	return list[i], nil
}
