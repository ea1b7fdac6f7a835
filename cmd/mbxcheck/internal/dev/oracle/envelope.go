package main

import (
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// errorEnvelope reads G11 of the errors of /api and /sapi.
func errorEnvelope(r *reading, j *judgement) {
	if r.Response.Status < 400 || r.family != "api" && r.family != "sapi" {
		return
	}
	if r.Gaps.Has(traffic.GapResponseBody) {
		j.doubt(r, "the body was not recorded")
		return
	}
	_, list := r.value.([]any)
	if word, is := r.value.(string); is {
		j.doubt(r, "a recorder may have put %.40q there", word)
		return
	}
	o := r.object()
	if !r.json || o == nil && !list {
		return // a page is json-body's
	}
	code, coded := o["code"]
	msg, told := o["msg"]
	_, success := o["success"]
	integer, huge := integerOf(code)
	_, isText := msg.(string)
	switch {
	case !coded && !told && !success && !r.venueField():
		j.doubt(r, "JSON that may be a gateway's")
	case success && !huge:
		j.fail(r, "success stands beside them")
	case !isText:
		j.fail(r, "msg is %.40v, which is no string", msg)
	case huge:
		j.doubt(r, "code is %v, beyond all numbers", code)
	case integer == nil:
		j.fail(r, "code is %.40v, which is no integer", code)
	default:
		j.keep(r, "code %s, msg %.40q", integer, msg)
	}
}

// errorCode is the code of an error that has one: an integer, with a msg.
func errorCode(r *reading) (int64, string, bool) {
	n, coded := r.code()
	msg, said := r.object()["msg"].(string)
	says := r.object()["success"]
	success := r.success() && says != false && (n == 0 || n == 200 || says == true)
	return n, msg, coded && said && !success
}

// negativeCode reads what G11 says of the sign.
func negativeCode(r *reading, j *judgement) {
	if r.family != "api" && r.family != "sapi" {
		return
	}
	switch n, _, ok := errorCode(r); {
	case !ok:
	case n < 0:
		j.keep(r, "code %d", n)
	default:
		j.fail(r, "code %d", n)
	}
}

// knownErrorCode reads G13. The list is the error document's.
func knownErrorCode(r *reading, j *judgement) {
	n, msg, ok := errorCode(r)
	if !ok {
		return
	}
	switch known, documented := edition.Default().Codes.Lookup(n); {
	case !documented:
		j.fail(r, "code %d is not documented", n)
	case msg == "":
		j.doubt(r, "the message was removed")
	case !edition.Default().Codes.MessageFits(known, msg):
		j.fail(r, "the message of %d is another than %.40q", n, msg)
	default:
		j.keep(r, "code %d, msg %.40q", n, msg)
	}
}
