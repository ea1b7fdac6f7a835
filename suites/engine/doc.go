// Package engine feeds rules with traffic in one streaming pass, and counts what
// they find: each exchange to the rules that judge it by itself, its halves in
// time order to the probes of its client and of its key.
//
// It knows rules as values, exchanges and the endpoint catalogue. It must not know
// any one rule, any recording format, any report format or Ginkgo.
package engine
