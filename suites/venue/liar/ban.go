package liar

import (
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

const (
	tooMany    = "Too many requests; please use the websocket for live updates."
	wayTooMany = "Way too many requests; IP banned until "
	avoidBans  = ". Please use the websocket for live updates to avoid bans."
)

// banLiars break the limits' order of refusal and ban.
var banLiars = []Liar{
	{"limit-as-400", "answers a broken limit with 400", []string{"rate-limit-status", "ban-follows-429"}, after(func(c *venue.Call, a *venue.Answer) {
		if a.Status == 429 && !isWAPI(c) {
			a.Status = 400
		}
	})},
	{"other-code-on-429", "answers a broken limit with the code of another error", []string{"rate-limit-status"}, after(func(c *venue.Call, a *venue.Answer) {
		if a.Status == 429 {
			a.Body = envelope(-1121, "Invalid symbol.")
		}
	})},
	{"limit-ignored", "serves whoever goes past the limits", []string{"limit-enforced", "ban-follows-spam"}, after(func(c *venue.Call, a *venue.Answer) {
		if isLimit(a) {
			a.Status, a.Body = 200, emptyOf(c)
			a.Del(venue.HeaderRetryAfter)
		}
	})},
	{"ban-without-warning", "bans at the first broken limit", []string{"ban-follows-429"}, after(func(c *venue.Call, a *venue.Answer) {
		if a.Status == 429 {
			banUntil(c, a, c.At.Add(shortestBan))
		}
	})},
	{"never-bans", "answers 429 for ever", []string{"ban-follows-spam"}, after(func(c *venue.Call, a *venue.Answer) {
		if a.Status == 418 {
			a.Status, a.Body = 429, envelope(-1003, tooMany)
			a.Set(venue.HeaderRetryAfter, "60")
		}
	})},
	{"short-ban", "tells of bans of ten seconds", []string{"ban-length"}, after(func(c *venue.Call, a *venue.Answer) {
		if a.Status == 418 {
			banUntil(c, a, c.At.Add(10*time.Second))
		}
	})},
	{"shrinking-ban", "tells of a first ban that is longer than the next", []string{"bans-grow"}, shrinkingBan},
}

// waitLiars tell another wait in Retry-After than there is.
var waitLiars = []Liar{
	{"no-retry-after", "sends no Retry-After with 429 and 418", []string{"retry-after-present"}, after(func(c *venue.Call, a *venue.Answer) {
		if e, ok := errorOf(a); isLimit(a) && ok && e.Code != -1015 {
			a.Del(venue.HeaderRetryAfter)
		}
	})},
	{"no-retry-after-on-orders", "sends no Retry-After when there were too many orders", []string{"retry-after-order-limit"}, after(func(c *venue.Call, a *venue.Answer) {
		if e, ok := errorOf(a); ok && e.Code == -1015 {
			a.Del(venue.HeaderRetryAfter)
		}
	})},
	{"retry-after-date", "sends Retry-After as a date", []string{"retry-after-seconds"}, waiting(func(c *venue.Call, wait int64) string {
		return c.At.Add(time.Duration(wait) * time.Second).UTC().Format(httpTime)
	})},
	{"retry-after-fraction", "sends Retry-After with a fraction of a second", []string{"retry-after-seconds"}, waiting(func(_ *venue.Call, wait int64) string {
		return strconv.FormatInt(wait, 10) + ".5"
	})},
	{"retry-after-zero", "sends Retry-After: 0 with 429", []string{"retry-after-zero"}, after(func(c *venue.Call, a *venue.Answer) {
		if a.Status == 429 {
			a.Set(venue.HeaderRetryAfter, "0")
		}
	})},
	{"retry-after-too-long", "asks for a longer wait after 429 than any limit's window", []string{"retry-after-meaning"}, after(func(c *venue.Call, a *venue.Answer) {
		if e, ok := errorOf(a); ok && a.Status == 429 && e.Code != -1015 {
			a.Set(venue.HeaderRetryAfter, "4000")
		}
	})},
}

const (
	shortestBan = 2 * time.Minute // the document's
	httpTime    = "Mon, 02 Jan 2006 15:04:05 GMT"
)

// waiting is a liar that writes Retry-After in another form.
func waiting(form func(c *venue.Call, wait int64) string) func() venue.Hooks {
	return after(func(c *venue.Call, a *venue.Answer) {
		if wait, err := strconv.ParseInt(a.Get(venue.HeaderRetryAfter), 10, 64); err == nil {
			a.Set(venue.HeaderRetryAfter, form(c, wait))
		}
	})
}

// banUntil makes an answer a 418 whose figures agree.
func banUntil(c *venue.Call, a *venue.Answer, until time.Time) {
	a.Status = 418
	a.Body = envelope(-1003, wayTooMany+strconv.FormatInt(until.UnixMilli(), 10)+avoidBans)
	a.Set(venue.HeaderRetryAfter, strconv.FormatInt(int64((until.Sub(c.At)+time.Second-1)/time.Second), 10))
}

var bannedUntil = regexp.MustCompile(`banned until (\d{13})`)

// shrinkingBan remembers each address's first ban, and tells that it lasts half
// an hour longer than it does.
func shrinkingBan() venue.Hooks {
	const longer = 30 * time.Minute
	var mu sync.Mutex
	first := map[string]int64{} // end of the first ban in milliseconds, by address
	return venue.Hooks{After: func(c *venue.Call, a *venue.Answer) {
		m := bannedUntil.FindSubmatch(a.Body)
		if a.Status != 418 || m == nil {
			return
		}
		end, _ := strconv.ParseInt(string(m[1]), 10, 64) // thirteen digits are a number
		mu.Lock()
		defer mu.Unlock()
		if len(first) >= maxRemembered {
			clear(first)
		}
		if first[c.Address] == 0 {
			first[c.Address] = end
		}
		if first[c.Address] == end {
			banUntil(c, a, time.UnixMilli(end).Add(longer))
		}
	}}
}
