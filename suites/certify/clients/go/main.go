// Command drivers are drivers for Binance clients in Go, for mbxcheck certify:
// one for each of what Go programs use.
//
//	go build -o drivers .
//	./drivers go-binance                    adshao/go-binance, as it comes
//	./drivers retryablehttp                 a signed client over hashicorp/go-retryablehttp
//	./drivers retryablehttp --retry-max 1   with its setting RetryMax
//	./drivers net-http                      the same signed client over net/http alone
//
// They speak the protocol of schemas/driver.schema.json on standard input and
// output. The drivers have a module of their own, so that nobody who uses
// mbxcheck has to load the clients.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
)

func main() {
	if len(os.Args) < 2 {
		usage("expected a client")
	}
	client, args := os.Args[1], os.Args[2:]
	if client != "retryablehttp" && len(args) > 0 {
		usage(fmt.Sprintf("%s takes no flags, found %q", client, args))
	}
	switch client {
	case "go-binance":
		goBinance().serve()
	case "net-http":
		netHTTP().serve()
	case "retryablehttp":
		retryable(retryMax(args)).serve()
	default:
		usage(fmt.Sprintf("no client is named %q", client))
	}
}

func usage(problem string) {
	fmt.Fprintf(os.Stderr, "drivers: %s\nusage: drivers go-binance | net-http | retryablehttp [--retry-max N]\n", problem)
	os.Exit(2)
}

// retryMax reads the flag; -1 when it was not given.
func retryMax(args []string) int {
	if len(args) == 0 {
		return -1
	}
	if len(args) == 2 && args[0] == "--retry-max" {
		if n, err := strconv.Atoi(args[1]); err == nil && n >= 0 {
			return n
		}
	}
	usage(fmt.Sprintf("expected --retry-max N, found %q", args))
	return -1
}

// version is that of a module as it was built in.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, d := range info.Deps {
		if d.Path == module {
			return d.Version
		}
	}
	return "unknown"
}
