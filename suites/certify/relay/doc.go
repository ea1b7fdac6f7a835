// Package relay puts a proxy between a scripted client and the reference venue,
// and has both sides of it recorded: nothing is judged here.
//
//	up, err := relay.Listen("127.0.0.1:0", edition)
//	proxy, err := relay.Start(ctx, command, up)
//	run := relay.Run{Upstream: up, Proxy: proxy.Address, Observe: engine.Observe}
//	err = run.Play(ctx, relay.Scenarios())
//
// The client writes its requests byte for byte and sends none of them again: one
// that is met twice by the venue was sent twice by the proxy. But for clients that
// send at once, whose calls differ in a limit that they choose, one request is under
// way at a time, so that what comes to the venue until the proxy is quiet belongs
// to it, and nothing needs to be added to a request for that. Before a call that
// is to fail a good one goes on the same connections, since many proxies send
// again on those alone that they had used before. A message that can be read as two
// requests is two where the proxy answers both.
//
// No scenario has a client that goes away: what became of its order the venue alone
// knows, and a proxy that carries it on and one that gives it up both leave that to
// who asks for it. Nor is an answer cut short: that it was stands in no exchange.
//
// The package must not know rules, reports or flags.
package relay
