package wire

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// maxReceived bounds what is read of an answer, in bytes: the largest real one, an
// exchangeInfo of 2025, has 18 MB.
const maxReceived = 64 << 20

// Send sends a request, whose body holds so much, and returns the exchange as its
// client sees it, who knows when it was sent. An error says that there was no
// answer; the exchange says how it was lost, unless the request's context ended it.
func Send(client *http.Client, r *http.Request, body []byte, clock func() time.Time) (*traffic.Exchange, error) {
	x := &traffic.Exchange{
		Request: traffic.Request{Method: r.Method, URL: r.URL.String(), Header: byName(r), Body: body},
		Sent:    traffic.Exactly(clock()),
	}
	err := receive(client, r, x)
	x.Received = traffic.Exactly(clock())
	x.Duration = x.Received.Earliest.Sub(x.Sent.Earliest)
	if err == nil {
		return x, nil
	}
	x.Gaps |= traffic.GapResponse
	if lost := LostBy(err); lost != "" && r.Context().Err() == nil {
		x.Annotation = &traffic.Annotation{Lost: lost}
	}
	return x, err
}

// receive sends the request and reads the answer into the exchange.
func receive(client *http.Client, r *http.Request, x *traffic.Exchange) error {
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReceived+1))
	if len(data) > maxReceived {
		data = data[:maxReceived]
		x.Gaps |= traffic.GapTruncated
	}
	if err != nil {
		// The server ended it too early, which a body that is cut shows.
		x.Gaps |= traffic.GapTruncated
		if r.Context().Err() != nil {
			return err
		}
	}
	x.Response = traffic.Response{Status: resp.StatusCode, Header: traffic.HeaderOf(resp.Header), Body: data}
	return nil
}

// LostBy says how an answer was lost, by the error of who waited for it: "" if it does
// not say it.
func LostBy(err error) traffic.Lost {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return traffic.LostHung
	case errors.Is(err, syscall.ECONNRESET):
		return traffic.LostReset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return traffic.LostClosed
	}
	return ""
}
