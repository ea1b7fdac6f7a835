// Package probe asks a live server what recorded traffic cannot show: it sends
// calls in several orders and places, malformed ones, calls with two keys and,
// where that is allowed, bursts into the limits, and hands every exchange to
// the same engine that judges recordings. Nothing is judged here: an exchange
// is annotated with the experiment that it belongs to, and rules compare those
// of one experiment.
//
//	target, err := probe.NewTarget("http://127.0.0.1:8080", probe.Permission{})
//	summary, err := probe.Run(ctx, probe.Config{Target: target, Observe: engine.Observe})
//
// It sends one request at a time, at a pace well below the limits that the
// server tells, and ends at the first 429 or 418, the tests of limits
// themselves excepted.
//
// Where the API lies under a path of the server, that path is sent, and neither
// judged nor recorded: rules know the API's own paths.
//
// It must not know rules, but for the names of their experiments, nor reports.
package probe
