package traffic

import (
	"net/http"
	"strings"
	"time"
)

// Span bounds an instant: it happened no earlier than Earliest and no later
// than Latest. The zero Span is unknown.
type Span struct{ Earliest, Latest time.Time }

// Exactly returns the span that holds only t.
func Exactly(t time.Time) Span { return Span{t, t} }

// Known reports whether the span bounds anything.
func (s Span) Known() bool { return !s.Earliest.IsZero() }

// Exact reports whether the span is one instant.
func (s Span) Exact() bool { return s.Known() && s.Earliest.Equal(s.Latest) }

// Before reports whether s surely happened before t, at every instant inside
// both bounds. Unknown spans are never surely before anything, nor behind: the zero
// time is before all.
func (s Span) Before(t Span) bool {
	return s.Known() && s.Latest.Before(t.Earliest)
}

// Shift returns the span moved by d at both ends.
func (s Span) Shift(d time.Duration) Span {
	if !s.Known() {
		return s
	}
	return Span{s.Earliest.Add(d), s.Latest.Add(d)}
}

const (
	// DateWidth is how long one value of the Date field stands for: it has
	// one-second resolution (RFC 9110 section 5.6.7).
	DateWidth = time.Second

	// LongestTransit bounds the time between a response's Date and its
	// arrival where no duration was recorded: two losses of a packet, each
	// waited for by TCP's initial timeout of 1 s, doubled (RFC 6298 section
	// 2.1). Processing is over when Date is written.
	LongestTransit = 3 * time.Second
)

// ParseDate reads a Date field value (RFC 9110 section 5.6.7). It accepts the
// IMF-fixdate form without allocating and the obsolete forms besides.
func ParseDate(v string) (time.Time, bool) {
	if t, ok := parseIMFFixdate(v); ok {
		return t, true
	}
	t, err := http.ParseTime(v)
	return t.UTC(), err == nil
}

// parseIMFFixdate reads "Sun, 06 Nov 1994 08:49:37 GMT".
func parseIMFFixdate(v string) (time.Time, bool) {
	if len(v) != 29 || v[3] != ',' || v[4] != ' ' || v[7] != ' ' || v[11] != ' ' || v[16] != ' ' ||
		v[19] != ':' || v[22] != ':' || v[25:] != " GMT" {
		return time.Time{}, false
	}
	day, ok1 := digits(v[5:7])
	year, ok2 := digits(v[12:16])
	hour, ok3 := digits(v[17:19])
	minute, ok4 := digits(v[20:22])
	second, ok5 := digits(v[23:25])
	month := monthOf(v[8:11])
	if !(ok1 && ok2 && ok3 && ok4 && ok5) || month == 0 || day < 1 || day > 31 ||
		hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC), true
}

func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// monthOf is the number of a month by its three letters, 0 for what is none.
func monthOf(s string) int {
	at := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s)
	if at%3 != 0 { // between two months, or nowhere
		return 0
	}
	return at/3 + 1
}

// resolve completes the spans of one exchange from what evidence there is.
//
// A recorder's own instants stand as they are. Without them the response's
// Date bounds the instant at which the venue made the response (one second
// wide), and the duration, or the time after which the venue gives up and
// LongestTransit where none was kept, bound the rest. The clocks of client and venue are taken for one here: rules compare
// spans of the same origin with each other, so a constant skew cancels out.
// acceptedTimestamp is the signed timestamp of a request that the venue
// accepted, zero otherwise: the venue would have refused it outside its
// receiving window, so it narrows the bounds.
func (d *Dialect) resolve(sent, received Span, date time.Time, duration time.Duration, acceptedTimestamp time.Time) (Span, Span) {
	switch {
	case sent.Known() && received.Known():
		return sent, received
	case sent.Known() && duration > 0:
		return sent, sent.Shift(duration)
	case received.Known() && duration > 0:
		return received.Shift(-duration), received
	case sent.Known():
		return sent, Span{sent.Earliest, sent.Latest.Add(d.Clock.Timeout)}
	case received.Known():
		return Span{received.Earliest.Add(-d.Clock.Timeout), received.Latest}, received
	case date.IsZero():
		return Span{}, Span{}
	}
	flight, transit := duration, duration
	if duration <= 0 {
		flight, transit = d.Clock.Timeout, LongestTransit
	}
	sent = Span{date.Add(-flight), date.Add(DateWidth)}
	received = Span{date, date.Add(DateWidth + transit)}
	if !acceptedTimestamp.IsZero() {
		sent = sent.narrow(Span{acceptedTimestamp.Add(-d.Clock.Ahead), acceptedTimestamp.Add(d.Clock.Behind)})
	}
	return sent, received
}

// narrow returns the part of s inside t, or s itself if they do not meet: the
// two pieces of evidence contradict each other, and the wider claim is safer.
func (s Span) narrow(t Span) Span {
	n := s
	if t.Earliest.After(n.Earliest) {
		n.Earliest = t.Earliest
	}
	if t.Latest.Before(n.Latest) {
		n.Latest = t.Latest
	}
	if n.Latest.Before(n.Earliest) {
		return s
	}
	return n
}
