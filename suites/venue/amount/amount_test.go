package amount

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Amount
		err  error
	}{
		{"0", 0, nil},
		{"1", One, nil},
		{"1.", One, nil},
		{".5", One / 2, nil},
		{"0.00000001", 1, nil},
		{"0.000000010000", 1, nil},
		{"00012.5", 1250000000, nil},
		{"9000000000", Max, nil},
		{"0.000000001", 0, ErrPrecision},
		{"9000000000.00000001", 0, ErrRange},
		{"90000000000", 0, ErrRange},
		{"99999999999999999999999999", 0, ErrRange},
		{"", 0, ErrSyntax},
		{".", 0, ErrSyntax},
		{"-1", 0, ErrSyntax},
		{"+1", 0, ErrSyntax},
		{"1e3", 0, ErrSyntax},
		{"1.2.3", 0, ErrSyntax},
		{" 1", 0, ErrSyntax},
		{"１", 0, ErrSyntax},
	} {
		got, err := Parse(c.in)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: expected %d %v, found %d %v", c.in, c.want, c.err, got, err)
		}
	}
}

func TestWritten(t *testing.T) {
	for _, c := range []struct {
		in          Amount
		long, short string
	}{
		{0, "0.00000000", "0.0"},
		{1, "0.00000001", "0.00000001"},
		{One, "1.00000000", "1.0"},
		{-One - 1, "-1.00000001", "-1.00000001"},
		{120 * One / 100, "1.20000000", "1.2"},
		{Max, "9000000000.00000000", "9000000000.0"},
	} {
		if got := c.in.String(); got != c.long {
			t.Errorf("%d: expected %s, found %s", c.in, c.long, got)
		}
		if got := c.in.Short(); got != c.short {
			t.Errorf("%d: expected %s, found %s", c.in, c.short, got)
		}
	}
}

// MulDiv agrees with arithmetic that has no limits.
func TestMulDivIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		a, b, c := Amount(r.Int64N(1<<r.IntN(62)+1)), Amount(r.Int64N(1<<r.IntN(62)+1)), Amount(r.Int64N(1<<r.IntN(40)+1))
		got, ok := a.MulDiv(b, c)
		if c == 0 {
			if ok {
				t.Fatalf("%d*%d/0: expected it to be refused", a, b)
			}
			continue
		}
		want := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(b)))
		want.Quo(want, big.NewInt(int64(c)))
		if fits := want.Cmp(big.NewInt(int64(Max))) <= 0; ok != fits || fits && want.Int64() != int64(got) {
			t.Fatalf("%d*%d/%d: expected %v, found %d %t", a, b, c, want, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "1.5", "0.00000001", "9000000000", ".", "1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		if a < 0 || a > Max {
			t.Fatalf("%q: found %d", s, a)
		}
		if again, err := Parse(a.String()); again != a || err != nil {
			t.Fatalf("%q: read %d, written and read again %d %v", s, a, again, err)
		}
	})
}
