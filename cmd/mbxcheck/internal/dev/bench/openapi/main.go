// Openapi reads a cassette by go-vcr's own code and validates every exchange by
// kin-openapi against a description of the routes that the measured recordings
// hold: what a Go project would put together in the place of a linter.
//
//	openapi FILE.yaml
//
// It is a module of its own, so that no user of mbxcheck has to fetch
// kin-openapi.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"gopkg.in/dnaeon/go-vcr.v3/cassette"
)

//go:embed openapi.yaml
var description []byte

func main() {
	valid, invalid, err := validate(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
	fmt.Printf("%d valid, %d invalid\n", valid, invalid)
}

func validate(path string) (valid, invalid int, err error) {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		return 0, 0, err
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return 0, 0, err
	}
	c, err := cassette.Load(strings.TrimSuffix(path, filepath.Ext(path)))
	if err != nil {
		return 0, 0, err
	}
	for _, i := range c.Interactions {
		r, err := http.NewRequest(i.Request.Method, i.Request.URL, strings.NewReader(i.Request.Body))
		if err != nil {
			return 0, 0, err
		}
		r.Header = i.Request.Headers
		route, params, err := router.FindRoute(r)
		if err != nil {
			return 0, 0, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
		}
		request := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}
		response := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: request, Status: i.Response.Code, Header: i.Response.Headers,
			Body: io.NopCloser(strings.NewReader(i.Response.Body)),
		}
		ctx := context.Background()
		if openapi3filter.ValidateRequest(ctx, request) != nil || openapi3filter.ValidateResponse(ctx, response) != nil {
			invalid++
			continue
		}
		valid++
	}
	return valid, invalid, nil
}
