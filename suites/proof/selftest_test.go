package proof

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// keepsStatus is a rule that takes 200 alone, is in doubt about 404, and has no
// occasion on 204.
func keepsStatus() *rule.Rule {
	return &rule.Rule{
		ID: "keeps-status", Clauses: []string{"G04a"}, Party: clause.Server, Level: clause.Must,
		Check: func(c *rule.Trial, f *traffic.Facts) {
			switch f.Response.Status {
			case 200:
				c.Pass()
			case 204:
			case 404:
				c.Inconclusive("why")
			case 599:
				panic("oh")
			default:
				c.Fail(rule.Report{Message: "Message.", Expected: "200", Seen: "another", Pointer: "/status"})
			}
		},
		Plant: func(c *conversation.Conversation) { c.Last().Response.Status = 500 },
	}
}

const ping = "GET https://api.binance.com/api/v1/ping HTTP/1.1\n\n"

func status(code string, wants ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(">\n" + ping + "<\nHTTP/1.1 " + code + " X\n\n{}\n" + strings.Join(wants, "\n") + "\n")}
}

// run runs the self-test of rules over files of testdata and returns what it
// found, but for clauses that have no rule here.
func run(t *testing.T, rules []*rule.Rule, files map[string]*fstest.MapFile) (texts []string, s *SelfTest) {
	t.Helper()
	held := edition.Default()
	cases := fstest.MapFS{}
	for name, f := range files {
		cases["testdata/"+name] = f
	}
	s = &SelfTest{Rules: rules, Cases: cases, Edition: held}
	for _, p := range s.Run() {
		if !strings.Contains(p.Text, "a written reason") {
			texts = append(texts, p.String())
		}
	}
	return texts, s
}

func sound() map[string]*fstest.MapFile {
	return map[string]*fstest.MapFile{
		"keeps-status/good.txt": status("200"), "keeps-status/bad.txt": status("500", "! keeps-status /status"),
		"keeps-status/inconclusive-404.txt": status("404"), "keeps-status/silent-204.txt": status("204"),
	}
}

func TestSelfTestIsContentWithSoundRules(t *testing.T) {
	found, s := run(t, []*rule.Rule{keepsStatus(), {ID: "not-here", Clauses: []string{"G01"}, NotHere: "Nobody can show it."}}, sound())
	if len(found) != 0 || s.CasesRun != 4 || s.PlantsRun != 1 {
		t.Errorf("expected 4 cases and a plant without a problem, found %d, %d and %q", s.CasesRun, s.PlantsRun, found)
	}
	if again := s.Run(); s.CasesRun != 4 || s.PlantsRun != 1 || len(again) != len(s.problems) {
		t.Errorf("expected counts to begin anew, found %d and %d", s.CasesRun, s.PlantsRun)
	}
}

// Each thing that can be wrong with a rule and its cases is told.
func TestSelfTestTellsWhatIsWrong(t *testing.T) {
	other := func(change func(r *rule.Rule)) *rule.Rule {
		r := keepsStatus()
		r.ID = "other"
		r.Plant = func(c *conversation.Conversation) { c.Last().Response.Status = 500 }
		change(r)
		return r
	}
	alone := func(change func(r *rule.Rule)) []*rule.Rule {
		r := keepsStatus()
		change(r)
		return []*rule.Rule{r}
	}
	for name, c := range map[string]struct {
		rules []*rule.Rule
		files map[string]*fstest.MapFile
		want  string
	}{
		"a wrong verdict":        {nil, map[string]*fstest.MapFile{"keeps-status/good-no.txt": status("204")}, "keeps-status: testdata/keeps-status/good-no.txt: expected the verdict pass, found not-exercised"},
		"a failure that is told": {nil, map[string]*fstest.MapFile{"keeps-status/good-no.txt": status("500", "! keeps-status")}, "expected the verdict pass, found fail at exchange 1: Message. (expected 200, saw another)"},
		"a finding not wanted":   {nil, map[string]*fstest.MapFile{"keeps-status/bad-no.txt": status("500")}, "bad-no.txt: found at exchange 1 /status, which the case does not want: keeps-status: Message. (expected 200, saw another)"},
		"a finding elsewhere":    {nil, map[string]*fstest.MapFile{"keeps-status/bad-no.txt": status("500", "! keeps-status /code")}, "bad-no.txt:8: expected a finding of keeps-status at exchange 1 /code, found none"},
		"a finding missing":      {nil, map[string]*fstest.MapFile{"keeps-status/bad-no.txt": status("500", "! keeps-status", "! keeps-status")}, "bad-no.txt:9: expected a finding of keeps-status at exchange 1 , found none"},
		"another rule's finding": {nil, map[string]*fstest.MapFile{"keeps-status/bad-no.txt": status("500", "! keeps-status", "! other")}, "expected a finding of other"},
		"a broken check":         {nil, map[string]*fstest.MapFile{"keeps-status/bad-no.txt": status("599")}, "keeps-status: testdata/keeps-status/bad-no.txt: the check broke at testdata/keeps-status/bad-no.txt:1 (exchange 1): oh"},
		"a name of no kind":      {nil, map[string]*fstest.MapFile{"keeps-status/ugly.txt": status("200")}, "ugly.txt: expected a name that begins with good, bad, inconclusive or silent"},
		"no text":                {nil, map[string]*fstest.MapFile{"keeps-status/good-no.txt": {Data: []byte("what")}}, `good-no.txt:1: expected a line that begins with`},
		"no good case":           {nil, map[string]*fstest.MapFile{"keeps-status/good.txt": nil}, "keeps-status: expected a good case in testdata/keeps-status, found none"},
		"no case to plant into":  {nil, map[string]*fstest.MapFile{"keeps-status/good.txt": nil, "keeps-status/good-other.txt": status("200")}, "open testdata/keeps-status/good.txt"},
		"no bad case":            {nil, map[string]*fstest.MapFile{"keeps-status/bad.txt": nil}, "keeps-status: expected a bad case in testdata/keeps-status, found none"},
		"no plant":               {alone(func(r *rule.Rule) { r.Plant = nil }), nil, "keeps-status: expected a plant, found none"},
		"a plant that breaks":    {alone(func(r *rule.Rule) { r.Plant = func(*conversation.Conversation) { panic("ah") } }), nil, "good.txt: the plant broke: ah"},
		"a plant of nothing":     {alone(func(r *rule.Rule) { r.Plant = func(*conversation.Conversation) {} }), nil, "good.txt: the plant must make it fail, found pass"},
		"a plant that does more": {[]*rule.Rule{keepsStatus(), other(func(*rule.Rule) {})}, nil, "keeps-status: testdata/keeps-status/good.txt: the plant must break no other rule, but it breaks other at exchange 1: Message."},
		"more than it breaks":    {alone(func(r *rule.Rule) { r.AlsoBreaks = []string{"keeps-status"} }), nil, ""},
		"not what it breaks": {[]*rule.Rule{alone(func(r *rule.Rule) { r.AlsoBreaks = []string{"other"} })[0], other(func(r *rule.Rule) { r.Check = func(c *rule.Trial, _ *traffic.Facts) { c.Pass() } })},
			nil, "keeps-status: testdata/keeps-status/good.txt: AlsoBreaks names other, which the plant does not break"},
	} {
		files := sound()
		for file, f := range c.files {
			if files[file] = f; f == nil {
				delete(files, file)
			}
		}
		if c.rules == nil {
			c.rules = []*rule.Rule{keepsStatus()}
		}
		found, _ := run(t, c.rules, files)
		if text := strings.Join(found, "\n"); !strings.Contains(text, c.want) || c.want == "" && text != "" {
			t.Errorf("%s: expected %q, found %q", name, c.want, text)
		}
	}
}

// A clause needs a rule, or a written reason why it has none.
func TestSelfTestDemandsARuleForEachClause(t *testing.T) {
	held := edition.Default()
	missing := func(rules []*rule.Rule) map[string]bool {
		ids := map[string]bool{}
		for _, p := range (&SelfTest{Rules: rules, Cases: fstest.MapFS{}, Edition: held}).Run() {
			ids[p.Rule] = ids[p.Rule] || p.Text == "expected a rule or a written reason, found neither"
		}
		return ids
	}
	r := keepsStatus()
	without, with := missing(nil), missing([]*rule.Rule{r})
	if !without["G04a"] || with["G04a"] {
		t.Errorf("expected G04a to be missing without its rule alone, found %t and %t", without["G04a"], with["G04a"])
	}
	for _, c := range held.Clauses {
		if c.Unchecked != "" && without[c.ID] {
			t.Errorf("%s: expected its written reason to be enough", c.ID)
		}
	}
}

// A deaf rule says nothing, and the others are the same.
func TestDeafen(t *testing.T) {
	probe := &rule.Rule{ID: "probe", New: func() rule.Probe { return rule.Probe{Request: func(c *rule.Trial, _ *rule.Event) { c.Pass() }} }}
	rules := []*rule.Rule{keepsStatus(), probe}
	held := edition.Default()
	pinged, err := conversation.Parse(edition.Default(), "case", ">\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"keeps-status", "probe"} {
		deaf := Deafen(rules, id)
		tally := engine.Judge(deaf, held, pinged.Exchanges)
		for i, r := range rules {
			want := rule.Pass
			if r.ID == id {
				want = rule.NotExercised
			}
			if got := tally.Rules[i].Verdict(); got != want {
				t.Errorf("%s deaf: expected %s of %s, found %s", id, want, r.ID, got)
			}
			if (deaf[i] == r) == (r.ID == id) {
				t.Errorf("%s deaf: expected a copy of it alone", id)
			}
		}
	}
}

// TestRunRule: what is wrong with the cases of one rule is told, and neither they
// nor their problems are counted twice; those of another rule are left alone.
func TestRunRule(t *testing.T) {
	held := edition.Default()
	cases := fstest.MapFS{}
	for name, f := range sound() {
		cases["testdata/"+name] = f
	}
	another := &rule.Rule{ID: "another", New: func() rule.Probe { return rule.Probe{} }} // which has no case
	rules := []*rule.Rule{keepsStatus(), another}
	s := &SelfTest{Rules: rules, Cases: cases, Edition: held}
	for range 2 {
		if found := s.RunRule("keeps-status"); len(found) != 0 || s.CasesRun != 4 || s.PlantsRun != 1 {
			t.Errorf("expected 4 cases and a plant without a problem, found %d, %d and %q", s.CasesRun, s.PlantsRun, found)
		}
	}
	deaf := &SelfTest{Rules: Deafen(rules, "keeps-status"), Cases: cases, Edition: held}
	var all []Problem
	for _, p := range deaf.Run() {
		if p.Rule == "keeps-status" {
			all = append(all, p)
		}
	}
	if found := deaf.RunRule("keeps-status"); len(all) == 0 || !slices.Equal(found, all) {
		t.Errorf("expected what is told of the rule by all of it, %q, found %q", all, found)
	}
	if found := deaf.RunRule("another"); len(found) == 0 || found[0].Rule != "another" || deaf.CasesRun != 0 {
		t.Errorf("expected the lack of cases told, found %q", found)
	}
}
