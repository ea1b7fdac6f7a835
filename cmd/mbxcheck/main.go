// Mbxcheck judges HTTP traffic of the Binance REST API by the "General API
// Information" document: each clause is an executable rule.
//
//	mbxcheck lint trades.har
//
// See mbxcheck help, or README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/cli"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
)

func main() {
	lateFirstCollection()
	process.Inside()
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	return cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}

// lateFirstCollection has the first garbage collection wait until the heap
// holds 16 MiB instead of 4, and those after it come as ever: most recordings
// are short, and judged by then.
func lateFirstCollection() {
	const percent = 400 // of 4 MiB, the least heap that is collected at 100
	before := debug.SetGCPercent(percent)
	if before != 100 { // GOGC says what it is to be
		debug.SetGCPercent(before)
		return
	}
	runtime.AddCleanup(new([16]byte), func(int) { debug.SetGCPercent(before) }, 0)
}
