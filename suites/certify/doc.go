// Package certify drives somebody through scripted scenarios, watches the wire
// and feeds the engine, whose rules give all verdicts: nothing is judged here.
//
//	c := certify.Certifier{Rules: rules, Edition: edition, Start: start}
//	results := c.Run(ctx, certify.Scenarios())
//
// A scenario has a venue of its own, made to fail in one way, and a client
// process of its own, reached through a wire.Front. The client is driven by
// commands (package driver), or merely observed while it does what it does.
//
// Of what a driven client sends, the request that a command needs is commanded,
// and everything else is the client's own doing: its retries, redirects, clock
// syncs and polls. The exchanges carry that as a traffic.Annotation, beside
// statements of what the client told its caller, and a last statement says
// until when it was watched: silence is evidence as far as somebody listened.
//
// The package must not know reports, flags or how a client's process is made.
package certify
