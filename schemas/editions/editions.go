// Package editions holds what the editions of the document say, as data: a folder
// each, called as the edition is. Package edition of suites reads and explains it.
package editions

import "embed"

// FS holds the editions' folders.
//
//go:embed */*.json
var FS embed.FS
