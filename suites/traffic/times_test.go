package traffic

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Dates of all months and days are those of the library, and what is none at any
// place of theirs is none here.
func TestEachDateIsTheLibrarys(t *testing.T) {
	for day := range 366 {
		date := time.Date(2020, 1, 1+day, day%24, day%60, (day+7)%60, 0, time.UTC)
		text := date.Format(http.TimeFormat)
		if got, ok := parseIMFFixdate(text); !ok || !got.Equal(date) || got.Location() != time.UTC {
			t.Errorf("%q: expected %v, found %v, %t", text, date, got, ok)
		}
	}
	const whole = "Sun, 06 Nov 1994 08:49:37 GMT"
	for i := 3; i < len(whole); i++ { // the name of the day says nothing new
		near := []string{whole[:i] + whole[i+1:]}
		for _, c := range "/0159: ,-NMoqGZ" {
			near = append(near, whole[:i]+string(c)+whole[i+1:])
		}
		for _, text := range near {
			want, err := http.ParseTime(text)
			if got, ok := ParseDate(text); ok != (err == nil) || ok && !got.Equal(want) {
				t.Errorf("%q: expected %v, %v; found %v, %t", text, want, err, got, ok)
			}
		}
	}
	for text, want := range map[string]bool{
		"Sun, 00 Nov 1994 08:49:37 GMT": false, "Sun, 01 Nov 1994 08:49:37 GMT": true, "Mon, 31 Oct 1994 08:49:37 GMT": true, "Sun, 32 Oct 1994 08:49:37 GMT": false,
		"Sun, 06 Nov 1994 23:59:59 GMT": true, "Sun, 06 Nov 1994 24:00:00 GMT": false, "Sun, 06 Nov 1994 08:60:00 GMT": false,
		"Sun, 06 Nov 1994 08:49:60 GMT": true, "Sun, 06 Nov 1994 08:49:61 GMT": false, // a leap second is a second
	} {
		if _, ok := ParseDate(text); ok != want {
			t.Errorf("%q: expected to be a date: %t, found %t", text, want, ok)
		}
	}
}

func TestSpans(t *testing.T) {
	noon := at("2019-07-20T12:00:00Z")
	span := func(from, to int) Span {
		return Span{noon.Add(time.Duration(from) * time.Second), noon.Add(time.Duration(to) * time.Second)}
	}
	var unknown Span
	if unknown.Known() || unknown.Exact() || unknown.Shift(time.Second) != unknown || unknown.Before(span(0, 1)) || span(0, 1).Before(unknown) {
		t.Error("expected an unknown span to stay so, before and behind nothing")
	}
	if !Exactly(noon).Exact() || span(0, 1).Exact() || !span(0, 1).Known() || span(0, 1).Shift(2*time.Second) != span(2, 3) {
		t.Error("expected one instant to be exact, and a span to move at both ends")
	}
	for _, c := range []struct {
		a, b Span
		want bool
	}{{span(0, 1), span(2, 3), true}, {span(0, 2), span(2, 3), false}, {span(0, 3), span(2, 4), false}, {span(2, 3), span(0, 1), false}} {
		if got := c.a.Before(c.b); got != c.want {
			t.Errorf("%v before %v: expected %t, found %t", c.a, c.b, c.want, got)
		}
	}
	for _, c := range []struct{ s, t, want Span }{
		{span(0, 9), span(2, 5), span(2, 5)}, {span(2, 5), span(0, 9), span(2, 5)}, {span(0, 5), span(2, 9), span(2, 5)}, {span(2, 9), span(0, 5), span(2, 5)},
		{span(0, 2), span(2, 5), span(2, 2)}, {span(0, 1), span(2, 5), span(0, 1)}, {span(4, 5), span(0, 3), span(4, 5)}, {span(3, 5), span(0, 3), span(3, 3)},
	} {
		if got := c.s.narrow(c.t); got != c.want {
			t.Errorf("%v narrowed to %v: expected %v, found %v", c.s, c.t, c.want, got)
		}
	}
}

// What one end and a duration say of the other, or the longest flight where
// nobody kept how long it took.
func TestResolveFromOneEnd(t *testing.T) {
	noon := at("2019-07-20T12:00:00Z")
	one, wide := Exactly(noon), Span{noon, noon.Add(time.Second)}
	for _, c := range []struct {
		name                       string
		sent, received             Span
		duration                   time.Duration
		claim                      time.Time
		wantSent, wantReceivedSpan Span
	}{
		{"sent and a duration", wide, Span{}, 2 * time.Second, time.Time{}, wide, wide.Shift(2 * time.Second)},
		{"received and a duration", Span{}, wide, 2 * time.Second, time.Time{}, wide.Shift(-2 * time.Second), wide},
		{"sent and the shortest duration that is told", one, Span{}, time.Millisecond, time.Time{}, one, one.Shift(time.Millisecond)},
		{"received and the shortest", Span{}, one, time.Millisecond, time.Time{}, one.Shift(-time.Millisecond), one},
		{"sent alone", one, Span{}, 0, time.Time{}, one, Span{noon, noon.Add(10 * time.Second)}},
		{"received alone", Span{}, one, 0, time.Time{}, Span{noon.Add(-10 * time.Second), noon}, one},
		{"a duration below nothing is none", one, Span{}, -time.Second, time.Time{}, one, Span{noon, noon.Add(10 * time.Second)}},
		{"both, whatever the duration", one, wide, time.Hour, time.Time{}, one, wide},
	} {
		sent, received := spoken.resolve(c.sent, c.received, noon.Add(time.Hour), c.duration, c.claim)
		if sent != c.wantSent || received != c.wantReceivedSpan {
			t.Errorf("%s: expected %v and %v, found %v and %v", c.name, c.wantSent, c.wantReceivedSpan, sent, received)
		}
	}
	sent, _ := spoken.resolve(Span{}, Span{}, noon, 0, noon.Add(-5*time.Second))
	if want := (Span{noon.Add(-6 * time.Second), noon}); sent != want {
		t.Errorf("expected an accepted timestamp to bound the sending from 1 s before it to 5 s behind, %v, found %v", want, sent)
	}
}

func TestUnitsByMagnitude(t *testing.T) {
	const from, to = 1483228800, 4102444800 // 2017 and 2100
	for n, want := range map[int64]Unit{
		0: UnitUnknown, -from: UnitUnknown, from - 1: UnitUnknown, from: UnitSeconds, to - 1: UnitSeconds, to: UnitUnknown,
		from*1e3 - 1: UnitUnknown, from * 1e3: UnitMilliseconds, to*1e3 - 1: UnitMilliseconds, to * 1e3: UnitUnknown,
		from*1e6 - 1: UnitUnknown, from * 1e6: UnitMicroseconds, to*1e6 - 1: UnitMicroseconds, to * 1e6: UnitUnknown,
		from*1e9 - 1: UnitUnknown, from * 1e9: UnitNanoseconds, to*1e9 - 1: UnitNanoseconds, to * 1e9: UnitUnknown,
	} {
		if got := spoken.UnitOf(n); got != want {
			t.Errorf("%d: expected %s, found %s", n, want, got)
		}
	}
	if spoken.UnitOf(at("2017-01-01T00:00:00Z").Unix()) != UnitSeconds || spoken.UnitOf(at("2099-12-31T23:59:59Z").Unix()) != UnitSeconds {
		t.Error("expected instants of 2017 to 2099 to be seconds")
	}
}

func TestStringsInThePlaceOfTimes(t *testing.T) {
	for s, want := range map[string]Unit{
		"": UnitSentinel, "1563616800000": UnitDigits, "1563616800": UnitDigits, "5": UnitOtherKind, "1.5": UnitOtherKind, "soon": UnitOtherKind,
		"2019-07-20": UnitDateString, "2019-07-20 10:00:00": UnitDateString, "2019/07/20": UnitDateString, "2019-07/20": UnitOtherKind, "2019/07-20": UnitOtherKind,
		"2019-07-2": UnitOtherKind, "2019.07.20": UnitOtherKind, "201x-07-20": UnitOtherKind, "2019-x7-20": UnitOtherKind, "2019-07-x0": UnitOtherKind,
		"Sat, 20 Jul 2019 10:00:00 GMT": UnitDateString, "Sat, 20 Jul 2019": UnitOtherKind,
	} {
		if got := spoken.stringUnit(s); got != want {
			t.Errorf("%q: expected %s, found %s", s, want, got)
		}
	}
}

// Of each kind of time the scan counts how many there are, and keeps the first
// bad one.
func TestTimesAreCountedByKind(t *testing.T) {
	plan := mustPlan(nil, []TimeQuery{{Path: "$[*].t", Sentinels: []int64{0, -1}}})
	f := scan(plan, `[{"t":1563616800000},{"t":0},{"t":-1},{"t":null},{"t":1},{"t":1563616800000},{"t":"soon"},{"t":1.5},{"t":{}},{"t":[]},{"t":true}]`).Times[0]
	if f.Count != 11 || f.Good != 2 || f.Sentinels != 3 || f.Unknown != 1 || f.Bad.Count != 5 || f.Bad.Unit != UnitOtherKind || string(f.Bad.Raw) != `"soon"` || f.Bad.Pointer != "/6/t" {
		t.Errorf("expected 2 good, 3 that stand for none, 1 unknown and 5 bad of 11, the first at /6/t, found %+v", f)
	}
}

// A pointer says where the scan stands: names escaped, elements by number, and
// no deeper than the steps that are remembered.
func TestPointers(t *testing.T) {
	plan := mustPlan(nil, []TimeQuery{{Path: "$..t"}})
	for body, want := range map[string]string{
		`{"t":1.5}`:                         "/t",
		`{"a/b":{"c~d":[0,[0,{"t":1.5}]]}}`: "/a~1b/c~0d/1/1/t",
		`{"x":1,"t":{"t":1.5}}`:             "/t/t", // the inner ends first
		`[[[[[[[[[{"t":1.5}]]]]]]]]]`:       "/0/0/0/0/0/0/0/0",
		`[[[[[[[{"t":1.5}]]]]]]]`:           "/0/0/0/0/0/0/0/t",
	} {
		if got := scan(plan, body).Times[0].Bad.Pointer; got != want {
			t.Errorf("%s: expected %q, found %q", body, want, got)
		}
	}
}

func TestNames(t *testing.T) {
	got := fmt.Sprint(KindNone, KindObject, KindArray, KindString, KindNumber, KindBool, KindNull, MakerUnknown, MakerVenue, MakerIntermediary,
		UnitUnknown, UnitSentinel)
	const want = "nothing object array string number boolean null unknown venue intermediary an implausible number a sentinel"
	if got != want {
		t.Errorf("expected %q, found %q", want, got)
	}
	for path, want := range map[string]string{"/api/v1/ping": "/api", "/wapi/v3/x.html": "/wapi", "/sapi/v1/x": "/sapi", "/api": "other", "/apis/x": "other", "/x/api/": "other", "": "other"} {
		if got := spoken.Prefix(spoken.FamilyOf(path)); got != want {
			t.Errorf("%q: expected %s, found %s", path, want, got)
		}
	}
}

// Instants are exact where the recorder kept both, or one and how long it took;
// a request that nobody answered has one alone.
func TestExactInstants(t *testing.T) {
	noon := Exactly(at("2019-07-20T12:00:00Z"))
	for _, c := range []struct {
		name string
		x    Exchange
		want bool
	}{
		{"both", Exchange{Sent: noon, Received: noon, Response: Response{Status: 200}}, true},
		{"sent, and the shortest duration that is told", Exchange{Sent: noon, Duration: time.Millisecond, Response: Response{Status: 200}}, true},
		{"sent alone", Exchange{Sent: noon, Response: Response{Status: 200}}, false},
		{"received alone", Exchange{Received: noon, Duration: time.Second, Response: Response{Status: 200}}, false},
		{"sent, and no answer", Exchange{Sent: noon}, true},
		{"sent, and an answer that was not kept", Exchange{Sent: noon, Response: Response{Status: 200}, Gaps: GapResponse}, true},
		{"nothing", Exchange{}, false},
	} {
		if got := factsOf(c.x).Exact; got != c.want {
			t.Errorf("%s: expected to be exact: %t, found %t", c.name, c.want, got)
		}
	}
}
