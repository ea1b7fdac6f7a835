package traffic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// broken calls f with texts near to JSON: each of some, cut anywhere, and with
// each of its bytes another one, or gone.
func broken(f func(text []byte)) {
	for _, whole := range []string{
		`{"a" : [1.5e-7, "\u00e9\n", true, false, null, {}, []], "b":-0}`,
		`[[1563616800000,"1.0",-12E+3,{"k":[ ]}],[1563616800001 , "2" , 0.0e0 ]]`,
		`{"code":-1121,"msg":"Invalid \"symbol\".","data":{"time":1563616800000,"x":[{"transactTime":5}]}}`,
		" \t\r\n[ { } , [ ] ,12345678901234567890,\"12345678\",\"123456789\\/\\b\" ]\n ",
		"\xef\xbb\xbf[]", `"é"`, `-0.5`, `true`, `false`, `null`, `12`,
	} {
		for i := range len(whole) {
			f([]byte(whole[:i]))
			f([]byte(whole[:i] + whole[i+1:]))
			for _, c := range "\x00\n \"\\,:[]{}-+.eE019atfnux/\x7f\x80" {
				f([]byte(whole[:i] + string(c) + whole[i+1:]))
			}
		}
		f([]byte(whole))
		f([]byte(whole + whole))
	}
}

// reads says what the library makes of a text: one value and nothing else, and
// whether more bytes could make it one.
func reads(data []byte) (whole, short bool) {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadValue(); err != nil {
		return false, errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	}
	_, err := d.ReadToken()
	return errors.Is(err, io.EOF), false
}

// The law of faults: what the library takes for JSON is whole; of the rest a
// fault stands where no more bytes could mend it, or at the end where they could.
func TestFaultsStandWhereTheLibraryHasThem(t *testing.T) {
	var b Body
	broken(func(text []byte) {
		whole, short := reads(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
		for _, plan := range []*Plan{spoken.Plan(), klinePlan(), orderPlan()} {
			ScanBody(&b, text, plan)
			switch {
			case b.JSON() != whole:
				t.Fatalf("%q: expected to be JSON: %t, found fault %d at %d", text, whole, b.Fault, b.Offset)
			case whole && b.Offset != 0:
				t.Fatalf("%q: expected no offset, found %d", text, b.Offset)
			case b.Fault == FaultTruncated && (b.Offset != len(text) || !short):
				t.Fatalf("%q: expected no more to be missing at %d, found it to be cut", text, b.Offset)
			case b.Fault == FaultSyntax && short, b.Fault == FaultSyntax && b.Offset >= len(text):
				t.Fatalf("%q: expected it to be cut, found fault %d at %d", text, b.Fault, b.Offset)
			case b.Fault == FaultSyntax:
				from := bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
				at := b.Offset - (len(text) - len(from))
				if at < 0 { // a mark that is broken itself
					continue
				}
				_, before := reads(from[:at])
				wholeTo, to := reads(from[:at+1])
				if number, _ := reads(from[:at]); !before && !number && strings.TrimSpace(string(from[:at])) != "" || wholeTo || to {
					t.Fatalf("%q: expected the fault where nothing can follow, found it at %d", text, b.Offset)
				}
			}
		}
	})
}

// The law of passing by: a value is passed by if the library reads it, and short
// if more bytes could make it one.
func TestPassedByIsWhatTheLibraryReads(t *testing.T) {
	broken(func(text []byte) {
		d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		_, err := d.ReadValue()
		end := SkipValue(text, 0)
		switch {
		case err == nil && leadingZero.Match(text): // the library ends the number behind it
		case err == nil && end != int(d.InputOffset()):
			t.Fatalf("%q: expected its end at %d, found %d", text, d.InputOffset(), end)
		case err == nil:
		case end >= 0:
			t.Fatalf("%q: expected no value, for %v, found one up to %d", text, err, end)
		case end == SkipBroken && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)):
			t.Fatalf("%q: expected it to be short, found it broken", text)
		case end == SkipShort && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) && !nearEnd(text, err):
			t.Fatalf("%q: expected it to be broken, for %v, found it short", text, err)
		}
	})
}

var leadingZero = regexp.MustCompile(`^\s*-?0[0-9]`)

// nearEnd reports a fault within four bytes of the end, where true, false or null
// might have begun: which of them is wrong the data behind would tell.
func nearEnd(text []byte, err error) bool {
	var syntax *jsontext.SyntacticError
	return errors.As(err, &syntax) && int(syntax.ByteOffset) >= len(text)-4
}

// Any number of values is passed by at once, up to a bracket that closes.
func TestSeveralArePassedBy(t *testing.T) {
	const list = `1 , [2,3],{"a":4} ,"5"]`
	for n, end := range map[int]int{1: 1, 2: 9, 3: 17, 4: 22, 5: 22, 100: 22} {
		if at, passed := skipValues([]byte(list), 0, n); at != end || passed != min(n, 4) {
			t.Errorf("%d of %s: expected %d up to %d, found %d up to %d", n, list, min(n, 4), end, passed, at)
		}
	}
	for _, text := range []string{`1,`, `1}`, `1 2`, `1,]`, `1`, `1 `} {
		if at, _ := skipValues([]byte(text), 0, 9); at >= 0 {
			t.Errorf("%q: expected no end, found %d", text, at)
		}
	}
	for depth := maxSkipDepth - 1; depth <= maxSkipDepth+2; depth++ {
		text := strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth)
		if end := SkipValue([]byte(text), 0); (end == len(text)) != (depth <= maxSkipDepth) {
			t.Errorf("%d levels: found the end at %d of %d", depth, end, len(text))
		}
	}
}

// Bytes are passed eight at a time as they would be one by one.
func TestPassingEightAtATime(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const letters = "   \n\t\r0123456789ab\"\\\x1f\x0b/:\x80\xff!#[]"
	for range 20000 {
		text := make([]byte, r.IntN(40))
		mostly := letters[r.IntN(len(letters))]
		for i := range text {
			if text[i] = mostly; r.IntN(8) == 0 {
				text[i] = letters[r.IntN(len(letters))]
			}
		}
		from := r.IntN(len(text) + 1)
		until := func(stop func(c byte) bool) int {
			for i := from; i < len(text); i++ {
				if stop(text[i]) {
					return i
				}
			}
			return len(text)
		}
		isSpace := func(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }
		if got, want := SkipSpace(text, from), until(func(c byte) bool { return !isSpace(c) }); got != want {
			t.Fatalf("white space of %q from %d: expected %d, found %d", text, from, want, got)
		}
		if got, want := skipDigits(text, from), until(func(c byte) bool { return c < '0' || c > '9' }); got != want {
			t.Fatalf("digits of %q from %d: expected %d, found %d", text, from, want, got)
		}
		if got, want := SkipPlain(text, from), until(func(c byte) bool { return c == '"' || c == '\\' || c < 0x20 }); got != want {
			t.Fatalf("plain text of %q from %d: expected %d, found %d", text, from, want, got)
		}
	}
}

// Integers are those of the library, to the last that 64 bits hold.
func TestIntegersAreTheLibrarys(t *testing.T) {
	texts := []string{"", "-", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "99999999999999999999"}
	for n := 1; n <= 20; n++ {
		digits := "12345678909876543210"[:n]
		texts = append(texts, digits, "-"+digits, digits[:n-1]+".", digits[:n-1]+"/", ":"+digits[1:], digits[:n/2]+"e"+digits[n/2+n%2:])
	}
	for _, text := range texts {
		got, ok := parseDigits([]byte(text))
		want, err := strconv.ParseInt(text, 10, 64)
		if ok != (err == nil) || ok && got != want {
			t.Errorf("%q: expected %d, %v; found %d, %t", text, want, err, got, ok)
		}
	}
}

// The order of rows is what a plain reading of the whole list says.
func TestOrderAgreesWithAPlainReading(t *testing.T) {
	type row struct {
		Symbol  string `json:"symbol,omitempty"`
		OrderID any    `json:"orderId,omitempty"`
	}
	plain := mustPlan([]OrderQuery{{Array: "$.rows", Key: "orderId"}, {Array: "$.rows", Key: "orderId", Strict: true},
		{Array: "$.rows", Key: "orderId", GroupBySymbol: true}}, nil)
	r := rand.New(rand.NewPCG(3, 3))
	for range 3000 {
		rows := make([]row, r.IntN(9))
		for i := range rows {
			rows[i] = row{Symbol: []string{"", "A", "B"}[r.IntN(3)], OrderID: []any{1, 2, 3, 4, nil, "x", 2.5}[r.IntN(7)]}
		}
		text, err := json.Marshal(map[string]any{"rows": rows})
		if err != nil {
			t.Fatal(err)
		}
		b := scan(plain, string(text))
		for i, q := range plain.orders {
			var want OrderFact
			last := map[string]int{}
			for at, one := range rows {
				want.Rows++
				key, isInt := one.OrderID.(int)
				if !isInt {
					want.Unreadable++
					continue
				}
				group := one.Symbol
				if !q.GroupBySymbol {
					group = ""
				}
				prev, met := last[group]
				if last[group] = key; !met {
					continue
				}
				want.Compared++
				if key == prev {
					want.Equal++
				}
				if key < prev || key == prev && q.Strict {
					if want.Inversions == 0 {
						want.Row, want.Prev, want.Next = at, Whole{N: int64(prev)}, Whole{N: int64(key)}
					}
					want.Inversions++
				}
			}
			got := b.Orders[i]
			got.prevInGroup, got.groups, got.row = want.prevInGroup, want.groups, want.row
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, query %+v: expected %+v, found %+v", text, q, want, got)
			}
		}
	}
}

// More symbols than are told apart are not compared, and nothing is made up.
func TestManySymbols(t *testing.T) {
	var rows []string
	for round := range 2 {
		for symbol := range maxGroups + 3 {
			rows = append(rows, fmt.Sprintf(`{"symbol":"S%d","orderId":%d}`, symbol, 9-round))
		}
	}
	o := scan(orderPlan(), "["+strings.Join(rows, ",")+"]").Orders[0]
	if o.Rows != len(rows) || o.Compared != maxGroups || o.Inversions != maxGroups || o.Row != maxGroups+3 {
		t.Errorf("expected %d pairs to be compared and to fall, the first at row %d, found %+v", maxGroups, maxGroups+3, o)
	}
}

// Percent-encoding is undone as the library does, and what is none is kept.
func TestUnescape(t *testing.T) {
	for _, s := range []string{"", "plain", "a+b", "%20", "%2B%2b", "%e2%82%ac", "%00%fF", "+%41+", "%4142"} {
		if want, err := url.QueryUnescape(s); err != nil || unescape(s) != want {
			t.Errorf("%q: expected %q, %v, found %q", s, want, err, unescape(s))
		}
	}
	for s, want := range map[string]string{
		"%": "%", "100%": "100%", "%2": "%2", "a%2": "a%2", "%zz": "%zz", "%0g": "%0g", "%g0": "%g0", "%%41": "%A", "%4142%": "A42%", "+a": " a", "a%": "a%", "+%": " %",
		"%:0": "%:0", "%/0": "%/0", "%@0": "%@0", "%`0": "%`0", "%G0": "%G0", "%0:": "%0:",
	} {
		if got := unescape(s); got != want {
			t.Errorf("%q: expected %q, found %q", s, want, got)
		}
	}
	if n := testing.AllocsPerRun(100, func() { unescape("BTCUSDT") }); n != 0 {
		t.Errorf("expected no allocation where nothing is to be undone, found %v", n)
	}
	for c := range 256 {
		for _, text := range []string{fmt.Sprintf("%%%02x", c), fmt.Sprintf("%%%02X", c)} {
			if got := unescape(text); got != string([]byte{byte(c)}) {
				t.Errorf("%q: found %q", text, got)
			}
		}
	}
}

// Each byte of a text, and its place, count in its hash, which is the same in all
// runs, so that a collision, if one comes, comes again.
func TestHashMindsEachByte(t *testing.T) {
	seen := map[uint64]string{}
	note := func(s string) {
		h := Hash(s)
		if other, met := seen[h]; met && other != s {
			t.Errorf("%q and %q: expected two hashes, found one", other, s)
		}
		seen[h] = s
	}
	for n := range 26 {
		text := "abcdefghijklmnopqrstuvwxyz"[:n]
		note(text)
		for i := range n {
			for _, c := range "\x00A~\xff" {
				note(text[:i] + string([]byte{byte(c)}) + text[i+1:])
			}
			note(text[:i] + text[i+1:])
		}
	}
	for s, want := range map[string]uint64{"": 17280346270528514342, "BTCUSDT": 9619131539936127408, "newClientOrderId=1": 10318425261083063327} {
		if got := Hash(s); got != want || Hash([]byte(s)) != want {
			t.Errorf("%q: expected text and bytes to hash to %d, in all runs, found %d and %d", s, want, got, Hash([]byte(s)))
		}
	}
}
