package probe

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// weights watches the used weight over the turn of a minute, at calls of
// several weights, and by two keys. It needs a minute of its own.
func (p *prober) weights() {
	try := p.experiment("weights")
	p.turn(try)
	// Light before heavy, so that a counter that runs behind is seen to.
	s := "symbol=" + p.info.symbol
	p.insideMinute(20 * pause)
	for range 3 {
		p.get(try, p.version+"/ticker/24hr", s)
	}
	p.get(try, p.version+"/depth", s+"&limit=100")
	p.get(try, p.version+"/depth", s+"&limit=1000")
	p.get(try, p.version+"/ticker/24hr", "")
	p.get(try, p.version+"/ping", "")
	p.keys()
}

// turn waits for the next minute and sees whether the counter starts anew. One
// that did not is watched over a second turn, for only two prove it.
func (p *prober) turn(try traffic.Experiment) {
	before := p.get(try, p.version+"/ping", "")
	for range 2 {
		p.tell(fmt.Sprintf("waiting for the minute to turn, %s", p.untilTurn().Round(time.Second)))
		p.nextMinute()
		after := p.get(try, p.version+"/ping", "")
		if before.used < 0 || after.used < before.used {
			return
		}
		before = after
	}
}

// keys sends by two keys in turns, neither of which needs to be known on a
// route that asks for none: two that are nobody's, and one that is known beside
// one that is not, since a server may count those apart that it knows.
func (p *prober) keys() {
	pairs := [][2]string{{foreignKey("a"), foreignKey("b")}}
	if p.hasKeys() {
		pairs = append(pairs, [2]string{p.c.APIKey, foreignKey("c")})
	}
	for _, pair := range pairs {
		try := p.experiment(general.TryKeys)
		p.insideMinute(8 * pause)
		for turn := range 4 {
			try.Variant = [2]string{general.KeyFirst, general.KeySecond}[turn%2]
			p.send(call{method: "GET", path: p.version + "/ping", key: pair[turn%2], try: try})
		}
	}
}

const (
	// maxHeavy bounds the heavy calls of a burst: at 40 and more each they are
	// beyond any limit that was ever published.
	maxHeavy = 400

	// longestWaited is the longest ban that is waited out to see whether the
	// next one is shorter: the document's shortest is two minutes.
	longestWaited = time.Hour

	// inBan is how many requests are sent into a ban, to see how it counts
	// down.
	inBan = 2
)

// limits goes past limits, and on until the address is banned, twice.
func (p *prober) limits() {
	if !p.c.Target.limitTests {
		p.leaveOut("Limits and bans were left out: they need to be allowed, since they end in a ban of the address.")
		return
	}
	p.tooManyOrders()
	ban, banned := p.burst()
	switch {
	case !banned || p.stopped():
		return
	case ban > longestWaited:
		p.leaveOut("A second ban was left out: the first one is told to last for %s, and %s is the longest that is waited for.", ban, longestWaited)
		return
	}
	p.tell(fmt.Sprintf("waiting for the ban to end, %s", ban))
	p.wait(ban + time.Second)
	p.burst()
}

// tooManyOrders sends real orders without a pause until there are too many, on
// this machine only. It then waits as long as it is told.
func (p *prober) tooManyOrders() {
	const (
		most     = 200 // of orders that fill; a limit above it is not tried
		attempts = 3   // on a machine that is too busy to send them in one window
	)
	if !p.c.Target.loopback || !p.mayOrder() || p.info.ordersLimit == 0 || p.info.ordersLimit > most {
		return
	}
	p.tell("sending too many orders")
	p.bursting = true
	defer func() { p.bursting = false }()
	try := p.experiment("too-many-orders")
	for range attempts {
		at := p.server.time(p.now())
		p.wait(at.Truncate(p.info.ordersIn).Add(p.info.ordersIn).Sub(at) + intoWindow)
		if p.pastOrders(try) || p.stopped() {
			return
		}
	}
}

// intoWindow is how long after a window's turn it has surely begun by the
// server's clock, as it was learnt over a connection of this machine.
const intoWindow = 20 * time.Millisecond

// pastOrders sends a few orders more than the limit, and waits where one was
// refused.
func (p *prober) pastOrders(try traffic.Experiment) (refused bool) {
	for range p.info.ordersLimit + 3 {
		a := p.signed(try, "POST", "/api/v3/order", fmt.Sprintf("symbol=%s&side=SELL&type=MARKET&quantity=%s", p.info.symbol, p.info.quantity))
		if a.limited() || p.stopped() {
			p.wait(max(a.retryAfter, time.Second))
			return true
		}
	}
	return false
}

// burst sends from the start of a minute without a pause: heavy calls until a
// limit is broken, then light ones until the address is banned or has proved
// that it never is. It returns how long the ban is told to last.
func (p *prober) burst() (ban time.Duration, banned bool) {
	p.tell(fmt.Sprintf("waiting for the minute of the burst, %s", p.untilTurn().Round(time.Second)))
	p.nextMinute()
	if p.stopped() {
		return 0, false
	}
	p.tell("sending a burst past the limit")
	p.bursting = true
	defer func() { p.bursting, p.complete = false, false }()
	try := p.experiment(general.TryBurst)
	a := p.get(try, p.version+"/exchangeInfo", "")
	// On this machine, in a minute that begins with this request's own weight,
	// nobody else uses the address.
	p.complete = p.c.Target.loopback && !a.limited() && (a.used < 0 || a.used <= max(a.own, 1))
	past := 0
	for n := 0; a.status != 418 && past <= general.BurstEnough+1 && !p.stopped(); n++ {
		heavy := past == 0 && n < maxHeavy
		a = p.pound(try, heavy)
		if a.limited() || a.ok() && p.pastLimit(a) {
			past++
		}
		if past == 0 && n >= maxHeavy {
			p.leaveOut("The limit was not reached by %d heavy requests.", n)
			return 0, false
		}
	}
	return p.intoBan(try, a)
}

// pound sends the next request of a burst.
func (p *prober) pound(try traffic.Experiment, heavy bool) *answer {
	if heavy {
		return p.get(try, p.version+"/ticker/24hr", "")
	}
	return p.get(try, p.version+"/ping", "")
}

// lag is how far past the limit a counter may stand on an answer that is
// served; the rules have the same.
const lag = 50

func (p *prober) pastLimit(a *answer) bool {
	return p.info.weightLimit > 0 && a.used-max(a.own, 0) > p.info.weightLimit+lag
}

// intoBan sends on into a ban, and returns how long it is told to last.
func (p *prober) intoBan(try traffic.Experiment, a *answer) (ban time.Duration, banned bool) {
	if a.status != 418 {
		return 0, false
	}
	for range inBan {
		if next := p.get(try, p.version+"/ping", ""); next.status == 418 {
			a = next
		}
	}
	ban = a.retryAfter
	if left := a.banned.Sub(p.server.time(p.now())); ban == 0 && !a.banned.IsZero() {
		ban = max(left, 0)
	}
	return ban, true
}
