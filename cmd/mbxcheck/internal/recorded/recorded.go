// Package recorded makes the project's own cassettes: conversations written as
// text become cassettes of go-vcr v3, with instants and masked keys as a
// recorder keeps them. The cassettes are what people try mbxcheck on, and what
// the specs run over when nobody names another recording.
package recorded

import (
	"bytes"
	"embed"
	"fmt"
	"slices"

	"github.com/mbxcheck/mbxcheck/cassettes/govcr"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

//go:generate go test . -run TestCassettesAreCurrent -update

// Names are the conversations, NAME.txt here and NAME.yaml as a cassette.
var Names = []string{"conformant", "violations"}

//go:embed *.txt
var texts embed.FS

// Conversation returns a conversation by its name, parsed anew.
func Conversation(name string) (*rule.Conversation, error) {
	file := name + ".txt"
	text, err := texts.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("recorded: expected one of %v, found %q: %w", Names, name, err)
	}
	return rule.ParseConversation(file, string(text))
}

// Cassette writes a conversation as a cassette, the same bytes every time.
func Cassette(c *rule.Conversation) ([]byte, error) {
	var b bytes.Buffer
	if err := govcr.Write(&b, slices.Values(c.Exchanges)); err != nil {
		return nil, fmt.Errorf("recorded: %w", err)
	}
	return b.Bytes(), nil
}
