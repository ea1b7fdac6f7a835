package certify

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Minimal is the shortest recording found, out of the scenario's, in which the
// finding's rule fails: exchanges and statements that are not needed are left
// out one by one. They are copies, numbered anew.
func (c *Certifier) Minimal(r *Result, f rule.Finding) []*traffic.Exchange {
	single := *c
	single.Rules, single.MaxFindings = []*rule.Rule{f.Rule}, 1
	kept := slices.Clone(r.Exchanges)
	if len(kept) > maxMinimized {
		return renumbered(r.Scenario.Name, kept)
	}
	for i := len(kept) - 1; i >= 0; i-- {
		without := slices.Delete(slices.Clone(kept), i, i+1)
		if single.fails(r.Scenario.Name, without) {
			kept = without
		}
	}
	return renumbered(r.Scenario.Name, kept)
}

// maxMinimized bounds the recordings that are minimized: it takes the square of
// their length, and those of floods prove enough as they are.
const maxMinimized = 300

// fails reports whether the only rule fails on the exchanges.
func (c *Certifier) fails(name string, list []*traffic.Exchange) bool {
	e := c.engine()
	e.Begin()
	for _, x := range renumbered(name, list) {
		e.Observe(x)
	}
	e.End()
	return e.Tally().Rules[0].Failed > 0
}

func renumbered(name string, list []*traffic.Exchange) []*traffic.Exchange {
	all := make([]*traffic.Exchange, len(list))
	for i, x := range list {
		y := *x
		y.At = traffic.Position{File: name, Line: i + 1, Number: i + 1}
		all[i] = &y
	}
	return all
}

// Curl is a command line that sends the request again to whoever listens at
// base, a URL without a path; "" keeps the request's own. The key is a variable
// and the signature is left out: both are secrets.
func Curl(x *traffic.Exchange, base string) string {
	if x.Statement() {
		return ""
	}
	var b strings.Builder
	b.WriteString("curl -i -X " + quoted(x.Request.Method))
	for _, name := range []string{"Content-Type", "X-MBX-APIKEY"} {
		if v, ok := x.Request.Header.Get(name); ok {
			if name == "X-MBX-APIKEY" {
				b.WriteString(` -H "X-MBX-APIKEY: $MBXCHECK_API_KEY"`)
				continue
			}
			b.WriteString(" -H " + quoted(name+": "+v))
		}
	}
	if len(x.Request.Body) > 0 {
		b.WriteString(" --data-raw " + quoted(traffic.Mask(string(x.Request.Body))))
	}
	target := x.Request.URL
	if _, rest, ok := strings.Cut(target, "://"); ok && base != "" {
		_, path, _ := strings.Cut(rest, "/")
		target = base + "/" + path
	}
	b.WriteString(" " + quoted(traffic.Mask(target)))
	return b.String()
}

// quoted is a word for a shell.
func quoted(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=,@", r))
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
