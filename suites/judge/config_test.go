package judge

import (
	"errors"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestConfigNamesWhatIsWrong: an error begins with the member at fault, as commands
// call it, and quotes what was found.
func TestConfigNamesWhatIsWrong(t *testing.T) {
	for want, c := range map[string]Config{
		`host: host pattern "https://x"`: {Hosts: []string{"https://x"}},
		`exclude: `:                      {Exclude: []string{"[a"}},
		`edition: "1999"`:                {Edition: "1999"},
		`rules: "descending"`:            {Rules: []string{"ascending", "descending"}},
	} {
		if _, err := c.Options(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("expected an error that begins with %s, found %v", want, err)
		}
	}
}

// TestOptionsWithoutRules: what nothing judges is not told to be without fault.
func TestOptionsWithoutRules(t *testing.T) {
	o := options(1, 0)
	for _, o.Rules = range [][]*rule.Rule{nil, {}} {
		if found, err := Paths(t.Context(), []string{recorded}, o); !errors.Is(err, ErrNoRules) || found != nil {
			t.Errorf("expected %v, found %v, %v", ErrNoRules, found, err)
		}
	}
}

func TestConfigOfNothingStandsForAll(t *testing.T) {
	o, err := Config{}.Options()
	if err != nil {
		t.Fatal(err)
	}
	if all := rule.All(edition.Default()); len(o.Rules) != len(all) || o.Engine.Edition.ID != edition.DefaultID || o.Engine.MaxFindings != DefaultFindings {
		t.Errorf("expected %d rules of %s and a bound on findings, found %d of %s and %d", len(all), edition.DefaultID, len(o.Rules), o.Engine.Edition.ID, o.Engine.MaxFindings)
	}
}
