package schemas

import (
	"embed"
	"fmt"
)

// FS holds every JSON Schema of the project, named NAME.schema.json.
//
//go:embed *.schema.json
var FS embed.FS

// The names of the schemas that this package answers for.
const (
	ErrorEnvelope     = "error-envelope"      // {code, msg}: errors of /api and /sapi (G11)
	WAPIErrorEnvelope = "wapi-error-envelope" // {success: false, msg}: errors of /wapi (G12)
	RateLimits        = "rate-limits"         // the rateLimits array of exchangeInfo (L01, L02)
	Report            = "report"              // the project's JSON report
	SARIF             = "sarif-2.1.0"         // SARIF 2.1.0, by OASIS
	Scenario          = "scenario"            // faults that a test venue is to have
	Driver            = "driver"              // lines between a certifier and a client's driver
	Certificate       = "certificate"         // what was found about one client: mbxcheck-report.yaml
	Matrix            = "matrix"              // many certificates, by clause
)

// Schema returns the bytes of a schema by its name, such as Report. The caller
// owns them.
func Schema(name string) ([]byte, error) {
	data, err := FS.ReadFile(name + ".schema.json")
	if err != nil {
		return nil, fmt.Errorf("schemas: no schema is named %q: %w", name, err)
	}
	return data, nil
}
