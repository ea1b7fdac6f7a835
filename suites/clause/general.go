package clause

var general = []Clause{}
