package reports

import "io"

func writeJUnit(w io.Writer, r *Report) error { return nil }
