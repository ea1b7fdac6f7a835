// Package traffic holds what a recording shows: exchanges (a request and its
// response, RFC 9110 section 3.4), the instants at which their two halves
// happened, and the facts that rules ask about, scanned once.
//
// It knows HTTP, JSON and clocks. It must not know the document's clauses, the
// rules, the endpoint catalogue, file formats or reports, and it imports
// nothing else of this module.
package traffic
