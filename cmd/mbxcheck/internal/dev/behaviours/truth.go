package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Answer is the true answer to whether a client kept a clause in a run.
type Answer string

// The answers.
const (
	IsKept    Answer = "kept"
	IsBroken  Answer = "broken"
	Idle      Answer = "idle"      // there was no occasion
	Unlooked  Answer = "unlooked"  // nothing was broken yet, but what is due was not done either
	Ambiguous Answer = "ambiguous" // too near to tell for anybody
)

// Truth is an answer and the reason for it.
type Truth struct {
	Answer Answer
	Why    string

	// Starved says that the client had to wait for its turn on the machine for
	// longer than seats allow for: what it had decided upon before it read an
	// answer may have come long after that had left.
	Starved bool
}

// clauses are those that behaviours are held against.
var clauses = []string{"L08", "L08b", "G10a", "G10b"}

const (
	// reading is how long another thread of the client may take to hear of what
	// one has read: what it decides until then is neither.
	reading = 100 * time.Millisecond

	// early is how much before its end a wait may be left, as the rules have it.
	early = 50 * time.Millisecond

	// coarse is how much earlier than that it is not counted: what leaves the
	// client then may arrive when the wait is over, on a busy machine.
	coarse = time.Second

	// ending is how long before the client was asked to end its calls may not
	// have been seen any more.
	ending = time.Second

	// starving is how long after its request was written an answer is read late:
	// three quarters of what seats allow for.
	starving = traffic.InFlight * 3 / 4

	// dateWidth is how coarse a Date is.
	dateWidth = time.Second
)

// sent is a call as the client knows it.
type sent struct {
	note                            // of its decision
	dialled, got, wrote, read *note // the first of each, nil for none
	written                   int   // times
}

// truths holds a diary against the clauses. It knows nothing of rules,
// recordings and venues: what the client had read when it decided is all that
// counts.
func truths(notes []note) map[string]Truth {
	calls, end := callsOf(notes)
	return map[string]Truth{
		"L08": silenceTruth(calls, 429, end), "L08b": silenceTruth(calls, 418, end),
		"G10a": resendTruth(calls, end), "G10b": confirmTruth(calls, end),
	}
}

// callsOf lists the calls in the order in which they were decided upon, and when
// the client was asked to end.
func callsOf(notes []note) (calls []*sent, end time.Duration) {
	byNumber := map[int]*sent{}
	end = 1 << 62
	for i := range notes {
		n := &notes[i]
		switch c := byNumber[n.Call]; {
		case n.Event == decided:
			c = &sent{note: *n}
			byNumber[n.Call] = c
			calls = append(calls, c)
		case n.Event == stopped:
			end = n.At
		case c == nil:
		case n.Event == dialled && c.dialled == nil:
			c.dialled = n
		case n.Event == got && c.got == nil:
			c.got = n
		case n.Event == wrote:
			if c.written++; c.written == 1 {
				c.wrote = n
			}
		case n.Event == read:
			c.read = n
		}
	}
	return calls, end
}

// judgement collects what was found until all is.
type judgement struct {
	broken, unsure, due string
	occasions           int
	starved             bool
}

func (j *judgement) truth() Truth {
	switch {
	case j.broken != "":
		return Truth{Answer: IsBroken, Why: j.broken}
	case j.unsure != "":
		return Truth{Answer: Ambiguous, Why: j.unsure}
	case j.due != "":
		return Truth{Answer: Unlooked, Why: j.due, Starved: j.starved}
	case j.occasions == 0:
		return Truth{Answer: Idle}
	}
	return Truth{Answer: IsKept, Starved: j.starved}
}

// when says how a decision stands to what was read: before it, after it, or too
// near to tell.
type when uint8

const (
	before when = iota
	near
	after
)

// since says it of a call and an answer.
func (c *sent) since(a *note) when {
	switch {
	case c.At <= a.At && c.written > 1:
		return near // a library's doing
	case c.At <= a.At && c.got != nil && c.got.At > a.At:
		return near // decided, but waiting for a connection in the library
	case c.At <= a.At && c.dialled != nil && c.dialled.At > a.At:
		return near // decided, but not under way yet
	case c.At <= a.At:
		return before
	case c.Thread != a.Thread && c.At < a.At+reading:
		return near
	}
	return after
}

// looksAgain reports a call that changes something, and is the same as another
// whose answer may have left before a connection for this one was opened: seats
// take it for a second try.
func (c *sent) looksAgain(of *sent) bool {
	return c.Same == of.Same && c.Method != "GET" && c.dialled != nil && of.wrote != nil && c.dialled.At > of.wrote.At
}

// starved reports that an answer to the call was read late, and that the other
// was under way then; or that the other's own was, for it lay unread at the venue.
func (c *sent) starved(other *sent) bool {
	return c != other && c.wrote != nil && other.At <= c.read.At && (other.read == nil || other.read.At > c.wrote.At) &&
		(c.late() || other.late())
}

// late reports a call whose answer was read so long after it was written that
// one of the two lay unread.
func (c *sent) late() bool { return c.wrote != nil && c.read != nil && c.read.At-c.wrote.At > starving }

// unseen reports a call that nobody may have seen.
func (c *sent) unseen(end time.Duration) bool { return c.At > end-ending }

// silenceTruth says whether nothing was sent while a refusal forbade it.
func silenceTruth(calls []*sent, status int, end time.Duration) Truth {
	var j judgement
	for _, refused := range calls {
		if refused.read == nil || refused.read.Status != status {
			continue
		}
		wait, width, ok := waitOf(refused.read)
		if !ok {
			continue
		}
		j.occasions++
		over := refused.read.At + wait - early
		for _, c := range calls {
			late, where := c.At >= over+width, c.since(refused.read)
			j.starved = j.starved || refused.starved(c)
			switch {
			case where == before && c != refused && c.looksAgain(refused):
				j.unsure = fmt.Sprintf("call %d, which is the same as call %d, may have come on a connection that was opened after the refusal had left", c.Call, refused.Call)
			case where == before || late:
			case where == near:
				j.unsure = fmt.Sprintf("call %d was decided upon while the answer to call %d was read", c.Call, refused.Call)
			case c.At > over-coarse-width && c.At > refused.read.At+wait/2:
				j.unsure = fmt.Sprintf("call %d was decided upon when the wait after call %d was nearly over", c.Call, refused.Call)
			case c.unseen(end):
				j.unsure = fmt.Sprintf("call %d was decided upon when the client was ended", c.Call)
			default:
				j.broken = fmt.Sprintf("call %d was decided upon %s after the answer to call %d was read, of %s", c.Call, c.At-refused.read.At, refused.Call, wait)
			}
		}
	}
	return j.truth()
}

// waitOf is how long a refusal wants silence, and how much longer it may be.
func waitOf(n *note) (wait, width time.Duration, ok bool) {
	if seconds, err := strconv.Atoi(n.RetryAfter); err == nil {
		return time.Duration(seconds) * time.Second, 0, true
	}
	date, err := http.ParseTime(n.Date)
	if err != nil || n.Status != 429 {
		return 0, 0, false
	}
	return time.Duration(60-date.Second())*time.Second - dateWidth, dateWidth, true
}

// outcomeUnknown reports a call that changes something of which the client can't
// know what became.
func (c *sent) outcomeUnknown() bool {
	return c.Method != "GET" && c.read != nil && (c.read.Status == 0 || c.read.Status/100 == 5)
}

// asksFor reports a call that looks another up.
func (c *sent) asksFor(u *sent) bool {
	if c.Method != "GET" {
		return false
	}
	if strings.HasSuffix(c.Path, "/order") {
		return c.About != "" && (c.About == u.ClientID || c.About == u.About)
	}
	return c.Symbol == u.Symbol && strings.HasSuffix(c.Path, "/withdrawHistory.html")
}

// look finds the first look-up of a call, nil for none.
func look(calls []*sent, u *sent) *sent {
	for _, c := range calls {
		if c.asksFor(u) && c.At > u.read.At {
			return c
		}
	}
	return nil
}

// resendTruth says whether a call of unknown outcome was looked up before it was
// sent again.
func resendTruth(calls []*sent, end time.Duration) Truth {
	var j judgement
	for _, u := range calls {
		if !u.outcomeUnknown() {
			continue
		}
		j.occasions++
		looked := look(calls, u)
		for _, c := range calls {
			where := c.since(u.read)
			j.starved = j.starved || u.starved(c)
			switch {
			case c.Same != u.Same || c == u:
			case where == before && c.looksAgain(u):
				j.unsure = fmt.Sprintf("call %d, which is the same as call %d, may have come on a connection that was opened after the answer had left", c.Call, u.Call)
			case where == before:
			case looked != nil && looked.At < c.At && looked.read != nil && looked.read.At <= c.At && looked.read.Status != 0:
			case looked != nil && looked.At < c.At:
				j.unsure = fmt.Sprintf("call %d came again while its look-up was under way", u.Call)
			case where == near || c.Thread != u.Thread:
				j.unsure = fmt.Sprintf("call %d of another thread is the same as call %d", c.Call, u.Call)
			case c.unseen(end):
				j.unsure = fmt.Sprintf("call %d was decided upon when the client was ended", c.Call)
			default:
				j.broken = fmt.Sprintf("call %d is call %d again, %s after its answer was read", c.Call, u.Call, c.At-u.read.At)
			}
		}
	}
	return j.truth()
}

// confirmTruth says whether an order of unknown outcome was looked up before the
// client traded on. Of withdrawals nobody asks that.
func confirmTruth(calls []*sent, end time.Duration) Truth {
	var j judgement
	for _, u := range calls {
		if !u.outcomeUnknown() || strings.HasPrefix(u.Path, "/wapi/") {
			continue
		}
		if u.read.Status == 0 { // the rule is of answers
			j.unsure = fmt.Sprintf("call %d was not answered", u.Call)
			continue
		}
		j.occasions++
		looked := look(calls, u)
		if looked == nil {
			j.due = fmt.Sprintf("call %d was not looked up", u.Call)
		} else if looked.unseen(end) {
			j.unsure = fmt.Sprintf("call %d was looked up when the client was ended", u.Call)
		}
		for _, c := range calls {
			where := c.since(u.read)
			j.starved = j.starved || u.starved(c)
			switch {
			case c.Method == "GET" || c.Symbol != u.Symbol || c.Same == u.Same || c == u || where == before:
			case looked != nil && looked.At < c.At:
			case where == near || c.Thread != u.Thread || c.unseen(end):
				j.unsure = fmt.Sprintf("call %d trades on, in another thread or at the end", c.Call)
			default:
				j.broken = fmt.Sprintf("call %d trades on after call %d", c.Call, u.Call)
			}
		}
	}
	return j.truth()
}
