package main

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"net/http"
)

// early is how far before a wait's end a request may come and be innocent.
const early = 50 * time.Millisecond

// wait is what a 429 or 418 told its client, on the recorder's clock. A request
// before first breaks it, one from last on keeps it; what is between nobody can
// judge. Zero instants: the end is not known.
type wait struct {
	by          *reading
	first, last time.Time
	maker       maker
	orders      bool // only orders are forbidden, of the account

	broken    bool // by the last request, or perhaps
	forgotten bool
}

func (w *wait) known() bool { return !w.last.IsZero() }

// longestWait bounds what Retry-After may say: no ban lasts longer.
const longestWait = 72 * time.Hour

// told reads Retry-After: how long, or until when.
func (r *reading) told() (w wait, there bool) {
	w = wait{by: r, maker: r.maker()}
	n, _ := r.code()
	w.orders = r.Response.Status == 429 && n == -1015
	if len(linesOf(r.Response.Header, "Retry-After")) == 0 {
		return w, false
	}
	value := sole(fieldOf(r.Response.Header, "Retry-After"))
	if at, err := http.ParseTime(value); err == nil {
		w.first, w.last = r.onRecordersClock(at)
		return w, true
	}
	if value != "" && strings.Trim(value, "0123456789") == "" {
		length := longestWait
		if n, err := strconv.Atoi(value); err == nil && n < int(longestWait/time.Second) {
			length = time.Duration(n) * time.Second
		}
		w.first, w.last = r.received.Add(length), r.received.Add(length)
	}
	return w, true
}

// sole is the value of a field that was sent several times with one value.
func sole(value string) string {
	first, rest, several := strings.Cut(value, ",")
	if several && !strings.ContainsAny(first, " :") {
		for part := range strings.SplitSeq(rest, ",") {
			if strings.TrimSpace(part) != first {
				return value
			}
		}
		return first
	}
	return value
}

// onRecordersClock bounds an instant of the venue's clock. The venue wrote Date,
// which is cut to seconds, at some time between sending and receiving.
func (r *reading) onRecordersClock(at time.Time) (first, last time.Time) {
	date, ok := r.date()
	if !ok {
		return time.Time{}, time.Time{}
	}
	left := at.Sub(date)
	return r.sent.Add(left - time.Second), r.received.Add(left)
}

// isOrder reports whether a request counts against the ORDERS limits.
func isOrder(r *reading) bool { return r.route != nil && r.route.OrderCount > 0 }

// backOff reads L08.
func backOff(xs []*reading, j *judgement) {
	var waits []wait
	for _, r := range xs {
		if r.Response.Status != 429 {
			continue
		}
		if w, there := r.told(); there && w.maker != gateway {
			waits = append(waits, w)
		}
	}
	keepSilence(xs, waits, j)
	spamming(xs, j)
}

// scope is whose silence is meant: a client's, or that of an account's orders.
type scope struct{ client, orders string }

func (w *wait) scope() scope {
	if w.orders {
		return scope{w.by.Client, w.by.key}
	}
	return scope{client: w.by.Client}
}

// keepSilence holds each request, in the order of sending, against all that its
// client had been told. A wait that was over is forgotten, and so is one of which
// nobody knows how long it was once a request has come behind it.
func keepSilence(xs []*reading, waits []wait, j *judgement) {
	doubtful := map[scope]bool{} // a silence that was broken, or perhaps broken
	for _, r := range bySending(xs) {
		for _, s := range []scope{{client: r.Client}, {r.Client, r.key}} {
			if s.orders != "" && !isOrder(r) {
				continue
			}
			one, broken := newJudgement(), false
			for i := range waits {
				if w := &waits[i]; !w.forgotten && w.scope() == s && w.by != r && !r.sent.Before(w.by.received) {
					w.judge(r, one)
					broken = broken || w.broken
				}
			}
			if doubtful[s] = doubtful[s] || broken; doubtful[s] && len(one.kept) > 0 && !broken {
				doubtful[s], one.kept = false, nil
			}
			j.worst(one)
		}
	}
}

// judge holds a request against one wait.
func (w *wait) judge(r *reading, j *judgement) {
	w.broken = false
	if !w.known() {
		j.doubt(r, "nobody knows how long exchange %d wanted silence", w.by.number)
		w.forgotten = true
		return
	}
	if !r.sent.Before(w.last.Add(-early)) {
		j.keep(r, "the silence that exchange %d wanted was over", w.by.number)
		w.forgotten = true
		return
	}
	w.broken = true
	switch {
	case r.sent.Equal(w.by.received):
		j.doubt(r, "sent in the very instant in which the %d of exchange %d came", w.by.Response.Status, w.by.number)
	case w.orders && r.family != w.by.family:
		j.doubt(r, "an order of another family than the one refused in exchange %d", w.by.number)
	case w.first.Sub(r.sent) <= early:
		j.doubt(r, "nobody knows to the second when the silence that exchange %d wanted was over", w.by.number)
	case w.maker != venue && w.by.Response.Status == 429: // nobody else is known to send 418
		j.doubt(r, "the 429 of exchange %d may be a gateway's", w.by.number)
	case w.overByDates(r):
		j.doubt(r, "by the Dates the silence that exchange %d wanted was over", w.by.number)
	default:
		j.fail(r, "%s before %s, which exchange %d told", w.first.Sub(r.sent), w.first.UTC().Format("15:04:05.000"), w.by.number)
	}
}

// overByDates reports that the two Dates, each of which may be a second late, say
// that the client waited long enough: then one of the clocks was set.
func (w *wait) overByDates(r *reading) bool {
	told, ok1 := w.by.date()
	date, ok2 := r.date()
	waited := date.Add(-r.received.Sub(r.sent)).Sub(told.Add(time.Second))
	return ok1 && ok2 && waited >= w.first.Sub(w.by.received)-early
}

// banned finds the instant in a message such as "IP banned until 1563617010000.".
var banned = regexp.MustCompile(`until (\d{13})\b`)

// silence reads L08b: field and message both say when the ban is over.
func silence(xs []*reading, j *judgement) {
	var waits []wait
	for _, r := range xs {
		if r.Response.Status != 418 {
			continue
		}
		w, there := r.told()
		w.orMessage(r, there)
		if w.maker != gateway {
			waits = append(waits, w)
		}
	}
	keepSilence(xs, waits, j)
}

// rounded is how far field and message may be apart and say the same: the one is in
// whole seconds, and so is Date, by which the other is read.
const rounded = 2 * time.Second

// orMessage takes into account when the message says that the ban ends. Where the
// two disagree a request breaks what both say, and keeps what both say.
func (w *wait) orMessage(r *reading, there bool) {
	msg, _ := r.object()["msg"].(string)
	m := banned.FindStringSubmatch(msg)
	if m == nil {
		return
	}
	ms, _ := strconv.ParseInt(m[1], 10, 64)
	first, last := r.onRecordersClock(time.UnixMilli(ms))
	switch {
	case last.IsZero() && w.known(): // its place on the recorder's clock is not known
		if at := time.UnixMilli(ms); at.After(r.received) {
			w.first = earlier(w.first, at)
		}
	case !w.known():
		w.first, w.last = first, last
	default:
		w.first = earlier(w.first, first)
		if first.After(w.last.Add(rounded)) {
			w.last = last
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
