package schemas

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed endpoints.json
var endpointsJSON []byte

// Endpoints returns the catalogue in its fixed order: Endpoints()[i].Index is
// i. The slice is shared: read only.
func Endpoints() []Endpoint { return catalogue().endpoints }

// Lookup returns the endpoint of a method (upper case) and a path (exact, as
// sent, without the query string), or nil when the catalogue has none. It does
// not allocate.
func Lookup(method, path string) *Endpoint {
	return catalogue().byRoute[route{method, path}]
}

type route struct{ method, path string }

type endpoints struct {
	endpoints []Endpoint
	byRoute   map[route]*Endpoint
}

// catalogue decodes the embedded data once. The data is this package's own and
// a test loads it, so a fault in it is a fault of the build.
var catalogue = sync.OnceValue(func() *endpoints {
	c, err := decodeEndpoints(endpointsJSON)
	if err != nil {
		panic(err)
	}
	return c
})

// record is an endpoint as it stands in endpoints.json.
type record struct {
	Method       string         `json:"method"`
	Path         string         `json:"path"`
	Family       Family         `json:"family"`
	Title        string         `json:"title"`
	Security     string         `json:"security"`
	Top          []string       `json:"top"`
	TopRule      string         `json:"top_rule"`
	OrderCount   int            `json:"order_count"`
	Safe         bool           `json:"safe"`
	WeightsUntil string         `json:"weights_until"`
	Weights      []weightRecord `json:"weights"`
	Orders       []orderRecord  `json:"orders"`
	Times        []timeRecord   `json:"times"`
	Params       []string       `json:"params"` // "name TYPE [ms] [mandatory]"
}

type weightRecord struct {
	From    string     `json:"from"`
	Kind    WeightKind `json:"kind"`
	Param   string     `json:"param"`
	Weight  int        `json:"weight"`
	Default int        `json:"default"`
	Steps   [][2]int   `json:"steps"`
	Valid   []int      `json:"valid"`
	Present *int       `json:"present"`
	Absent  *int       `json:"absent"`
	Value   string     `json:"value"`
	Success *int       `json:"success"`
	Failure *int       `json:"failure"`
}

type orderRecord struct {
	Array    string `json:"array"`
	Key      string `json:"key"`
	Strict   bool   `json:"strict"`
	BySymbol bool   `json:"by_symbol"`
	Status   string `json:"status"`
}

type timeRecord struct {
	Path      string    `json:"path"`
	Sentinels []int64   `json:"sentinels"`
	Exception Exception `json:"exception"`
}

func decodeEndpoints(data []byte) (*endpoints, error) {
	var records []record
	if err := json.Unmarshal(data, &records, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("endpoints.json: %w", err)
	}
	c := &endpoints{
		endpoints: make([]Endpoint, len(records)),
		byRoute:   make(map[route]*Endpoint, len(records)),
	}
	for i := range records {
		e := &c.endpoints[i]
		if err := records[i].fill(e); err != nil {
			return nil, fmt.Errorf("endpoints.json: %s %s: %w", records[i].Method, records[i].Path, err)
		}
		e.Index = i
		if c.byRoute[route{e.Method, e.Path}] != nil {
			return nil, fmt.Errorf("endpoints.json: %s stands twice", e.ID)
		}
		c.byRoute[route{e.Method, e.Path}] = e
	}
	return c, nil
}

func (r *record) fill(e *Endpoint) error {
	*e = Endpoint{
		ID: r.Method + " " + r.Path, Method: r.Method, Path: r.Path,
		Title: r.Title, Family: r.Family, Security: r.Security,
		TopRule: r.TopRule, OrderCount: r.OrderCount, Safe: r.Safe,
	}
	for _, kind := range r.Top {
		switch kind {
		case "object":
			e.Top |= Object
		case "array":
			e.Top |= Array
		default:
			return fmt.Errorf("top: expected object or array, found %q", kind)
		}
	}
	var err error
	if e.WeightsUntil, err = parseDate(r.WeightsUntil); err != nil {
		return fmt.Errorf("weights_until: %w", err)
	}
	if err := r.fillWeights(e); err != nil {
		return err
	}
	if err := r.fillOrders(e); err != nil {
		return err
	}
	for _, t := range r.Times {
		e.Times = append(e.Times, TimeField(t))
	}
	return r.fillParams(e)
}

func (r *record) fillWeights(e *Endpoint) error {
	e.Weights = make([]WeightRow, len(r.Weights))
	for i, w := range r.Weights {
		from, err := parseDate(w.From)
		if err != nil {
			return fmt.Errorf("weights: from: %w", err)
		}
		rule := WeightRule{
			Kind: w.Kind, Param: w.Param, Weight: w.Weight,
			Default: w.Default, Valid: w.Valid, Value: w.Value,
			Present: decided(w.Present), Absent: decided(w.Absent),
			Success: decided(w.Success), Failure: decided(w.Failure),
		}
		for _, s := range w.Steps {
			rule.Steps = append(rule.Steps, WeightStep{Max: s[0], Weight: s[1]})
		}
		e.Weights[i] = WeightRow{From: from, Rule: rule}
	}
	return nil
}

// decided turns a missing weight into NotDecided.
func decided(n *int) int {
	if n == nil {
		return NotDecided
	}
	return *n
}

func (r *record) fillOrders(e *Endpoint) error {
	for _, o := range r.Orders {
		order := Order{Array: o.Array, Key: o.Key, Strict: o.Strict, GroupBySymbol: o.BySymbol}
		switch o.Status {
		case "enforce":
			order.Status = Enforce
		case "advise":
			order.Status = Advise
		case "contradicted":
			order.Status = Contradicted
		default:
			return fmt.Errorf("orders: expected a status of enforce, advise or contradicted, found %q", o.Status)
		}
		e.Orders = append(e.Orders, order)
	}
	return nil
}

func (r *record) fillParams(e *Endpoint) error {
	e.Params = make([]Param, len(r.Params))
	for i, text := range r.Params {
		name, rest, _ := strings.Cut(text, " ")
		kind, rest, _ := strings.Cut(rest, " ")
		p := Param{Name: name, Type: kind}
		for rest != "" {
			var word string
			word, rest, _ = strings.Cut(rest, " ")
			switch word {
			case "ms":
				p.Ms = true
			case "mandatory":
				p.Mandatory = true
			default:
				return fmt.Errorf("params: %q: expected ms or mandatory, found %q", text, word)
			}
		}
		if name == "" || kind == "" {
			return fmt.Errorf("params: expected %q, found %q", "name TYPE", text)
		}
		e.Params[i] = p
	}
	return nil
}

// parseDate reads "2006-01-02", or "2006-01", which counts from the month's
// end: the first instant at which the fact surely held. "" is the zero time.
func parseDate(s string) (time.Time, error) {
	switch len(s) {
	case 0:
		return time.Time{}, nil
	case len("2006-01"):
		t, err := time.Parse("2006-01", s)
		return t.AddDate(0, 1, 0), err
	default:
		return time.Parse(time.DateOnly, s)
	}
}
