package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts tells a gateway's counts to Prometheus, as they are when it asks.
type counts struct{ port *Port }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mbxcheck_"+name, help, labels, nil)
}

// What is told, by names that end in their unit (Prometheus's own rules for names).
var (
	exchanges   = desc("exchanges_total", "Exchanges of clients that were seen to their end.")
	judged      = desc("judged_exchanges_total", "Exchanges of either side that were judged.")
	due         = desc("recordable_exchanges_total", "Exchanges that were to be recorded.")
	recorded    = desc("recorded_exchanges_total", "Exchanges in the recording.")
	upgraded    = desc("upgraded_requests_total", "Requests for another protocol, passed on unjudged.")
	violations  = desc("violations_total", "Violations by rule and level.", "rule", "level")
	told        = desc("told_used_weight", "The most used weight that an answer of the latest minute with traffic told.")
	refusals    = desc("refusals", "Answers that asked for silence, of the last minutes that are remembered.", "status")
	used        = desc("guard_used_weight", "Weight that the address used in the last minute, by the guard's ledger.")
	limit       = desc("guard_weight_limit", "Weight that the address may use in a minute.")
	silence     = desc("guard_silence_seconds", "How long the address has to be silent still.")
	clientUse   = desc("guard_client_weight_total", "Weight that a client used.", "client")
	clientHeld  = desc("guard_client_held_requests_total", "Requests of a client that were held and then went on.", "client")
	clientSpurn = desc("guard_client_refused_requests_total", "Requests of a client that were refused here.", "client")
)

// Describe implements prometheus.Collector.
func (c *counts) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{exchanges, judged, due, recorded, upgraded, violations, told, refusals, used, limit, silence, clientUse, clientHeld, clientSpurn} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *counts) Collect(to chan<- prometheus.Metric) {
	s, err := c.port.Gateway.Snapshot()
	if err != nil {
		to <- prometheus.NewInvalidMetric(exchanges, err)
		return
	}
	metric := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	metric(exchanges, prometheus.CounterValue, float64(s.Exchanges))
	metric(judged, prometheus.CounterValue, float64(s.Tally.Traffic.Exchanges))
	metric(due, prometheus.CounterValue, float64(s.Due))
	metric(recorded, prometheus.CounterValue, float64(s.Recorded))
	metric(upgraded, prometheus.CounterValue, float64(s.Upgraded))
	for i := range s.Tally.Rules {
		if t := &s.Tally.Rules[i]; t.Failed > 0 {
			metric(violations, prometheus.CounterValue, float64(t.Failed), t.ID, string(t.Level()))
		}
	}
	refused, banned := int64(0), int64(0)
	for _, m := range s.Minutes {
		refused, banned = refused+m.Refused, banned+m.Banned
	}
	metric(refusals, prometheus.GaugeValue, float64(refused), "429")
	metric(refusals, prometheus.GaugeValue, float64(banned), "418")
	if n := len(s.Minutes); n > 0 && s.Minutes[n-1].Used >= 0 {
		metric(told, prometheus.GaugeValue, float64(s.Minutes[n-1].Used))
	}
	c.guard(metric)
}

// guard tells what the ledger counts.
func (c *counts) guard(metric func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	if c.port.Ledger == nil {
		return
	}
	now := time.Now()
	weight, most, until := c.port.Ledger.Standing(now)
	metric(used, prometheus.GaugeValue, float64(weight))
	metric(limit, prometheus.GaugeValue, float64(most))
	left := 0.0
	if !until.IsZero() {
		left = until.Sub(now).Seconds()
	}
	metric(silence, prometheus.GaugeValue, max(0, left))
	for _, u := range c.port.Ledger.Uses(now) {
		metric(clientUse, prometheus.CounterValue, float64(u.Weight), u.Client)
		metric(clientHeld, prometheus.CounterValue, float64(u.Held), u.Client)
		metric(clientSpurn, prometheus.CounterValue, float64(u.Refused), u.Client)
	}
}
