package edition

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shared is the reference folder, which is not part of the project.
const shared = "../../../shared"

// reference reads a reference file, or skips the test where there is none.
func reference(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("not compared: the reference %s is not beside this checkout", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decode decodes a reference file.
func decode(t *testing.T, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(reference(t, name), into); err != nil {
		t.Fatal(err)
	}
}

func TestLookup(t *testing.T) {
	e := Default().Catalogue.Lookup("GET", "/api/v1/depth")
	if e == nil || e.ID != "GET /api/v1/depth" || e.Family != API || e.Top != Object || !e.Safe {
		t.Fatalf("GET /api/v1/depth: found %+v", e)
	}
	for _, miss := range [][2]string{
		{"POST", "/api/v1/depth"}, {"get", "/api/v1/depth"}, {"GET", "/api/v1/depth/"},
		{"GET", "/api/v1/Depth"}, {"GET", "/api/v1/depth?symbol=BTCUSDT"}, {"", ""},
	} {
		if e := Default().Catalogue.Lookup(miss[0], miss[1]); e != nil {
			t.Errorf("%s %s: found %s, expected nothing", miss[0], miss[1], e.ID)
		}
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	var hit, miss *Endpoint
	if n := testing.AllocsPerRun(100, func() {
		hit, miss = Default().Catalogue.Lookup("GET", "/api/v3/order"), Default().Catalogue.Lookup("GET", "/no/such/route")
	}); n != 0 || hit == nil || miss != nil {
		t.Errorf("expected no allocations, an endpoint and none; found %v, %v and %v", n, hit, miss)
	}
}

func TestEndpointsAreWellFormed(t *testing.T) {
	security := []string{"NONE", "MARKET_DATA", "USER_STREAM", "USER_DATA", "TRADE", "MARGIN", "WITHDRAW"}
	for i, e := range Default().Catalogue.Endpoints {
		if e.Index != i || Default().Catalogue.Lookup(e.Method, e.Path) != &Default().Catalogue.Endpoints[i] {
			t.Errorf("%s: index %d at %d, or not found", e.ID, e.Index, i)
		}
		if !strings.HasPrefix(e.Path, "/"+string(e.Family)+"/") {
			t.Errorf("%s: family %q", e.ID, e.Family)
		}
		if e.Title == "" || !slices.Contains(security, e.Security) || e.Top == 0 {
			t.Errorf("%s is incomplete: %+v", e.ID, e)
		}
		if (e.TopRule == TopBySymbol) != (e.Top == Object|Array) {
			t.Errorf("%s: top %s with rule %q", e.ID, e.Top, e.TopRule)
		}
		if e.Safe != (e.Method == "GET") {
			t.Errorf("%s: safe %v", e.ID, e.Safe)
		}
		if e.Safe == (e.Repetition.Because != "") {
			t.Errorf("%s: repetition %+v of a route that is safe: %v", e.ID, e.Repetition, e.Safe)
		}
		if old := strings.HasPrefix(e.Path, "/api/v1/"); old == e.WeightsUntil.IsZero() {
			t.Errorf("%s: weights until %v", e.ID, e.WeightsUntil)
		}
	}
}

// The paths that other packages parse hold only the steps that the godoc names.
func TestPathsKeepToTheirGrammar(t *testing.T) {
	array := regexp.MustCompile(`^\$(\.[A-Za-z]+)*$`)
	key := regexp.MustCompile(`^([A-Za-z]\w*|\[[0-9]\])$`)
	path := regexp.MustCompile(`^\$(\.[A-Za-z]\w*|\[\*\]|\[[0-9]\])+$`)
	for _, e := range Default().Catalogue.Endpoints {
		for _, o := range e.Orders {
			if !array.MatchString(o.Array) || !key.MatchString(o.Key) {
				t.Errorf("%s: order %+v", e.ID, o)
			}
		}
		seen := map[string]bool{}
		for _, f := range e.Times {
			if !path.MatchString(f.Path) || seen[f.Path] {
				t.Errorf("%s: time field %q malformed or twice", e.ID, f.Path)
			}
			seen[f.Path] = true
			if f.Exception != "" && f.Exception != DateString && f.Exception != Seconds {
				t.Errorf("%s: exception %q", e.ID, f.Exception)
			}
		}
	}
}

func TestTopFor(t *testing.T) {
	for _, c := range []struct {
		path   string
		symbol bool
		want   Top
	}{
		{"/api/v1/ticker/24hr", true, Object},
		{"/api/v1/ticker/24hr", false, Array},
		{"/api/v1/klines", true, Array},
		{"/api/v1/depth", true, Object},
		{"/api/v1/exchangeInfo", false, Object},
	} {
		if got := Default().Catalogue.Lookup("GET", c.path).TopFor(c.symbol); got != c.want {
			t.Errorf("%s, symbol given %v: expected %s, found %s", c.path, c.symbol, c.want, got)
		}
	}
}

func TestOrdersAndTimes(t *testing.T) {
	agg := Default().Catalogue.Lookup("GET", "/api/v1/aggTrades")
	want := []Order{{Array: "$", Key: "a", Strict: true}, {Array: "$", Key: "T", Status: Advise}}
	if !slices.Equal(agg.Orders, want) {
		t.Errorf("aggTrades: expected %+v, found %+v", want, agg.Orders)
	}
	for _, o := range Default().Catalogue.Lookup("GET", "/api/v3/openOrders").Orders {
		if !o.GroupBySymbol || o.Status != Advise {
			t.Errorf("openOrders: %+v", o)
		}
	}
	if o := Default().Catalogue.Lookup("GET", "/sapi/v1/margin/transfer").Orders; len(o) != 1 || o[0].Status != Contradicted || o[0].Array != "$.rows" {
		t.Errorf("margin transfer: %+v", o)
	}
	for _, id := range []string{"/api/v1/depth", "/api/v1/ticker/24hr", "/api/v3/account"} {
		if o := Default().Catalogue.Lookup("GET", id).Orders; len(o) != 0 {
			t.Errorf("%s has no age to order by: %+v", id, o)
		}
	}
	if f := Default().Catalogue.Lookup("GET", "/api/v3/avgPrice").Times; len(f) != 1 || f[0].Path != "$.closeTime" {
		t.Errorf("avgPrice: mins is a duration: %+v", f)
	}
	if f := Default().Catalogue.Lookup("GET", "/api/v1/ticker/24hr").Times; len(f) != 4 {
		t.Errorf("ticker/24hr: object and array forms of two fields: %+v", f)
	}
	if f := Default().Catalogue.Lookup("GET", "/sapi/v1/margin/interestHistory").Times; len(f) != 1 || f[0].Exception != Seconds {
		t.Errorf("interestHistory: %+v", f)
	}
}

func TestParams(t *testing.T) {
	e := Default().Catalogue.Lookup("POST", "/api/v3/order")
	if p := e.Param("timestamp"); p == nil || !p.Mandatory || !p.Ms || p.Type != "LONG" {
		t.Errorf("timestamp: found %+v", p)
	}
	if p := e.Param("recvWindow"); p == nil || p.Mandatory || p.Ms {
		t.Errorf("recvWindow: a duration: found %+v", p)
	}
	if p := e.Param("Symbol"); p != nil {
		t.Errorf("names compare exactly: found %+v", p)
	}
}

// The catalogue lost nothing on the way from the reference facts that it was
// made from.
func TestCatalogueAgreesWithTheFacts(t *testing.T) {
	var facts struct {
		Endpoints []struct {
			ID       string
			Security struct{ Type string }
			Count    int  `json:"order_count"`
			Safe     bool `json:"idempotent_safe"`
			Response struct{ Top string }
			Weight   []struct {
				From *string
				Rule struct{ Kind string }
			}
			Parameters []struct {
				Name, Type, Unit string
				Mandatory        bool
			}
			Ordering []struct {
				Array, Status  string
				Key, Direction *string
				Strict         bool
			}
			Times []struct{ Path, Unit, Also string } `json:"time_fields"`
		}
	}
	decode(t, "facts/endpoints.json", &facts)
	if len(facts.Endpoints) != len(Default().Catalogue.Endpoints) {
		t.Fatalf("endpoints: expected %d, found %d", len(facts.Endpoints), len(Default().Catalogue.Endpoints))
	}
	for i, want := range facts.Endpoints {
		e := Default().Catalogue.Endpoints[i]
		top := strings.ReplaceAll(e.Top.String(), " or ", "|")
		if e.ID != want.ID || e.Security != want.Security.Type || e.OrderCount != want.Count ||
			e.Safe != want.Safe || top != want.Response.Top || len(e.Weights) != len(want.Weight) {
			t.Errorf("%s: found %+v", want.ID, e)
		}
		for j, w := range want.Weight {
			if (w.From == nil) != e.Weights[j].From.IsZero() {
				t.Errorf("%s: weight %d from %v", e.ID, j, e.Weights[j].From)
			}
			if w.From != nil && len(*w.From) == len("2006-01-02") && e.Weights[j].From.String() != *w.From {
				t.Errorf("%s: weight %d: expected %s, found %v", e.ID, j, *w.From, e.Weights[j].From)
			}
		}
		var params []Param
		for _, p := range want.Parameters {
			always := len(params) < len(e.Params) && e.Params[len(params)].Always && p.Mandatory // which the catalogue does not tell
			params = append(params, Param{p.Name, p.Type, p.Mandatory, always, p.Unit == "ms"})
		}
		if !slices.Equal(e.Params, params) {
			t.Errorf("%s: parameters: expected %+v, found %+v", e.ID, params, e.Params)
		}
		enforced := map[string]bool{}
		for _, o := range want.Ordering {
			if o.Status == "enforce" {
				enforced[o.Array+" "+*o.Key] = true
			}
		}
		for _, o := range e.Orders {
			if (o.Status == Enforce) != enforced[o.Array+" "+o.Key] {
				t.Errorf("%s: order %+v", e.ID, o)
			}
			delete(enforced, o.Array+" "+o.Key)
		}
		if len(enforced) > 0 {
			t.Errorf("%s: orders missing: %v", e.ID, enforced)
		}
		for _, f := range want.Times {
			inMs := f.Unit != "minutes" && f.Unit != "ratio"
			has := func(path string) bool {
				return slices.ContainsFunc(e.Times, func(got TimeField) bool {
					tail, anywhere := strings.CutPrefix(path, "$..")
					return got.Path == path || anywhere && strings.HasSuffix(got.Path, "."+tail)
				})
			}
			if has(f.Path) != inMs || f.Also != "" && !has(f.Also) {
				t.Errorf("%s: time field %+v: found %+v", e.ID, f, e.Times)
			}
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	c := Default().Catalogue
	b.ReportAllocs()
	for b.Loop() {
		c.Lookup("GET", "/api/v3/ticker/24hr")
	}
}
