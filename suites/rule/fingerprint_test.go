package rule

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// fault is a finding with all that a fingerprint is made of, and all that it is not.
func fault() Finding {
	return Finding{
		Rule: "r", Message: "m", Expected: "e", Seen: "s", Hint: "h", Cause: "c",
		At: Where{File: "a.har", Line: 3, Exchange: 7, Pointer: "/balances/17/free", Time: noon, Method: "GET", Path: "/api/v1/order/12/fill", Status: 200},
	}
}

// The name is written down in lists of what is known: it must never change.
func TestFingerprintIsKept(t *testing.T) {
	f := fault()
	if got, want := f.Fingerprint(), "6b44efd49582dd8ff51184007b92b802"; got != want {
		t.Errorf("expected %s, found %s", want, got)
	}
}

// A fault is the same wherever it is found, and another if it is another rule's, of
// another call, in another member or for another cause.
func TestFingerprints(t *testing.T) {
	f := fault()
	for name, c := range map[string]struct {
		change func(*Finding)
		same   bool
	}{
		"file":               {func(f *Finding) { f.At.File = "b.har" }, true},
		"line":               {func(f *Finding) { f.At.Line++ }, true},
		"exchange":           {func(f *Finding) { f.At.Exchange++ }, true},
		"time":               {func(f *Finding) { f.At.Time = f.At.Time.Add(time.Hour) }, true},
		"status":             {func(f *Finding) { f.At.Status = 500 }, true},
		"index":              {func(f *Finding) { f.At.Pointer = "/balances/3/free" }, true},
		"id in the path":     {func(f *Finding) { f.At.Path = "/api/v1/order/99999/fill" }, true},
		"message":            {func(f *Finding) { f.Message = "n" }, true},
		"expected":           {func(f *Finding) { f.Expected = "f" }, true},
		"seen":               {func(f *Finding) { f.Seen = "t" }, true},
		"hint":               {func(f *Finding) { f.Hint = "i" }, true},
		"rule":               {func(f *Finding) { f.Rule = "q" }, false},
		"method":             {func(f *Finding) { f.At.Method = "PUT" }, false},
		"call":               {func(f *Finding) { f.At.Path = "/api/v1/order/12" }, false},
		"version":            {func(f *Finding) { f.At.Path = "/api/v3/order/12/fill" }, false},
		"member":             {func(f *Finding) { f.At.Pointer = "/balances/17/locked" }, false},
		"deeper":             {func(f *Finding) { f.At.Pointer = "/balances/17/free/0" }, false},
		"member for a row":   {func(f *Finding) { f.At.Pointer = "/balances/x/free" }, false},
		"cause":              {func(f *Finding) { f.Cause = "d" }, false},
		"a part moved along": {func(f *Finding) { f.Rule, f.At.Method = "rG", "ET" }, false},
	} {
		o := fault()
		c.change(&o)
		if same := f.Fingerprint() == o.Fingerprint(); same != c.same {
			t.Errorf("another %s: the same fingerprint %t, expected %t", name, same, c.same)
		}
	}
}

// No two faults have one fingerprint, and no fault has two, whatever numbers stand in
// its place.
func TestFingerprintsOfAnyFault(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	of, back := map[[5]string]string{}, map[string][5]string{}
	for range 20_000 {
		rule, method, call, member, cause := pick("r", "s", "t"), pick("GET", "POST"), pick("a", "b", "a/b", "1a"), pick("x", "y", "x/y", "-1"), pick("", "c", "d")
		n := rnd.IntN(1000)
		f := Finding{Rule: rule, Cause: cause, Seen: fmt.Sprint(n), At: Where{
			File: fmt.Sprintf("%d.har", n), Line: n, Exchange: n + 1, Method: method,
			Path: fmt.Sprintf("/api/%s/%d", call, n), Pointer: fmt.Sprintf("/%d/%s/%d", n, member, n+1),
		}}
		what, got := [5]string{rule, method, call, member, cause}, f.Fingerprint()
		if was, ok := of[what]; ok && was != got {
			t.Fatalf("%v: expected one fingerprint, found %s and %s", what, was, got)
		}
		if was, ok := back[got]; ok && was != what {
			t.Fatalf("%s: expected one fault, found %v and %v", got, was, what)
		}
		of[what], back[got] = got, what
	}
	if len(of) != 3*2*4*4*3 {
		t.Errorf("expected all faults to be made, found %d", len(of))
	}
}
