package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var matrixSchemaFile = schemaOf(schemas.Matrix)

// sampleCertificate is of a client that keeps all but what is changed.
func sampleCertificate(t *testing.T, name, version, configuration, profile string, change map[*rule.Rule]rule.Verdict) *certificate.Certificate {
	t.Helper()
	said := keepsAll()
	said[resend], said[once] = rule.Pass, rule.Pass
	for r, v := range change {
		said[r] = v
	}
	target := sampleTarget()
	target.Name, target.Version, target.Configuration, target.Profile = name, version, configuration, profile
	r := of(target, Report{
		Tally: heardBy(said), Version: "0.2.0",
		Scenarios: []certificate.Scenario{{Name: "order", Place: "/api", Outcome: certificate.Played, Tally: heardBy(said)}, {Name: "withdraw", Place: "/wapi", Outcome: certificate.Played, Tally: heardBy(said)}},
		Evidence:  map[string]certificate.Evidence{backsOff.ID: {Cassette: "evidence/L08.yaml"}, resend.ID: {Cassette: "evidence/G10a.yaml"}},
	})
	c := r.Certificate
	c.Tool.RulesDigest = "sha256:" + strings.Repeat("0", 64)
	return c
}

func sampleRows(t *testing.T) []certificate.Row {
	none := rule.NotExercised
	return []certificate.Row{
		{File: "reports/ccxt/retries/mbxcheck-report.yaml", Certificate: sampleCertificate(t, "ccxt", "4.5.1", "maxRetriesOnFailure=3", "trading", map[*rule.Rule]rule.Verdict{resend: rule.Fail})},
		{File: "reports/ccxt/mbxcheck-report.yaml", Certificate: sampleCertificate(t, "ccxt", "4.5.1", "default", "trading", nil)},
		{File: "reports/spammer.yaml", Certificate: sampleCertificate(t, "spammer", "0.1.0", "default", "market-data", map[*rule.Rule]rule.Verdict{backsOff: rule.Fail, tellsLimit: none, guardsLimit: none, banned: rule.Fail, resend: none, once: none})},
		{File: "reports/hider.yaml", Certificate: sampleCertificate(t, "node-binance-api", "0.13.1", "default", "market-data", map[*rule.Rule]rule.Verdict{backsOff: none, tellsLimit: rule.Fail, guardsLimit: none, banned: none, resend: none, once: rule.Fail})},
		{File: "reports/go.yaml", Certificate: sampleCertificate(t, "github.com/adshao/go-binance/v2", "v2.8.7", "default", "all", map[*rule.Rule]rule.Verdict{backsOff: none, guardsLimit: none, millis: rule.Inconclusive, query: rule.Broken})},
		{File: "reports/curl.yaml", Certificate: sampleCertificate(t, "curl", "7.88.1", "--retry 5", "market-data", map[*rule.Rule]rule.Verdict{guardsLimit: rule.Pass, resend: none, once: none})},
	}
}

func matrixText(t *testing.T, format string, rows []certificate.Row, dir string) []byte {
	t.Helper()
	for _, f := range MatrixFormats() {
		if f.Name == format {
			var b bytes.Buffer
			if err := f.Write(&b, certificate.NewMatrix(rows), dir); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
	}
	t.Fatalf("no format is called %s", format)
	return nil
}

func TestMatrixGolden(t *testing.T) {
	for format, name := range map[string]string{"markdown": "matrix.md", "html": "matrix.html", "json": "matrix.json"} {
		out := matrixText(t, format, sampleRows(t), "reports")
		golden(t, name, out)
		judgeMatrix(t, format, "sample", out)
		judgeMatrix(t, format, "empty", matrixText(t, format, nil, "."))
	}
}

// TestOrderOfCertificatesDoesNotShow: the same files make the same table.
func TestOrderOfCertificatesDoesNotShow(t *testing.T) {
	rows := sampleRows(t)
	want := matrixText(t, "json", rows, ".")
	rows[0], rows[3], rows[5] = rows[5], rows[0], rows[3]
	if got := matrixText(t, "json", rows, "."); !bytes.Equal(want, got) {
		t.Errorf("expected\n%s, found\n%s", want, got)
	}
}

// TestSilenceIsNoTick: a client that never retries and hides the 429 is told
// from one that waits, in each format.
func TestSilenceIsNoTick(t *testing.T) {
	rows := sampleRows(t)
	for _, row := range rows {
		r, _ := row.Result("L08")
		marks := ""
		for _, p := range partsOf(&r, row.Certificate) {
			marks += p.mark + p.grade + " "
		}
		want := map[string]string{
			"ccxt": "✓obeys ✓tells ○guards ", "spammer": "✗obeys –tells –guards ", "node-binance-api": "–obeys ✗tells –guards ",
			"github.com/adshao/go-binance/v2": "–obeys ✓tells –guards ", "curl": "✓obeys ✓tells ✓guards ",
		}[row.Certificate.Implementation.Name]
		if marks != want {
			t.Errorf("%s: expected %q, found %q", label(row), want, marks)
		}
	}
	if out := string(matrixText(t, "markdown", rows, ".")); !strings.Contains(out, "– obeys<br>✗ tells[^") {
		t.Errorf("expected the grades in\n%s", out)
	}
}

func TestLinksAreRelative(t *testing.T) {
	for _, c := range []struct{ file, dir, below, want string }{
		{"reports/a.yaml", ".", "", "reports/a.yaml"},
		{"reports/a.yaml", "reports", "", "a.yaml"},
		{"reports/a.yaml", "docs/x", "evidence/L08.yaml", "../../reports/evidence/L08.yaml"},
		{"a b/ü&copy;(1).yaml", ".", "", "a%20b/%C3%BC%26copy;%281%29.yaml"},
		{"javascript:alert(1)", ".", "", "./javascript:alert%281%29"},
		{"x/javascript:alert(1)", "x", "", "./javascript:alert%281%29"},
		{"a?b#c", ".", "", "a%3Fb%23c"},
	} {
		if got := link(certificate.Row{File: c.file}, c.dir, c.below); got != c.want {
			t.Errorf("%q from %q: expected %q, found %q", c.file, c.dir, c.want, got)
		}
	}
}

func TestMixedRulesAreTold(t *testing.T) {
	rows := sampleRows(t)
	for _, format := range []string{"markdown", "html"} {
		if strings.Contains(string(matrixText(t, format, rows, ".")), "not be compared") {
			t.Errorf("%s: expected rows that may be compared", format)
		}
	}
	rows[1].Certificate.Tool.RulesDigest = "sha256:" + strings.Repeat("1", 64)
	for _, format := range []string{"markdown", "html"} {
		if !strings.Contains(string(matrixText(t, format, rows, ".")), "not be compared") {
			t.Errorf("%s: expected a warning", format)
		}
	}
}

func TestBadges(t *testing.T) {
	all := sampleCertificate(t, "curl", "1", "default", "all", nil)
	trading := sampleCertificate(t, "curl", "1", "default", "trading", nil)
	refused := sampleCertificate(t, "curl", "1", "default", "market-data", map[*rule.Rule]rule.Verdict{backsOff: rule.Fail})
	for name, c := range map[string]*certificate.Certificate{"badge-all": all, "badge-trading": trading, "badge-refused": refused} {
		var svg, shield bytes.Buffer
		if err := SVGBadge(c, &svg); err != nil {
			t.Fatal(err)
		}
		if err := ShieldsBadge(c, &shield); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".svg", svg.Bytes())
		golden(t, name+".shields.json", shield.Bytes())
		parseXML(t, name, svg.Bytes())
	}
}

// parseXML demands well-formed XML and returns how often each element stands in
// it, and each attribute as ELEMENT@NAME.
func parseXML(t *testing.T, what string, out []byte) map[string]int {
	t.Helper()
	count := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(out))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return count
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		if e, ok := token.(xml.StartElement); ok {
			count[e.Name.Local]++
			for _, a := range e.Attr {
				count[e.Name.Local+"@"+a.Name.Local]++
				if a.Name.Local == "href" && regexp.MustCompile(`^[a-z][a-z0-9+.-]*:|^//`).MatchString(a.Value) {
					t.Errorf("%s: a link leads elsewhere: %s", what, a.Value)
				}
			}
		}
	}
}

func judgeMatrix(t *testing.T, format, text string, out []byte) {
	t.Helper()
	judgeVisible(t, format, text, out)
	switch format {
	case "json":
		judgeSchema(t, matrixSchemaFile, text, out)
	case "html":
		n := parseXML(t, text, out)
		for element := range n {
			if strings.Contains(element, "@on") {
				t.Errorf("%q: found the attribute %s", text, element)
			}
		}
		if n["script"]+n["img"]+n["iframe"]+n["link"]+n["form"]+n["base"] > 0 || n["th"] != n["th@scope"] || n["html@lang"] != 1 || n["style"] != 1 || n["caption"] != 1 {
			t.Errorf("%q: elements %v", text, n)
		}
	case "markdown":
		judgeMatrixMarkdown(t, text, out)
	}
}

// ownMarkup is what the matrix itself writes beside prose.
var ownMarkup = regexp.MustCompile(`<br>|\[\^[0-9]+\]:?|\*(obeys|tells|guards)\*|\[(not )?certified[a-z -]*\]\([^()\[\]<> ]*\)|\[Evidence\]\([^()\[\]<> ]*\)`)

func judgeMatrixMarkdown(t *testing.T, text string, out []byte) {
	t.Helper()
	bars := -1
	for l := range strings.Lines(string(out)) {
		rest := withoutCode(strings.ReplaceAll(strings.TrimSpace(l), `\|`, ""))
		if !strings.HasPrefix(rest, "|") {
			bars = -1
		} else if n := strings.Count(rest, "|"); bars >= 0 && n != bars {
			t.Errorf("markdown of %q: expected a row of %d bars, found %q", text, bars, l)
		} else {
			bars = n
		}
		rest = strings.ReplaceAll(ownMarkup.ReplaceAllString(rest, ""), "|", "")
		if strings.ContainsAny(rest, "<>[]`@#*_\\~&$") || strings.Contains(rest, "://") || strings.Contains(rest, "www.") {
			t.Errorf("markdown of %q: markup stands in %q", text, l)
		}
	}
}

// hostileCertificate is read from a file, where nothing was cleaned.
func hostileCertificate(t *testing.T, text string) *certificate.Certificate {
	c := sampleCertificate(t, "x", "1", "default", "all", map[*rule.Rule]rule.Verdict{backsOff: rule.Fail, tellsLimit: rule.Fail, once: rule.Fail})
	c.Implementation = certificate.Implementation{Name: text, Version: text, Configuration: text, Language: text}
	c.Edition, c.Tool.Version = text, text
	for i := range c.Clauses {
		c.Clauses[i].Claim = text
		if f := c.Clauses[i].Finding; f != nil {
			f.Message, f.Expected, f.Seen = text, text, text
		}
	}
	return c
}

func TestHostileMatrices(t *testing.T) {
	for _, text := range hostile {
		judgeHostileMatrix(t, text)
	}
}

func FuzzHostileMatrix(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { judgeHostileMatrix(t, text) })
}

func judgeHostileMatrix(t *testing.T, text string) {
	t.Helper()
	c := hostileCertificate(t, text)
	rows := []certificate.Row{{File: text, Certificate: c}, {File: "x/" + text, Certificate: sampleCertificate(t, "y", "1", "default", "all", nil)}}
	for _, f := range MatrixFormats() {
		judgeMatrix(t, f.Name, text, matrixText(t, f.Name, rows, "."))
	}
	var doc map[string]any
	if err := json.Unmarshal(matrixText(t, "json", rows, "."), &doc); err != nil {
		t.Error(err)
	}
}

// A matrix of many clients stays a table.
func TestManyClients(t *testing.T) {
	var rows []certificate.Row
	for i := range 60 {
		rows = append(rows, certificate.Row{File: fmt.Sprintf("%d.yaml", i), Certificate: sampleCertificate(t, "client", fmt.Sprint(i), "default", "all", map[*rule.Rule]rule.Verdict{backsOff: rule.Fail})})
	}
	if n := strings.Count(string(matrixText(t, "html", rows, ".")), `<th scope="row">`); n != 60 {
		t.Errorf("expected 60 rows, found %d", n)
	}
}

func TestMatrixNotesAreTimeless(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"silence until 2026-11-24T16:50:30.304Z", "silence until …"},
		{"a request at 2020-01-02T03:04:05Z, 985ms too early", "a request at …, 1s too early"},
		{"a request at 2020-01-02T03:04:05.1Z, 1m59.979s too early", "a request at …, 2m0s too early"},
		{"a request at 2020-01-02T03:04:05.1Z, 1m59.91s too early", "a request at …, 2m0s too early"},
		{"a wait of 1s, not 20ms", "a wait of 1s, not 20ms"},
		{"status 429, code -1003, DDoSProtection", "status 429, code -1003, DDoSProtection"},
		{"the same DELETE /api/v3/order again", "the same DELETE /api/v3/order again"},
	} {
		if got := timeless(certificate.FirstFinding{Seen: c.text}).Seen; got != c.want {
			t.Errorf("%q: expected %q, found %q", c.text, c.want, got)
		}
	}
}

// TestMarkdownNames: a name is shown whole, however many words of it could be
// markup.
func TestMarkdownNames(t *testing.T) {
	for name, want := range map[string]string{
		"default":                              "default",
		"2.28.1 with urllib3 1.26.12":          "2.28.1 with urllib3 1.26.12",
		"--retry 5":                            "--retry 5",
		"Retry(total=3, allowed_methods=None)": "`Retry(total=3, allowed_methods=None)`",
		"a|b `c` [d](e)":                       "`` a\\|b `c` [d](e) ``",
	} {
		if found := markdownName(name); found != want {
			t.Errorf("%q: expected %s, found %s", name, want, found)
		}
	}
}
