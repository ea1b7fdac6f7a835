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
			clone := x.Clone()
			for j := range text {
				text[j] = '!'
			}
			clear(x.Request.Header)
			clear(x.Response.Header)
			clear(x.Request.Body)
			clear(x.Response.Body)
			if got := fmt.Sprintf("%+v", *clone); got != want[i] {
				t.Errorf("round %d, clone %d:\n%s\nwant\n%s", round, i, got, want[i])
			}
		}
		for i := range copies {
			if got := fmt.Sprintf("%+v", copies[i]); got != want[i] {
				t.Errorf("round %d, copy %d:\n%s\nwant\n%s", round, i, got, want[i])
			}
		}
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
