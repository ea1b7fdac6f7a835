package traffic

// spoken is the dialect that the tests' traffic is in, which a package above this one
// keeps.
var spoken *Dialect

// Speak sets it.
func Speak(d *Dialect) { spoken = d }

// mustPlan makes a plan of the tests' own.
func mustPlan(orders []OrderQuery, times []TimeQuery) *Plan {
	p, err := spoken.NewPlan(orders, times)
	if err != nil {
		panic(err)
	}
	return p
}
