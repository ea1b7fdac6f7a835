package certify

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Minimal is the shortest recording found, out of the scenario's, in which the
// finding's rule fails: exchanges and statements that are not needed are left
// out one by one. They are copies, numbered anew.
func (c *Certifier) Minimal(r *Result, f rule.Finding) []*traffic.Exchange {
	single := *c
	single.Rules, single.MaxFindings = []*rule.Rule{rule.Of(f.Rule)}, 1
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

// Curl is a command line that sends a request again, to a venue whose URL is in
// MBXCHECK_URL: not to the real one, whatever the request's own URL says. The
// key is a variable and the signature is left out, both being secrets.
func (c *Certifier) Curl(x *traffic.Exchange) string {
	if x.Statement() {
		return ""
	}
	var b strings.Builder
	b.WriteString("curl -i -X " + Quoted(x.Request.Method))
	if name := c.held().Dialect.Fields.APIKey; x.Request.Header.Count(name) > 0 {
		b.WriteString(` -H "` + name + `: $MBXCHECK_API_KEY"`)
	}
	if v, ok := x.Request.Header.Get("Content-Type"); ok {
		b.WriteString(" -H " + Quoted("Content-Type: "+v))
	}
	if len(x.Request.Body) > 0 {
		b.WriteString(" --data-raw " + Quoted(mask.Text(c.unsigned(string(x.Request.Body)))))
	}
	path := x.Request.URL
	if _, rest, ok := strings.Cut(path, "://"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	if head, query, ok := strings.Cut(path, "?"); ok {
		path = head + "?" + c.unsigned(query)
	}
	b.WriteString(` "$MBXCHECK_URL"` + Quoted("/"+strings.TrimPrefix(mask.Text(path), "/")))
	return b.String()
}

// unsigned is a form without its signature.
func (c *Certifier) unsigned(form string) string {
	name := c.held().Dialect.Param(traffic.RoleSignature) + "="
	if !strings.Contains(form, name) {
		return form
	}
	pairs := slices.DeleteFunc(strings.Split(form, "&"), func(p string) bool { return strings.HasPrefix(p, name) })
	return strings.Join(pairs, "&")
}

// Quoted is a word for a shell.
func Quoted(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=,@", r))
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
