package traffic

import "testing"

// What is known of where an exchange was recorded, and beside that.
func TestSidesAndDrivers(t *testing.T) {
	hop := Hop{ID: 7, Side: Behind}
	for _, test := range []struct {
		of     *Annotation
		side   Side
		driven bool
	}{
		{nil, Alone, false},
		{&Annotation{}, Alone, true},
		{&Annotation{Hop: hop}, Behind, false},
		{&Annotation{Hop: hop, Lost: LostHung}, Behind, true},
		{&Annotation{Command: Command{ID: 1}}, Alone, true},
	} {
		if side, driven := test.of.Side(), test.of.Driven(); side != test.side || driven != test.driven {
			t.Errorf("%+v: expected %v and driven %t, found %v and %t", test.of, test.side, test.driven, side, driven)
		}
	}
	for _, side := range []Side{Front, Behind} {
		if got, ok := SideOf(side.String()); !ok || got != side {
			t.Errorf("%v: expected to be read as it is written, found %v", side, got)
		}
	}
	for _, word := range []string{"", "alone", "Front"} {
		if side, ok := SideOf(word); ok || side != Alone {
			t.Errorf("%q: expected no side, found %v", word, side)
		}
	}
}
