package engine

import (
	"reflect"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// An event that is filled again keeps nothing of what it was.
func TestFillSetsEveryField(t *testing.T) {
	used := reflect.ValueOf(&rule.Event{}).Elem()
	for i := range used.NumField() {
		f := used.Field(i)
		switch f.Interface().(type) {
		case time.Time:
			f.Set(reflect.ValueOf(time.Unix(1, 0)))
		case traffic.Span:
			f.Set(reflect.ValueOf(traffic.Exactly(time.Unix(1, 0))))
		case traffic.Ask:
			f.Set(reflect.ValueOf(traffic.Ask{Asset: 1, Side: 1, From: 1, Until: 1, At: 1, Isolated: 1, Type: 1, Narrow: true, Immediate: true}))
		case traffic.Position:
			f.Set(reflect.ValueOf(traffic.Position{File: "x", Line: 1, Number: 1}))
		default:
			switch f.Kind() {
			case reflect.String:
				f.SetString("x")
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			case reflect.Uint8, reflect.Uint64:
				f.SetUint(1)
			case reflect.Int, reflect.Int64:
				f.SetInt(1)
			default:
				t.Fatalf("%s: expected a kind that this test knows, found %s", used.Type().Field(i).Name, f.Kind())
			}
		}
	}
	var facts traffic.Facts
	facts.ScanRequest(&traffic.Exchange{})
	facts.ScanResponse(traffic.DefaultPlan)
	names := interner{kept: map[string]string{}}
	got, want := used.Addr().Interface().(*rule.Event), &rule.Event{OwnWeight: 1, Client: 1, Key: 1, Address: 1, Episode: 1} // which others set
	fill(got, &facts, nil, &names)
	fill(want, &facts, nil, &names)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("expected the event of a new one\n%+v\nfound\n%+v", want, got)
	}
}
