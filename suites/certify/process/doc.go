// Package process runs somebody's client, in whatever language, so that what it
// sends arrives at a wire.Front, and leaves nothing of it behind.
//
//	p, err := process.Start(ctx, process.Options{Command: args, Isolate: true, Authority: ca}, front)
//	defer p.Stop()
//	<-p.Ended()
//
// There are three ways for a client to come to the front. By name: it believes
// that it speaks to https://api.binance.com, and in a network of its own that is
// so (Linux). By URL: it has a setting for the venue's address. By proxy: it
// honours HTTPS_PROXY. A client runs with a clean environment, a home directory
// that is thrown away, limits, and its output kept.
//
// An isolated client sees this machine's files, but none of its devices, its
// processes, its sockets, and what others have in directories for temporary files;
// what it writes goes to a layer in memory. Mounts alone do that: what Landlock
// scopes besides, abstract sockets and signals, ends at the network and at the
// processes that the client has for itself. A protection that a kernel refuses is
// listed by Unprotected, and the client runs without it.
//
// A program that calls Start must call Inside before anything else in main: some
// of what is set up for a client can only be done by a process that then becomes
// it, and that process is the program's own file under another name.
//
// Elsewhere than on Linux a client's descendants that leave its process group
// outlive it, and on Windows all do; limits are set where there is setrlimit.
// What a run that was killed has left in the temporary directory is removed by
// the next one's Sweep.
//
// The package must not know what a client is for: scenarios, drivers and
// verdicts are the caller's.
package process
