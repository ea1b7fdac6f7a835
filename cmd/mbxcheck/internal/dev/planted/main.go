// Command planted is a driver around the clients of package planted, so that a
// certification can be shown to see what they do: one that keeps the document,
// and one for each way to break it.
//
//	go build -o planted ./cmd/mbxcheck/internal/dev/planted
//	./planted list
//	mbxcheck certify -- ./planted sleeps-a-second
//
// It speaks the driver protocol, schemas/driver.schema.json, and finds the venue
// by MBXCHECK_URL, or at https://api.binance.com where somebody else answers for
// it.
package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: planted ID, or planted list")
		os.Exit(2)
	}
	if os.Args[1] == "list" {
		for _, p := range planted.All() {
			fmt.Printf("%-30s %s\n", p.ID, p.Does)
		}
		return
	}
	p, ok := planted.Named(os.Args[1])
	if !ok {
		fmt.Fprintf(os.Stderr, "planted: expected a client of planted list, found %q\n", os.Args[1])
		os.Exit(2)
	}
	url := cmp.Or(os.Getenv("MBXCHECK_URL"), "https://api.binance.com")
	c := planted.New(planted.Config{
		Transport: http.DefaultTransport, URL: url,
		Key: os.Getenv("MBXCHECK_API_KEY"), Secret: os.Getenv("MBXCHECK_SECRET_KEY"),
	}, p)
	if err := speak(os.Stdin, os.Stdout, c); err != nil {
		fmt.Fprintf(os.Stderr, "planted: %v\n", err)
		os.Exit(1)
	}
}

// maxCommand bounds a command's line, in bytes.
const maxCommand = 1 << 20

// speak says hello and carries out commands until the input ends, then waits
// for those under way.
func speak(in io.Reader, out io.Writer, c *planted.Client) error {
	var turn sync.Mutex // one line at a time
	write := func(line any) error {
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		turn.Lock()
		defer turn.Unlock()
		_, err = out.Write(append(text, '\n'))
		return err
	}
	if err := write(c.Hello()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	var under sync.WaitGroup
	defer under.Wait()
	defer stop() // nobody waits any more
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxCommand)
	for lines.Scan() {
		var command driver.Command
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			return fmt.Errorf("a command: %w", err)
		}
		under.Go(func() {
			_ = write(c.Do(ctx, command)) // who no longer reads wants no answer
		})
	}
	return lines.Err()
}
