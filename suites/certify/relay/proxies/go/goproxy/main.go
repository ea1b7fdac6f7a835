// Command goproxy is a forward proxy by github.com/elazarl/goproxy as its README
// starts it:
//
//	goproxy LISTEN
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	elazarl "github.com/elazarl/goproxy"
)

func main() {
	proxy := elazarl.NewProxyHttpServer()
	proxy.Tr.ResponseHeaderTimeout = 2 * time.Second
	log.Fatal(http.ListenAndServe(os.Args[1], proxy))
}
