package rule

import "github.com/mbxcheck/mbxcheck/suites/traffic"

// companyKept bounds the answers of trouble of one client of which is remembered
// what was under way beside them: rules ask of the last, or of each of the calls that
// they follow at once, 32 at the most.
const companyKept = 32

// company follows what a client had under way beside its answers of trouble. A
// client that had more than one request there has parts that know nothing of each
// other: what one of them sends next it may have decided upon before another had
// read its answer.
type company struct {
	underWay int
	kept     [companyKept]companion
	n        int
}

// companion is an answer of trouble.
type companion struct {
	number int
	at     traffic.Span
	beside bool // something was under way beside it, or may have been
}

// asked takes a request. One that came after an answer, and that nothing shows to
// be sent after it, may have been under way beside it.
func (m *company) asked(ev *Event) {
	m.underWay++
	for i := range min(m.n, companyKept) {
		k := &m.kept[i]
		k.beside = k.beside || !ev.ReadyAfter(k.at) && !k.at.Before(ev.Sent)
	}
}

// answered takes an answer, or that there is none.
func (m *company) answered(ev *Event, trouble bool) {
	if trouble {
		m.kept[m.n%companyKept] = companion{ev.At.Number, ev.Received, m.underWay > 1}
		m.n++
	}
	m.underWay = max(m.underWay-1, 0)
}

// of reports whether anything was, or may have been, under way beside the answer
// to an exchange. Of what was forgotten nobody knows.
func (m *company) of(number int) bool {
	for i := range min(m.n, companyKept) {
		if m.kept[i].number == number {
			return m.kept[i].beside
		}
	}
	return true
}
