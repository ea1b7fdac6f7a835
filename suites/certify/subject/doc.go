// Package subject makes a client to be certified of a command: it finds out, by
// one run before all scenarios, whether the command starts, whether it is a
// driver, and whether it is reached; and then starts it for each scenario.
//
// The package must not know scenarios, rules or flags.
package subject
