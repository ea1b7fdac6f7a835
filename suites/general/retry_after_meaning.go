package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "retry-after-meaning",
	Clauses: []string{"L14"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Retry-After says how long to wait: on a 429 until requests are safe again, on a 418 until the ban is over.",
		Why:     "A client that believes a wrong figure either comes back into the ban, which makes it longer, or stays out of the market for nothing.",
		Mend:    "On a 418 send what is left of the ban, falling by one each second and in step with the instant in the message; on a 429 no more than the window of the limit that was broken.",
		Reading: "The document has 418 and 429 swapped in this sentence; read literally, a 429 would name the end of a ban that does not exist. Later editions put it right, and recorded bans bear it out (720 s left, then 437 s left 283 s later). Compared are Date plus the value, 2 s of tolerance beside the second that a Date is wide. Where the message names the limit (1200 requests per minute), its window counts, with the same tolerance; else the longest there are: one day for orders (code -1015) and five minutes for requests. Where Date contradicts the recorder's own instants, or, if it kept none, where by Date the message names the end of no ban, Date was edited and nothing is decided. A ban that is made longer during its course is no fault.",
		Good:    "418 with Retry-After: 120 and \"IP banned until\" 120 s after Date",
		Bad:     "418 with Retry-After: 5 and \"IP banned until\" 120 s after Date",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsBans,
	New: func() rule.Probe {
		var end traffic.Span // of the ban, as the 418 before this one told it
		return rule.Probe{Trouble: func(c *rule.Trial, e *rule.Event) {
			if e.Maker != traffic.MakerVenue || e.RetryAfterSec < 0 {
				return
			}
			switch e.Status {
			case 429:
				judgeWindow(c, e)
			case 418:
				now := endTold(e)
				judgeBanEnd(c, e, now)
				if !c.Bans().Began && end.Known() && now.Known() {
					judgeCountdown(c, end, now)
				}
				end = now
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		c.WithStatus(429).Response.Header.Set("Retry-After", "4000")
		c.Drop(c.Last())
	},
})

// endTold is when the wait ends by the venue's own clock, as wide as the Date,
// or by the client's where the recorder kept the arrival.
func endTold(e *rule.Event) traffic.Span {
	wait := min(time.Duration(min(e.RetryAfterSec, 1<<30))*time.Second, rule.LongestWait)
	if !e.Date.IsZero() {
		return traffic.Span{Earliest: e.Date.Add(wait), Latest: e.Date.Add(traffic.DateWidth + wait)}
	}
	return e.Received.Shift(wait)
}

func judgeBanEnd(c *rule.Trial, e *rule.Event, end traffic.Span) {
	switch {
	case e.BannedUntil.IsZero():
	case e.Date.IsZero():
		c.Inconclusive("without Date the two clocks cannot be compared")
	case e.DateOff:
		c.Inconclusive("Date contradicts the recorder's instants: edited, or a wrong clock")
	case !e.Timed && !endsBan(c.Edition.MaxBan, e):
		c.Inconclusive("by Date the instant in the message ends no ban: one of the two was edited")
	case e.BannedUntil.Before(end.Earliest.Add(-rule.BanTolerance)) || e.BannedUntil.After(end.Latest.Add(rule.BanTolerance)):
		c.Fail(rule.Report{
			Message:  "Retry-After and the message disagree about the end of the ban.",
			Cause:    "not as the message",
			Expected: fmt.Sprintf("about %d, the ban lasting until %s", int64(e.BannedUntil.Sub(e.Date)/time.Second), clock(e.BannedUntil)),
			Seen:     fmt.Sprintf("Retry-After: %d", e.RetryAfterSec),
			Pointer:  "/header/Retry-After",
		})
	default:
		c.Pass()
	}
}

// endsBan reports whether the instant in the message comes after Date, by no
// more than the longest ban.
func endsBan(longest time.Duration, e *rule.Event) bool {
	left := e.BannedUntil.Sub(e.Date)
	return left > 0 && left <= longest+rule.BanTolerance
}

// judgeCountdown holds two answers of one ban against each other.
func judgeCountdown(c *rule.Trial, before, now traffic.Span) {
	if now.Latest.Before(before.Earliest.Add(-rule.BanTolerance)) {
		c.Fail(rule.Report{
			Message:  "The ban ends earlier than an answer before said.",
			Cause:    "earlier end",
			Expected: "an end at " + clock(before.Earliest) + " or later",
			Seen:     "an end at " + clock(now.Latest),
			Pointer:  "/header/Retry-After",
		})
		return
	}
	c.Pass()
}

// longestRequestWindow is the window of RAW_REQUESTS, the longest of the
// request limits.
const longestRequestWindow = 5 * time.Minute

func judgeWindow(c *rule.Trial, e *rule.Event) {
	window, of := 24*time.Hour, "any limit it can stand for"
	switch {
	case e.LimitWindow > 0:
		window, of = e.LimitWindow+rule.BanTolerance, "the limit that the message names"
	case e.Means == traffic.TooManyRequests && e.Family.Main:
		window = longestRequestWindow
	}
	if time.Duration(min(e.RetryAfterSec, int64(c.Edition.MaxBan/time.Second)+1))*time.Second > window {
		c.Fail(rule.Report{
			Message:  "Retry-After on a 429 is longer than the window of " + of + ".",
			Cause:    "longer than the window",
			Expected: fmt.Sprintf("%d s at the most", int64(window/time.Second)),
			Seen:     fmt.Sprintf("Retry-After: %d", e.RetryAfterSec),
			Pointer:  "/header/Retry-After",
		})
		return
	}
	c.Pass()
}
