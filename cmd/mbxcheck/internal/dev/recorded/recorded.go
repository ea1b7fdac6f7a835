// Package recorded makes the project's own cassettes: sessions written as text
// are held with the reference exchange, and recorded as mbxcheck serve --record
// does. The cassettes are what people try mbxcheck on, and what the specs run
// over when nobody names another recording.
package recorded

import (
	"embed"
	"fmt"
)

//go:generate go test . -run TestCassettesAreCurrent -update

// Names are the sessions, NAME.txt here and NAME.yaml as a cassette.
var Names = []string{"conformant", "violations"}

//go:embed *.txt
var texts embed.FS

// Record holds a session by its name and writes its cassette to a file, the
// same bytes every time. It returns what rules must find in the cassette.
func Record(name, file string) ([]Want, error) {
	script := name + ".txt"
	text, err := texts.ReadFile(script)
	if err != nil {
		return nil, fmt.Errorf("recorded: expected one of %v, found %q: %w", Names, name, err)
	}
	s, err := newSession(script, string(text), file)
	if err != nil {
		return nil, fmt.Errorf("recorded: %w", err)
	}
	wants, err := s.hold()
	if err != nil {
		return nil, fmt.Errorf("recorded: %w", err)
	}
	return wants, nil
}
