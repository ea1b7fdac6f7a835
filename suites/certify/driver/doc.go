// Package driver speaks with a driver, a small program around one client of the
// venue, and tells it what to do.
//
//	talk, err := driver.Converse(ctx, stdin, stdout)
//	a, err := talk.Do(ctx, driver.Command{Op: driver.Klines, Params: map[string]any{"symbol": "BTCUSDT", "interval": "1m"}})
//
// The two speak JSON, an object a line, as schemas/driver.schema.json has it: a
// hello first, then commands on the driver's standard input and answers on its
// standard output.
//
// A driver is a stranger: its lines are bounded and held to the protocol, and a
// line that breaks it ends the conversation. An error of this package therefore
// means that the driver is broken or gone; what went wrong between client and
// venue is an Answer.
//
// The package must not know the venue, the rules or how a client is reached.
package driver
