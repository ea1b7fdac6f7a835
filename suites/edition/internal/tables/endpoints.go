package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// endpoint is a route as it stands in endpoints.json.
type endpoint struct {
	Method       string      `json:"method"`
	Path         string      `json:"path"`
	Family       string      `json:"family"`
	Title        string      `json:"title"`
	Security     string      `json:"security"`
	Top          []string    `json:"top"`
	TopRule      string      `json:"top_rule"`
	OrderCount   int         `json:"order_count"`
	Safe         bool        `json:"safe"`
	Support      bool        `json:"support"`
	RateLimits   bool        `json:"rate_limits"`
	Repetition   *repetition `json:"repetition"` // of what changes state
	WeightsUntil string      `json:"weights_until"`
	Weights      []weight    `json:"weights"`
	Orders       []order     `json:"orders"`
	Times        []timeField `json:"times"`
	Params       []string    `json:"params"` // "name TYPE [ms] [mandatory [always]]"
}

type repetition struct {
	ActsTwice *bool    `json:"acts_twice"`
	NamedBy   []string `json:"named_by"`
	Because   string   `json:"because"`
}

type weight struct {
	From    string   `json:"from"`
	Kind    string   `json:"kind"`
	Param   string   `json:"param"`
	Weight  int      `json:"weight"`
	Default int      `json:"default"`
	Steps   [][2]int `json:"steps"`
	Valid   []int    `json:"valid"`
	Present *int     `json:"present"`
	Absent  *int     `json:"absent"`
	Value   string   `json:"value"`
	Success *int     `json:"success"`
	Failure *int     `json:"failure"`
}

type order struct {
	Array    string `json:"array"`
	Key      string `json:"key"`
	Strict   bool   `json:"strict"`
	BySymbol bool   `json:"by_symbol"`
	Status   string `json:"status"`
}

type timeField struct {
	Path      string  `json:"path"`
	Sentinels []int64 `json:"sentinels"`
	Exception string  `json:"exception"`
}

// The words of endpoints.json that are constants of package edition.
var (
	families   = map[string]string{"api": "API", "wapi": "WAPI", "sapi": "SAPI"}
	tops       = map[string]string{"object": "Object", "array": "Array"}
	topRules   = map[string]string{"symbol": "TopBySymbol", "": ""}
	statuses   = map[string]string{"enforce": "Enforce", "advise": "Advise", "contradicted": "Contradicted"}
	exceptions = map[string]string{"date-string": "DateString", "seconds": "Seconds", "": ""}
	kinds      = map[string]string{
		"fixed": "WeightFixed", "by_limit": "WeightByLimit", "by_param_presence": "WeightByPresence",
		"by_param_value": "WeightByValue", "by_outcome": "WeightByOutcome", "undocumented": "WeightUndocumented",
	}
)

// constant returns the constant that a word stands for.
func constant(of map[string]string, word string) (string, error) {
	name, ok := of[word]
	if ok {
		return name, nil
	}
	var words []string
	for w := range of {
		if w != "" {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	return "", fmt.Errorf("expected %s, found %q", strings.Join(words, " or "), word)
}

// endpointsSource writes the table of routes and the search in it.
func endpointsSource(data []byte, name string) (string, error) {
	var all []endpoint
	if err := json.Unmarshal(data, &all, json.RejectUnknownMembers(true)); err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", errors.New("expected routes, found none")
	}
	seen := map[string]bool{}
	var elements []string
	for i, e := range all {
		if e.Method == "" || e.Path == "" {
			return "", fmt.Errorf("expected a method and a path, found %q and %q in route %d", e.Method, e.Path, i+1)
		}
		id := e.Method + " " + e.Path
		if seen[id] {
			return "", fmt.Errorf("%s stands twice", id)
		}
		seen[id] = true
		element, err := e.literal(i)
		if err != nil {
			return "", fmt.Errorf("%s: %w", id, err)
		}
		elements = append(elements, element)
	}
	return "var endpoints" + name + " = " + list("[...]Endpoint", elements) + "\n\n" + routeSource(all, name), nil
}

// routeSource writes a switch rather than a map, which would be built at start:
// the compiler makes it a search by the length of a path, then by its bytes.
func routeSource(all []endpoint, name string) string {
	var paths []string
	methods := map[string][]string{}
	for i, e := range all {
		if methods[e.Path] == nil {
			paths = append(paths, e.Path)
		}
		methods[e.Path] = append(methods[e.Path], fmt.Sprintf("case %q:\nreturn %d\n", e.Method, i))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "// endpointIndex%s returns a route's place in the table, or -1.\n", name)
	fmt.Fprintf(&b, "func endpointIndex%s(method, path string) int {\nswitch path {\n", name)
	for _, path := range paths {
		fmt.Fprintf(&b, "case %q:\nswitch method {\n%s}\n", path, strings.Join(methods[path], ""))
	}
	b.WriteString("}\nreturn -1\n}\n")
	return b.String()
}

func (e *endpoint) literal(index int) (string, error) {
	family, err := constant(families, e.Family)
	if err != nil {
		return "", fmt.Errorf("family: %w", err)
	}
	top, err := e.top()
	if err != nil {
		return "", fmt.Errorf("top: %w", err)
	}
	topRule, err := constant(topRules, e.TopRule)
	if err != nil {
		return "", fmt.Errorf("top_rule: %w", err)
	}
	orders, err := each("[]Order", e.Orders, order.literal)
	if err != nil {
		return "", fmt.Errorf("orders: %w", err)
	}
	times, err := each("[]TimeField", e.Times, timeField.literal)
	if err != nil {
		return "", fmt.Errorf("times: %w", err)
	}
	params, err := each("[]Param", e.Params, param)
	if err != nil {
		return "", fmt.Errorf("params: %w", err)
	}
	weights, err := each("[]WeightRow", e.Weights, weight.literal)
	if err != nil {
		return "", fmt.Errorf("weights: %w", err)
	}
	again, err := e.repetition()
	if err != nil {
		return "", fmt.Errorf("repetition: %w", err)
	}
	until, err := date(e.WeightsUntil)
	if err != nil {
		return "", fmt.Errorf("weights_until: %w", err)
	}
	return block(
		field{"Index", number(index)}, field{"ID", text(e.Method + " " + e.Path)},
		field{"Method", text(e.Method)}, field{"Path", text(e.Path)}, field{"Title", text(e.Title)},
		field{"Family", family}, field{"Security", text(e.Security)},
		field{"Top", top}, field{"TopRule", topRule},
		field{"Orders", orders}, field{"Times", times}, field{"Params", params}, field{"Weights", weights},
		field{"WeightsUntil", until}, field{"OrderCount", number(e.OrderCount)}, field{"Safe", truth(e.Safe)},
		field{"Support", truth(e.Support)}, field{"RateLimits", truth(e.RateLimits)}, field{"Repetition", again},
	), nil
}

// repetition writes what sending a call again may do. Every route that changes
// state says so: a rule that judges money rests on it.
func (e *endpoint) repetition() (string, error) {
	r := e.Repetition
	switch {
	case e.Safe || e.Method == "GET":
		if r != nil {
			return "", errors.New("expected none for a route that changes nothing, found one")
		}
		return "", nil
	case r == nil || r.ActsTwice == nil || r.Because == "":
		return "", errors.New("expected acts_twice and because for a route that changes state, found not both")
	case *r.ActsTwice && len(r.NamedBy) > 0:
		return "", errors.New("expected named_by only where a repetition can't act twice, found it where it can")
	}
	named := ""
	if len(r.NamedBy) > 0 {
		var names []string
		for _, n := range r.NamedBy {
			names = append(names, text(n))
		}
		named = "[]string{" + strings.Join(names, ", ") + "}"
	}
	return "Repetition" + literal(field{"ActsTwice", truth(*r.ActsTwice)}, field{"NamedBy", named}, field{"Because", text(r.Because)}), nil
}

// each writes a slice of what one writes of each.
func each[T any](typ string, all []T, one func(T) (string, error)) (string, error) {
	var elements []string
	for _, v := range all {
		element, err := one(v)
		if err != nil {
			return "", err
		}
		elements = append(elements, element)
	}
	return list(typ, elements), nil
}

func (e *endpoint) top() (string, error) {
	var names []string
	for _, word := range e.Top {
		name, err := constant(tops, word)
		if err != nil {
			return "", err
		}
		names = append(names, name)
	}
	return strings.Join(names, " | "), nil
}

func (o order) literal() (string, error) {
	status, err := constant(statuses, o.Status)
	if err != nil {
		return "", fmt.Errorf("status: %w", err)
	}
	return literal(
		field{"Array", text(o.Array)}, field{"Key", text(o.Key)}, field{"Strict", truth(o.Strict)},
		field{"GroupBySymbol", truth(o.BySymbol)}, field{"Status", status},
	), nil
}

func (t timeField) literal() (string, error) {
	exception, err := constant(exceptions, t.Exception)
	if err != nil {
		return "", fmt.Errorf("exception: %w", err)
	}
	return literal(
		field{"Path", text(t.Path)}, field{"Sentinels", numbers("[]int64", t.Sentinels)},
		field{"Exception", exception},
	), nil
}

func (w weight) literal() (string, error) {
	from, err := date(w.From)
	if err != nil {
		return "", fmt.Errorf("from: %w", err)
	}
	kind, err := constant(kinds, w.Kind)
	if err != nil {
		return "", fmt.Errorf("kind: %w", err)
	}
	var steps []string
	for _, s := range w.Steps {
		steps = append(steps, fmt.Sprintf("{%d, %d}", s[0], s[1]))
	}
	rule := "WeightRule" + literal(
		field{"Kind", kind}, field{"Param", text(w.Param)}, field{"Weight", number(w.Weight)},
		field{"Default", number(w.Default)}, field{"Steps", list("[]WeightStep", steps)}, field{"Valid", numbers("[]int", w.Valid)},
		field{"Present", decided(w.Present)}, field{"Absent", decided(w.Absent)}, field{"Value", text(w.Value)},
		field{"Success", decided(w.Success)}, field{"Failure", decided(w.Failure)},
	)
	return literal(field{"From", from}, field{"Rule", rule}), nil
}

// decided turns a missing weight into NotDecided.
func decided(n *int) string {
	if n == nil {
		return "NotDecided"
	}
	return number(*n)
}

func param(s string) (string, error) {
	name, rest, _ := strings.Cut(s, " ")
	kind, rest, _ := strings.Cut(rest, " ")
	if name == "" || kind == "" {
		return "", fmt.Errorf("expected %q, found %q", "name TYPE", s)
	}
	ms, mandatory, always := false, false, false
	for rest != "" {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		switch word {
		case "ms":
			ms = true
		case "mandatory":
			mandatory = true
		case "always":
			always = true
		default:
			return "", fmt.Errorf("%q: expected ms, mandatory or always, found %q", s, word)
		}
	}
	return literal(
		field{"Name", text(name)}, field{"Type", text(kind)},
		field{"Mandatory", truth(mandatory)}, field{"Always", truth(always)}, field{"Ms", truth(ms)},
	), nil
}
