package general

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Where a silence rests on how the document is read, and not on what the client
// was told, the finding says so.
func TestSilenceByReadingIsSaid(t *testing.T) {
	const reading = "as the document is read where Retry-After is missing"
	byReading := map[string]bool{"bad-next-minute.txt": true, "bad-one-second-early.txt": false}
	dirs := map[string]string{"bad-next-minute.txt": "waits-without-header", "bad-one-second-early.txt": "back-off-after-429"}
	for _, c := range all(t) {
		file := c.Exchanges[0].At.File
		dir, name := file[:strings.LastIndexByte(file, '/')+1], file[strings.LastIndexByte(file, '/')+1:]
		want, ok := byReading[name]
		if !ok || !strings.HasSuffix(dir, dirs[name]+"/") {
			continue
		}
		for at, finding := range failures(rule.Judge(rule.All(clause.DefaultEdition), edition(t), c)) {
			if !strings.HasPrefix(at, dirs[name]+" ") {
				continue
			}
			delete(byReading, name)
			if strings.Contains(finding, reading) != want {
				t.Errorf("%s: expected the reading to be told: %t, found %q", file, want, finding)
			}
		}
	}
	if len(byReading) > 0 {
		t.Errorf("expected findings in these cases, found none: %v", byReading)
	}
}
