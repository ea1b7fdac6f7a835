package traffic

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// fill sets every field of a value to something of its own, strings and slices
// pointing into text.
func fill(v reflect.Value, text []byte, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		at := *n % (len(text) - 3)
		v.SetString(viewString(text[at : at+3]))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range 3 {
			fill(v.Index(i), text, n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f, text, n)
			}
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8, reflect.Uint16:
		v.SetUint(uint64(*n % 100))
	case reflect.Pointer: // what it points to is immutable, and nobody's memory
	default:
		panic(v.Kind())
	}
}

// TestCopyToKeepsNothing fills every field that an exchange has, and writes over
// the reader's memory: no copy may change.
func TestCopyToKeepsNothing(t *testing.T) {
	var copies [3]Exchange
	var want [3]string
	var kept []byte
	for round := range 2 {
		kept = kept[:0]
		for i := range copies {
			text := []byte(strings.Repeat("abcdefghijklmnopqrstuvwxyz", i+1))
			var x Exchange
			n := round + i
			fill(reflect.ValueOf(&x).Elem(), text, &n)
			x.At.File = "file"
			want[i] = fmt.Sprintf("%+v", x)
			kept = x.CopyTo(&copies[i], kept)
			for j := range text {
				text[j] = '!'
			}
			clear(x.Request.Header)
			clear(x.Response.Header)
			clear(x.Request.Body)
			clear(x.Response.Body)
		}
		for i := range copies {
			if got := fmt.Sprintf("%+v", copies[i]); got != want[i] {
				t.Errorf("round %d, copy %d:\n%s\nwant\n%s", round, i, got, want[i])
			}
		}
	}
}

// A clone shares no memory, the file's name included.
func TestCloneKeepsNothing(t *testing.T) {
	text := []byte("abcdefghijklmnopqrstuvwxyz")
	var x Exchange
	n := 0
	fill(reflect.ValueOf(&x).Elem(), text, &n)
	want := fmt.Sprintf("%+v", x)
	clone := x.Clone()
	for i := range text {
		text[i] = '!'
	}
	clear(x.Request.Header)
	clear(x.Response.Header)
	clear(x.Request.Body)
	clear(x.Response.Body)
	if got := fmt.Sprintf("%+v", *clone); got != want {
		t.Errorf("expected\n%s, found\n%s", want, got)
	}
}

// The text that is appended is the exchange's and nothing else, and room for it is
// made at once.
func TestCopyToMakesRoomAtOnce(t *testing.T) {
	long := strings.Repeat("long", 100)
	x := Exchange{Client: "c" + long, Request: Request{Method: "GET" + long, URL: "u" + long, Header: Header{{"A" + long, "b" + long}}, Body: []byte("q" + long)},
		Response: Response{Header: Header{{"D" + long, "e" + long}}, Body: []byte("r" + long)}}
	all := x.Client + x.Request.Method + x.Request.URL + "A" + long + "b" + long + "D" + long + "e" + long + "q" + long + "r" + long
	dst := Exchange{Request: Request{Header: make(Header, 0, 1)}, Response: Response{Header: make(Header, 0, 1)}}
	for room, allocations := range map[int]float64{0: 1, len(all) - 1: 1, len(all): 0} {
		used := strings.Repeat("x", 1000)
		text := append(make([]byte, 0, len(used)+room), used...)
		var got []byte
		if n := testing.AllocsPerRun(10, func() { got = x.CopyTo(&dst, text) }); n != allocations {
			t.Errorf("room for %d of %d bytes: expected %v allocations, found %v", room, len(all), allocations, n)
		}
		if got, _ := strings.CutPrefix(string(got), used); got != all {
			t.Errorf("room for %d: expected the exchange's text, found %q", room, got)
		}
	}
	x.Request.Body, x.Response.Body = nil, []byte{}
	if x.CopyTo(&dst, nil); dst.Request.Body != nil || dst.Response.Body == nil {
		t.Error("expected a body that is none to stay so, and an empty one to be there")
	}
}

func TestCopyToAllocatesNothing(t *testing.T) {
	x := Exchange{Request: Request{Method: "GET", URL: "u", Header: Header{{"A", "b"}}}, Response: Response{Body: []byte("{}")}}
	var dst Exchange
	text := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() { text = x.CopyTo(&dst, text[:0]) }); n != 0 {
		t.Errorf("expected no allocation, found %v", n)
	}
}
