package traffic

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func klinePlan() *Plan {
	return mustPlan(
		[]OrderQuery{{Array: "$", Key: "[0]", Strict: true}, {Array: "$", Key: "[6]", Strict: true}},
		[]TimeQuery{{Path: "$[*][0]"}, {Path: "$[*][6]"}})
}

func orderPlan() *Plan {
	return mustPlan(
		[]OrderQuery{{Array: "$", Key: "orderId", Strict: true, GroupBySymbol: true}},
		[]TimeQuery{{Path: "$[*].time"}, {Path: "$..transactTime"}, {Path: "$.updateTime", Sentinels: []int64{0}}})
}

func scan(plan *Plan, body string) *Body {
	b := new(Body)
	ScanBody(b, []byte(body), plan)
	return b
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		body   string
		fault  Fault
		offset int
		kind   Kind
	}{
		{`{}`, FaultNone, 0, KindObject},
		{`[]`, FaultNone, 0, KindArray},
		{"\xef\xbb\xbf{}", FaultNone, 0, KindObject},
		{` [1, -2.5e+3, "a\u00e9\n", true, false, null, {"a":{}}] `, FaultNone, 0, KindArray},
		{`"scalar"`, FaultNone, 0, KindString},
		{``, FaultEmpty, 0, KindNone},
		{" \r\n\t", FaultEmpty, 0, KindNone},
		{`<html></html>`, FaultSyntax, 0, KindNone},
		{`{"a":1`, FaultTruncated, 6, KindNone},
		{`{"a":"x`, FaultTruncated, 7, KindNone},
		{`[1,`, FaultTruncated, 3, KindNone},
		{`[1,]`, FaultSyntax, 3, KindNone},
		{`{"a":1,}`, FaultSyntax, 7, KindNone},
		{`{} {}`, FaultTrailing, 3, KindObject},
		{`[01]`, FaultSyntax, 2, KindNone},
		{"[\"a\tb\"]", FaultSyntax, 3, KindNone},
		{"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9é\x01\"]", FaultSyntax, 26, KindNone},
		{`["\u00e9\x"]`, FaultSyntax, 9, KindNone},
		{`[[1],01]`, FaultSyntax, 6, KindNone},
		{`[{"a":01}]`, FaultSyntax, 7, KindNone},
		{strings.Repeat("[", MaxBodyDepth+1) + strings.Repeat("]", MaxBodyDepth+1), FaultDepth, MaxBodyDepth + 1, KindNone},
		{strings.Repeat(`{"a":`, MaxBodyDepth+1) + "1" + strings.Repeat("}", MaxBodyDepth+1), FaultDepth, MaxBodyDepth*5 + 1, KindNone},
		{strings.Repeat("[", MaxBodyDepth+1), FaultDepth, MaxBodyDepth + 1, KindNone},
	} {
		b := scan(spoken.Plan(), tc.body)
		if b.Fault != tc.fault || b.Offset != tc.offset || b.Kind != tc.kind {
			t.Errorf("%.40q: expected fault %d at %d, kind %s; found %d at %d, %s", tc.body, tc.fault, tc.offset, tc.kind, b.Fault, b.Offset, b.Kind)
		}
	}
}

func TestOrder(t *testing.T) {
	b := scan(klinePlan(), `[[1563616800000,"1","1","1","1","1",1563616859999],[1563616800000,"1","1","1","1","1",1563616859998]]`)
	for i, want := range []struct {
		row        int
		prev, next int64
	}{{1, 1563616800000, 1563616800000}, {1, 1563616859999, 1563616859998}} {
		o := b.Orders[i]
		if o.Inversions != 1 || o.Row != want.row || o.Prev.N != want.prev || o.Next.N != want.next {
			t.Errorf("order %d: expected one inversion %+v, found %+v", i, want, o)
		}
	}
}

func TestOrderComparesWithinASymbol(t *testing.T) {
	b := scan(orderPlan(), `[{"symbol":"B","orderId":9},{"orderId":5,"symbol":"A"},{"symbol":"B","orderId":8},{"symbol":"A","orderId":6},{"symbol":"A"}]`)
	o := b.Orders[0]
	if o.Rows != 5 || o.Compared != 2 || o.Inversions != 1 || o.Row != 2 || o.Unreadable != 1 {
		t.Errorf("expected 5 rows, 2 compared, one inversion at row 2, one unreadable; found %+v", o)
	}
}

// Of several arrays at one path each is compared within itself, and the last is
// told.
func TestOrderOfSeveralArrays(t *testing.T) {
	plan := mustPlan([]OrderQuery{{Array: "$[*].rows", Key: "id", Strict: true}}, nil)
	o := scan(plan, `[{"rows":[{"id":1},{"id":5},{"id":6}]},{"rows":[{"x":1},{"id":2},{"id":2}]},{"rows":[]},{"rows":[{"id":1},{"id":3}]}]`).Orders[0]
	if o.Rows != 2 || o.Compared != 4 || o.Inversions != 1 || o.Row != 2 || o.Unreadable != 1 {
		t.Errorf("expected 2 rows of the last, 4 pairs compared in all, one inversion at row 2 and one row unreadable, found %+v", o)
	}
}

// Of a body that was cut what stands before the cut is told, but for a number
// that more digits might have followed.
func TestCapturesOfCutBodies(t *testing.T) {
	for body, want := range map[string]string{
		`{"msg":"x","code":-1121`: "x", `{"code":-1121,"msg":"x"`: "-1121 x", `{"code":-1121 `: "", `{"code":-1121 ,`: "-1121", `{"code":-1121}`: "-1121", `{"code":-1121 x}`: "", `{"code":-1121]`: "", `{"code":-1121{`: "", `{"msg":"x`: "",
	} {
		b := scan(spoken.Plan(), body)
		if got := strings.TrimSpace(string(b.Capture(CaptureCode).Raw) + " " + b.Capture(CaptureMsg).Text()); got != want {
			t.Errorf("%s: expected %q, found %q", body, want, got)
		}
	}
	if f := scan(orderPlan(), `{"transactTime":1563616800000,"a":{"transactTime":"x`).Times[1]; f.Count != 1 || f.Good != 1 {
		t.Errorf("expected no time where the body was cut, found %+v", f)
	}
}

// A body that is read into another's place is as one that is read first.
func TestBodiesReadInTurn(t *testing.T) {
	plain := func(b *Body) string {
		for i := range b.Orders {
			clear(b.Orders[i].prevInGroup[b.Orders[i].groups:])
		}
		return fmt.Sprintf("%+v", *b)
	}
	var again Body
	for range 2 {
		for _, text := range []string{
			`[{"symbol":"A","orderId":9,"time":1},{"symbol":"A","orderId":8},{"symbol":"A","orderId":8}]`,
			`[[1563616800000,1,1,1,1,1,2],[1563616800000,1,1,1,1,1,"x"],[5,"`, `{"code":-1,"msg":"x","transactTime":5}`, ``, `[]`, `{}`, `[`,
		} {
			for _, plan := range []*Plan{orderPlan(), spoken.Plan(), klinePlan()} {
				ScanBody(&again, []byte(text), plan)
				if got, want := plain(&again), plain(scan(plan, text)); got != want {
					t.Errorf("%s: expected\n%s, found\n%s", text, want, got)
				}
			}
		}
	}
}

// A symbol is a text, and no other text of its row is one.
func TestOrderBySymbolsThatAreTexts(t *testing.T) {
	for _, rows := range []string{
		`[{"symbol":"A","orderId":2,"time":"x"},{"symbol":"A","orderId":1,"time":"y"}]`, `[{"symbol":5,"orderId":2},{"symbol":6,"orderId":1}]`, `[{"orderId":2},{"orderId":1}]`,
	} {
		if o := scan(orderPlan(), rows).Orders[0]; o.Compared != 1 || o.Inversions != 1 {
			t.Errorf("%s: expected two rows of one symbol, out of order, found %+v", rows, o)
		}
	}
}

// A list is read for its order and for its times at once.
func TestOrderAndTimesOfOneKey(t *testing.T) {
	b := scan(klinePlan(), `[[1563616800000,"1","1","1","1","1",1563616859999],[1563616860000,"1","1","1","1","1",1563616919999]]`)
	for i := range 2 {
		if b.Orders[i].Compared != 1 || b.Times[i].Good != 2 {
			t.Errorf("key %d: expected one pair and two times, found %+v and %+v", i, b.Orders[i], b.Times[i])
		}
	}
}

func TestTimes(t *testing.T) {
	for _, tc := range []struct {
		value   string
		unit    Unit
		pointer string
	}{
		{`1563616800000`, UnitMilliseconds, ""},
		{`1563616800`, UnitSeconds, "/0/time"},
		{`1563616800000000`, UnitMicroseconds, "/0/time"},
		{`1563616800000000000`, UnitNanoseconds, "/0/time"},
		{`1563616800.5`, UnitFraction, "/0/time"},
		{`"1563616800000"`, UnitDigits, "/0/time"},
		{`"2019-07-20 10:00:00"`, UnitDateString, "/0/time"},
		{`true`, UnitOtherKind, "/0/time"},
		{`123456789`, UnitUnknown, ""},
		{`null`, UnitSentinel, ""},
		{`1563616800000.0`, UnitMilliseconds, ""},
		{`15636168e5`, UnitMilliseconds, ""},
		{`99999999999999999999`, UnitUnknown, ""},
		{`1e400`, UnitUnknown, ""},
		{`4102444799999990000.5`, UnitFraction, "/0/time"},
		{`4102444800000000000.5`, UnitUnknown, ""},
		{`-1e400`, UnitUnknown, ""},
		{`5e-1`, UnitFraction, "/0/time"},
		{`"[FILTERED]"`, UnitUnknown, ""}, // a recorder's
	} {
		f := scan(orderPlan(), `[{"time":`+tc.value+`}]`).Times[0]
		if f.Count != 1 {
			t.Errorf("%s: expected one value, found %d", tc.value, f.Count)
		}
		bad := f.Bad
		if f.Asked.Count > 0 {
			bad = f.Asked
		}
		if tc.pointer == "" && tc.unit == UnitUnknown && f.Unknown+f.Masked != 1 {
			t.Errorf("%s: expected to be told as unknown, found %+v", tc.value, f)
		}
		if bad.Pointer != tc.pointer || bad.Count > 0 && bad.Unit != tc.unit {
			t.Errorf("%s: expected %s at %q, found %s at %q", tc.value, tc.unit, tc.pointer, bad.Unit, bad.Pointer)
		}
	}
	if f := scan(orderPlan(), `{"a":{"transactTime":1563616800},"updateTime":0}`); f.Times[1].Bad.Pointer != "/a/transactTime" || f.Times[2].Sentinels != 1 {
		t.Errorf("expected a bad time at /a/transactTime and a sentinel, found %+v", f.Times)
	}
}

// TestFirstTimeHidesNone: what may be nobody's fault is counted apart.
func TestFirstTimeHidesNone(t *testing.T) {
	f := scan(orderPlan(), `[{"time":99999999999999999999},{"time":1563616800000000},{"time":"XXX"},{"time":1563616800},{"time":"x"}]`).Times[0]
	if f.Count != 5 || f.Unknown != 1 || f.Asked.Count != 1 || f.Masked != 1 || f.Bad.Count != 2 || f.Bad.Pointer != "/3/time" {
		t.Errorf("expected one of each kind and two bad ones, the first at /3/time; found %+v", f)
	}
}

// TestEscapedNames: a member is the same however its name is written.
func TestEscapedNames(t *testing.T) {
	b := scan(orderPlan(), `{"\u0063ode":-1121,"m\u0073g":"x","a":{"tr\u0061nsactTime":1563616800},"d\u0061ta":[],"\u0063od\u0000":1}`)
	if code, ok := b.Capture(CaptureCode).Int(); !ok || code != -1121 || b.Capture(CaptureMsg).Kind != KindString || b.Capture(CaptureData).Kind != KindArray {
		t.Errorf("expected code, msg and data to be captured, found %+v", b.Captured)
	}
	if b.Times[1].Bad.Pointer != "/a/transactTime" {
		t.Errorf("expected a bad time at /a/transactTime, found %+v", b.Times[1])
	}
	b = scan(orderPlan(), `[{"symbol":"A","orderI\u0064":2},{"s\u0079mbol":"B","orderId":1},{"\u0073ymbol":"A","orderId":3,"\u006frderId":1}]`)
	if o := b.Orders[0]; o.Compared != 1 || o.Inversions != 1 || o.Row != 2 {
		t.Errorf("expected one inversion at row 2, of whose keys the last counts, found %+v", o)
	}
}

// TestOrderOfLongIntegers: 64 bits are not all that there is.
func TestOrderOfLongIntegers(t *testing.T) {
	const m = "9223372036854775807"
	for _, tc := range []struct {
		keys              string
		inversions, equal int
	}{
		{"1,10000000000000000000,11109", 1, 0},
		{m + ",9223372036854775808", 0, 0}, {"9223372036854775808," + m, 1, 0},
		{"10000000000000000000,10000000000000000001,1e20,100000000000000000000.0", 1, 1},
		{"10000000000000000001,10000000000000000000", 1, 0},
		{"-10000000000000000000,-9223372036854775808,-1", 0, 0}, {"-9223372036854775808,-10000000000000000000", 1, 0},
		{"-10000000000000000000,-10000000000000000001", 1, 0},
		{"1,2.0,0.3e1,40e-1,0.0,-0", 2, 1},
	} {
		text := ""
		for i, key := range strings.Split(tc.keys, ",") {
			if i > 0 {
				text += ","
			}
			text += `{"symbol":"A","orderId":` + key + `}`
		}
		o := scan(orderPlan(), "["+text+"]").Orders[0]
		if o.Unreadable != 0 || o.Inversions != tc.inversions || o.Equal != tc.equal {
			t.Errorf("%s: expected %d inversions and %d equal pairs, found %+v", tc.keys, tc.inversions, tc.equal, o)
		}
	}
}

func TestPlanRefusesBadPaths(t *testing.T) {
	for _, path := range []string{"", "rows", "$[x]", "$[-1]", "$[1", "$.", "$x", "$.[0]", "$.a..b", "$.a.[0]"} {
		if _, err := spoken.NewPlan(nil, []TimeQuery{{Path: path}}); err == nil {
			t.Errorf("path %q: expected an error, found none", path)
		}
	}
}

// FuzzBodyAgainstLibrary holds the scanner against jsontext: the two must agree
// on what is JSON, whatever the bytes.
func FuzzBodyAgainstLibrary(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `{"code":-1121,"msg":"Invalid symbol."}`, `[[1563616800000,"1"]]`, `"\ud800"`, `[1e5,-0,0.1]`,
		`{"a":[{"b":null}]}`, `[1,]`, `{"a"}`, "\xef\xbb\xbf[]", `{"a":1}{`, "[\"\x7f\"]", `-`, `[1.]`, `nul`, `{"\u0061":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		theirs := validByLibrary(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
		var asked Body
		ScanBody(&asked, data, orderPlan()) // it asks for a name anywhere, so nothing is skipped
		for _, plan := range []*Plan{orderPlan(), klinePlan(), spoken.Plan()} {
			var b Body
			ScanBody(&b, data, plan)
			if b.Fault == FaultDepth {
				return
			}
			if b.JSON() != theirs {
				t.Fatalf("%q: the scanner says %v (fault %d at %d), the library %v", data, !theirs, b.Fault, b.Offset, theirs)
			}
			if b.Fault != asked.Fault || b.Offset != asked.Offset || b.Kind != asked.Kind || b.Members != asked.Members {
				t.Fatalf("%q: read, fault %d at %d in %d members; skipped, fault %d at %d in %d", data, asked.Fault, asked.Offset, asked.Members, b.Fault, b.Offset, b.Members)
			}
		}
	})
}

// TestNamesAnywhereInRows: a name asked for at any depth is found in elements
// that nothing else is asked of.
func TestNamesAnywhereInRows(t *testing.T) {
	plan := mustPlan(nil, []TimeQuery{{Path: "$[*][0]"}, {Path: "$..t"}})
	b := scan(plan, `[[1563616800000,"a",{"t":1563616800}],[1563616800000,{"b":{"t":1563616800000}}]]`)
	if b.Times[0].Good != 2 || b.Times[1].Count != 2 || b.Times[1].Bad.Pointer != "/0/2/t" {
		t.Errorf("expected two good times of each, the first a bad one at /0/2/t; found %+v", b.Times)
	}
}

func TestSkipValue(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `[ ]`, `{ }`, `"a\u00e9\"b"`, `-0.5e+10`, `0`, `true`, `null`, `false`, ` [1 , {"a" : [ ] , "b":{}} ] `,
		"\n      \n[[[[1]]]]", `"12345678"`, `"1234567"`, `123456789012345678`,
	} {
		end := SkipValue([]byte(text+",x"), 0)
		if want := len(strings.TrimRight(text, " ")); end != want {
			t.Errorf("%q: expected its end at %d, found %d", text, want, end)
		}
	}
	for _, text := range []string{``, ` `, `[`, `{`, `[1,]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `01`, `1.`, `1e`, `-`, `tru`, `"a`, `"\x"`, `"\u12"`, "\"\n\"", `]`, `[1}`, `{"a":1]`, strings.Repeat("[", 66) + strings.Repeat("]", 66)} {
		if end := SkipValue([]byte(text), 0); end >= 0 {
			t.Errorf("%q: expected no value, found one up to %d", text, end)
		}
	}
}

// What no more bytes could mend is broken wherever the data ends.
func TestSkipBroken(t *testing.T) {
	for _, text := range []string{`"\x`, `"\u00zz`, `"\u00e9\x`, `{a`, `{"a"x`, `{"a":1x`, `[1x`, `[1}`, "\"\x01", `[1.x`, `-x`, `[1ex`} {
		if end := SkipValue([]byte(text), 0); end != SkipBroken {
			t.Errorf("%q: expected %d, found %d", text, SkipBroken, end)
		}
	}
	for _, text := range []string{"[1\r,2]", "[1\t,2]", "[1\n,2]", "[1 ,2]", "{\r\"a\"\t:\n1\r}"} {
		if end := SkipValue([]byte(text), 0); end != len(text) {
			t.Errorf("%q: expected its end at %d, found %d", text, len(text), end)
		}
	}
}

// TestSkipShort: a value cut anywhere is short, never broken, and never whole.
func TestSkipShort(t *testing.T) {
	const text = `{"a" : [1.5e-7, "\u00e9\n", true, false, null, {}, []], "b":-0}`
	for n := range len(text) {
		if end := SkipValue([]byte(text[:n]), 0); end != SkipShort {
			t.Errorf("%q: expected %d, found %d", text[:n], SkipShort, end)
		}
	}
}

func TestEightDigits(t *testing.T) {
	for n := uint64(1); n < 1e8; n = n*7 + 3 {
		if got, ok := eightDigits(fmt.Appendf(nil, "%08d", n)); !ok || got != n {
			t.Errorf("%08d: found %d, %v", n, got, ok)
		}
	}
	for c := range 256 {
		for i := range 8 {
			text := []byte("12345678")
			text[i] = byte(c)
			_, ok := eightDigits(text)
			if want := '0' <= c && c <= '9'; ok != want || (skipDigits(text, 0) == 8) != want {
				t.Errorf("%q: expected %v", text, want)
			}
		}
	}
}

func validByLibrary(data []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadValue(); err != nil {
		return false
	}
	_, err := d.ReadToken()
	return errors.Is(err, io.EOF)
}

func BenchmarkScanKlines(b *testing.B) {
	row := `[1563616800000,"9919.97000000","9920.00000000","9919.00000000","9919.98000000","10438.37000000",1563616859999,"36.31825436",2338,"4847.44000000","16.87297134","0"]`
	body := []byte("[" + strings.Repeat(row+",", 499) + row + "]")
	var out Body
	plan := klinePlan()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		ScanBody(&out, body, plan)
	}
}
