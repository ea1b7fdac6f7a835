package clause

var limits = []Clause{}
