package venue

import "github.com/mbxcheck/mbxcheck/suites/edition"

// refusal is why a request is not carried out: an HTTP status, and a code and
// message of the error document.
type refusal struct {
	status  int
	code    int64
	message string
}

func badRequest(code int64, message string) *refusal { return &refusal{400, code, message} }

// unauthorized refuses a key: the venue answers these with 401.
func unauthorized(code int64, message string) *refusal { return &refusal{401, code, message} }

// rejected is a request that is sound but will not be carried out. On /wapi it
// comes with 200.
func rejected(code int64, message string) *refusal { return &refusal{0, code, message} }

// Refusals without a part that varies.
var (
	errSymbol       = badRequest(-1121, "Invalid symbol.")
	errInterval     = badRequest(-1120, "Invalid interval.")
	errKeyFormat    = unauthorized(-2014, "API-key format invalid.")
	errKey          = unauthorized(-2015, "Invalid API-key, IP, or permissions for action.")
	errSignature    = badRequest(-1022, "Signature for this request is not valid.")
	errWindow       = badRequest(-1021, "Timestamp for this request is outside of the recvWindow.")
	errEscapes      = badRequest(-1100, "Illegal characters found in a parameter.")
	errDuplicate    = badRequest(-1101, "Duplicate values for a parameter detected.")
	errUnsupported  = &refusal{405, -1020, "This operation is not supported."}
	errNotFound     = &refusal{404, -1020, "This operation is not supported."}
	errTooLarge     = &refusal{413, -1101, "Too many parameters sent for this endpoint."}
	errBroken       = badRequest(-1100, "Illegal characters found in a parameter.") // the body can't be read
	errListenKey    = badRequest(-1125, "This listenKey does not exist.")
	errNoSuchOrder  = badRequest(-2013, "Order does not exist.")
	errUnknownOrder = badRequest(-2011, "Unknown order sent.")
)

// refuse fills an answer in with a refusal, in the envelope of the family.
func (v *Venue) refuse(a *Answer, r *refusal, family edition.Family) {
	members := &v.held.Dialect.Members
	w := writer{a.Body[:0]}
	w.open('{')
	a.Status = r.status
	if family == edition.WAPI {
		w.boolAt(members.Success, false)
		if r.status == 0 {
			a.Status = 200
		}
	} else {
		w.intAt(members.Code, r.code)
		if r.status == 0 {
			a.Status = 400
		}
	}
	w.strAt(members.Msg, r.message)
	w.close('}')
	a.Body = w.b
}
