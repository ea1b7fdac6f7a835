// Package subject makes a client to be certified of a command: it finds out, by
// one run before all scenarios, whether the command starts, whether it is a
// driver, and whether it is reached; then starts it for each scenario; and says of
// what came of them whether it is the client's doing.
//
// The package must not know rules or flags, nor any one scenario.
package subject
