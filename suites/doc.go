// Package suites is the face of the document's checks that people read: a
// Ginkgo Describe for each clause, an It for each rule, and Gomega matchers for
// tests of one's own.
//
// Nothing is judged here. The rules judge, in one streaming pass by package
// engine; a spec reads what its rule counted, and a matcher builds an
// exchange and asks the rule. This is the only package of the module that
// imports Ginkgo or Gomega. It must not know any one rule or recording format.
//
// # Where to look
//
// The folder is the house of the engine; this package is its face, and
// house_test.go holds who may import whom.
//
//   - Where a clause is judged: suites/general, a file a rule, its cases in
//     testdata/<rule ID>/. "mbxcheck explain L08" names a clause's rules, and a
//     rule's file is called as the rule is, back_off_after_429.go.
//   - A new recording format: a folder of cassettes that fills a format.Format, and
//     a line in cassettes/formats.go.
//   - A new edition of the document: a folder of schemas/editions; package edition
//     says what stands in it.
//   - Who opens a socket: the listeners are those of certify/process (a client under
//     test) and of the command's serve; what comes in on them is seen by wire. Out
//     dials certify/probe alone, client.go.
//   - What waits for what: engine. Front takes an exchange, Order sorts its halves,
//     Sequencer hands them to probes, Joiner puts the sides of a proxy together.
//
// # Over recordings
//
//	go test ./suites -args --traffic=DIR
//	ginkgo ./suites -- --traffic=DIR
//
// judge recordings, wherever they come from. --traffic and --host may be given
// several times or hold several values divided by commas. Test programs run in
// their package's directory, so that a relative path is looked for below the
// module's root first, from where these commands are typed, and then below this
// directory. --fail-on=should has violations of weaker levels than must fail,
// too. Without --traffic the project's own recordings are judged.
//
// # In a suite or a program of one's own
//
// Register adds the specs to a Ginkgo suite; Run runs them from a plain main. They are
// about recordings, or about a Client, a Server or a Proxy, which is met once; rules that
// bind others are skipped then.
// The tree of specs is built only when one of the two is called.
//
// # In a test of one's own
//
//	Expect(response).To(suites.HaveErrorEnvelope())
//	Expect(body).To(suites.BeAscendingBy("openTime"))
//	Expect("testdata/client.yaml").To(suites.HonourRetryAfter())
//	Expect(exchanges).To(suites.ConformTo("G03"))
//
// # What a verdict becomes
//
// A spec passes if its rule had an occasion and was kept. It is skipped, with
// the reason, if the traffic held no occasion or does not decide: a pass that
// nobody exercised is no pass. It fails if the rule was broken, or if the check
// itself broke. A matcher returns an error where a spec would be skipped, so
// that neither To nor NotTo passes on no evidence.
package suites
