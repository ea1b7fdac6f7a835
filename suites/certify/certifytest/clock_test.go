package certifytest

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// setClock is a machine's clock that somebody sets each time that it is read.
type setClock struct {
	mu  sync.Mutex
	r   *rand.Rand
	off time.Duration
}

func (c *setClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += time.Duration(c.r.IntN(60001)-30000) * time.Millisecond
	return time.Now().Add(c.off)
}

// steady makes a scenario's clock, as traffic.SteadyClock does.
func (c *setClock) steady() func() time.Time {
	began := time.Now()
	return traffic.SteadyClockOf(c.now, func() time.Duration { return time.Since(began) })
}

// TestSetClockMakesNoFinding: whatever the machine's clock is set to, a client that
// keeps all rules, waiting by a clock that is never set, is found to keep them.
func TestSetClockMakesNoFinding(t *testing.T) {
	t.Parallel()
	scenarios, passed := certify.Scenarios(), int64(0)
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, set := scenarios[r.IntN(len(scenarios))], setClock{r: r}
		c := driven(func(rt http.RoundTripper) Driver {
			key, secret := certify.Account()
			return planted.New(planted.Config{Transport: rt, URL: "https://api.binance.com", Key: key, Secret: secret}, planted.Reference)
		})
		c.Clock = set.steady
		result := inBubble(t, s, c)
		if result.Err != nil {
			t.Fatalf("seed %d: %s: %v", seed, s.Name, result.Err)
		}
		for i := range result.Tally.Rules {
			tally := &result.Tally.Rules[i]
			passed += tally.Passed
			if tally.Verdict() == rule.Fail {
				t.Errorf("seed %d: %s: expected no finding, found %s: %s\n%v", seed, s.Name, tally.ID, tally.Findings[0].Message, result.Timeline(nil))
			}
		}
	}
	if passed < 100 {
		t.Errorf("expected a hundred occasions or more, found %d", passed)
	}
}
