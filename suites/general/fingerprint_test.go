package general

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// A fault of any case has the same fingerprint in another file, behind other exchanges:
// no rule's place or cause is made of what else was recorded.
func TestFingerprintsStayTheSame(t *testing.T) {
	edition := edition.Default()
	e := engine.New(rule.All(edition), engine.Options{Edition: edition})
	found, causes := 0, map[string]bool{}
	for _, c := range all(t) {
		fingerprints := func() (list []string) {
			e.Begin()
			for _, x := range c.Exchanges {
				e.Observe(x)
			}
			e.End()
			for _, r := range e.Take().Rules {
				for _, f := range r.Findings {
					list = append(list, f.Rule+" "+f.Fingerprint())
					causes[f.Cause] = true
				}
			}
			slices.Sort(list)
			return list
		}
		name, want := c.Exchanges[0].At.File, fingerprints()
		for _, x := range c.Exchanges {
			x.At.File, x.At.Line, x.At.Number = "other.har", x.At.Line+77, x.At.Number+1000
		}
		if got := fingerprints(); !slices.Equal(got, want) {
			t.Errorf("%s: expected the fingerprints %q in another file, found %q", name, want, got)
		}
		found += len(want)
	}
	if found < 100 {
		t.Errorf("expected hundreds of findings in the cases, found %d", found)
	}
	for cause := range causes {
		if strings.ContainsAny(cause, "0123456789") {
			t.Errorf("expected a cause that is the rule's own, found a number in %q", cause)
		}
	}
}

// A rule that has several ways to be broken names the cause of each: without, those in
// one place would be one fault.
func TestReportsNameTheirCause(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	several := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var reports []*ast.CompositeLit
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				if s, ok := lit.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Report" {
					reports = append(reports, lit)
				}
			}
			return true
		})
		if len(reports) < 2 {
			continue
		}
		several++
		for _, lit := range reports {
			if !slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
				kv, ok := e.(*ast.KeyValueExpr)
				return ok && kv.Key.(*ast.Ident).Name == "Cause"
			}) {
				t.Errorf("%s: expected a Cause, since the rule reports in %d places", fset.Position(lit.Pos()), len(reports))
			}
		}
	}
	if several < 5 {
		t.Errorf("expected rules that report in several places, found %d", several)
	}
}
