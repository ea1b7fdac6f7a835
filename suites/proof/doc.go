// Package proof proves that rules can fail and that they keep silent: the
// self-test of their cases and plants, and rules made deaf, which it must notice.
//
// It runs whatever rules it is given and must know none of them.
package proof
