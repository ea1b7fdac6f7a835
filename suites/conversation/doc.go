// Package conversation is traffic as text that people read and write: raw HTTP
// with time offsets, for the cases of rules and what is planted into them.
//
// It knows exchanges, and what a sound venue sends beside them. It must not know
// rules, nor who judges.
package conversation
