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

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/cli"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/client"
)

func main() {
	client.Inside()
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	return cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
