package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/output"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// matrix holds the flags of the command.
type matrix struct {
	*app
	formats []string
	output  string
	badge   string
}

func (a *app) matrixCommand() *cobra.Command {
	m := &matrix{app: a}
	cmd := &cobra.Command{
		Use:     "matrix REPORT...",
		GroupID: "live",
		Short:   "Compare certified clients, clause by clause",
		Long: `Matrix reads certificates, as certify writes them to ` + certificate.File + `,
and writes a table: a row for each client, version and configuration, a column
for each clause. A REPORT is a certificate, or a directory to search for some:
they are found by content, whatever the files are called; directories called
testdata, which hold samples, are left out unless they are named. Links lead
from where the table is written to the certificates and to the evidence beside
them.

With --badge it writes the badge of one certificate: an SVG picture to a FILE
that ends in .svg, the JSON that shields.io asks for to one that ends in .json.
The table is then written only if --format or -o asks for it.

Exit codes:
  0    written
  2    wrong usage, or a certificate that could not be read
  6    mbxcheck itself failed: a table or badge could not be written`,
		Example: `  mbxcheck matrix certificates
  mbxcheck matrix --format html -o clients.html ccxt.yaml binance.yaml
  mbxcheck matrix --format html=out.html --format json=out.json certificates
  mbxcheck matrix --badge badge.svg ` + certificate.File,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("For example: mbxcheck matrix "+certificate.File, "matrix needs at least one REPORT: a certificate or a directory")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return m.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&m.formats, "format", nil, "write the table: `NAME` to standard output or NAME=FILE, the name being "+list(matrixFormatNames())+"; repeatable (default markdown)")
	addFile(f, &m.output, "output", "o", "write the table for standard output to `FILE` instead")
	addFile(f, &m.badge, "badge", "", "write the badge of one certificate to `FILE`, which ends in .svg or .json")
	complete(cmd, "format", cobra.FixedCompletions(matrixFormatNames(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	return cmd
}

func matrixFormatNames() []string {
	return wording.Each(reports.MatrixFormats(), func(f reports.MatrixFormat) string { return f.Name })
}

// run is the command.
func (m *matrix) run(ctx context.Context, paths []string) error {
	badge, err := badgeFormat(m.badge)
	if err != nil {
		return err
	}
	all, table, err := m.tables()
	if err != nil {
		return err
	}
	rows, samples, faults, err := certificates(ctx, paths)
	if err != nil {
		return err
	}
	for _, err := range faults {
		fmt.Fprintf(m.err, "mbxcheck: %s\n", plain(err.Error()))
	}
	if len(samples) > 0 {
		fmt.Fprintf(m.err, "mbxcheck: %s left out, for what is called %s holds samples; to have it in the table, name it\n", plain(list(samples)), sampleDir)
	}
	switch {
	case len(rows) == 0 && len(faults) > 0:
		return &exit{code: exitUsage, err: errors.New("no certificate could be read; nothing was written")}
	case len(rows) == 0:
		return usage("'mbxcheck certify --help' says how to make one.", "no certificate found in %s", strings.Join(paths, ", "))
	}
	*table = *certificate.NewMatrix(rows)
	if m.badge != "" {
		if len(rows) != 1 {
			return usage("", "--badge %s: expected one certificate, found %d", m.badge, len(rows))
		}
		c := rows[0].Certificate
		all = append(all, &destination{file: m.badge, format: reports.Format{Name: "badge", Write: func(w io.Writer, _ *reports.Report) error { return badge(c, w) }}})
	}
	defer discard(all)
	if err := open(all, inputs(rows)); err != nil {
		return err
	}
	if errs := m.write(all, &reports.Report{}, "never"); len(errs) > 0 {
		return broken(errors.Join(errs...))
	}
	if len(faults) > 0 {
		return &exit{code: exitUsage, err: errors.New("not every certificate could be read; the table holds the others")}
	}
	return nil
}

// tables are the destinations of a matrix that is filled in before they are
// written. A badge is all that is written when nobody asks for a table.
func (m *matrix) tables() ([]*destination, *certificate.Matrix, error) {
	table := &certificate.Matrix{}
	if m.badge != "" && len(m.formats) == 0 && m.output == "" {
		return nil, table, nil
	}
	var known []reports.Format
	for _, f := range reports.MatrixFormats() {
		known = append(known, reports.Format{Name: f.Name, Summary: f.Summary})
	}
	all, err := destinationsOf(known, m.formats, m.output)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range all {
		dir := absolute(".")
		if d.file != output.Stdout {
			dir = absolute(filepath.Dir(d.file))
		}
		i := slices.Index(matrixFormatNames(), d.format.Name)
		f := reports.MatrixFormats()[i]
		d.format.Write = func(w io.Writer, _ *reports.Report) error { return f.Write(w, table, dir) }
		if m.badge != "" && d.file != output.Stdout && filepath.Clean(d.file) == filepath.Clean(m.badge) {
			return nil, nil, usage("", "the table and the badge are both for the file %s", m.badge)
		}
	}
	return all, table, nil
}

// absolute is the path from the root, where there is a way from any directory
// to any other, or else the path itself.
func absolute(p string) string {
	if abs, err := filepath.Abs(p); err == nil {
		return abs
	}
	return p
}

// badgeFormat chooses the badge by the file's name.
func badgeFormat(file string) (func(*certificate.Certificate, io.Writer) error, error) {
	switch filepath.Ext(file) {
	case ".svg":
		return reports.SVGBadge, nil
	case ".json":
		return reports.ShieldsBadge, nil
	}
	if file == "" {
		return nil, nil
	}
	return nil, usage("", "--badge %s: expected a file that ends in .svg or .json", file)
}

// inputs are the certificates, for open to refuse to write over them.
func inputs(rows []certificate.Row) []judge.Source {
	var all []judge.Source
	for _, r := range rows {
		if info, err := os.Stat(r.File); err == nil {
			all = append(all, judge.Source{File: cassettes.File{Path: r.File, Info: info}})
		}
	}
	return all
}

// maxCertificates bounds a matrix: nobody reads one with more rows, and it is
// held in memory.
const maxCertificates = 2000

// sampleDir is what directories are called that hold samples for tests, as Go
// has it: certificates of clients that there are not.
const sampleDir = "testdata"

// certificates reads those at the paths: files, and those found in directories.
// It returns the directories of samples that it left out, and as faults what
// could not be read.
func certificates(ctx context.Context, paths []string) (rows []certificate.Row, samples []string, faults []error, err error) {
	seen := map[string]bool{}
	for _, p := range paths {
		err := filepath.WalkDir(p, func(file string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return &exit{code: exitInterrupted, err: errors.New("interrupted; nothing was written")}
			case err != nil:
				faults = append(faults, fmt.Errorf("%s: %w", file, cause(err)))
				return nil
			case d.IsDir() && d.Name() == sampleDir && file != p:
				samples = append(samples, file)
				return fs.SkipDir
			case d.IsDir() || seen[filepath.Clean(file)] || file != p && !isCertificate(file, d):
				return nil
			}
			seen[filepath.Clean(file)] = true
			switch c, err := certificate.Open(file); {
			case err != nil && !isCertificate(file, d):
				faults = append(faults, fmt.Errorf("%w; is it a certificate, as certify --certificate writes them?", err))
			case err != nil:
				faults = append(faults, err)
			case len(rows) == maxCertificates:
				return usage("", "expected %d certificates at the most, found more", maxCertificates)
			default:
				rows = append(rows, certificate.Row{File: absolute(file), Certificate: c})
			}
			return nil
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	return rows, samples, faults, nil
}

// isCertificate looks into a file met in a directory. Of the evidence beside a
// certificate none begins so.
func isCertificate(file string, d fs.DirEntry) bool {
	const begin = 4 << 10 // the comments before the first member have at most as much
	if ext := filepath.Ext(file); !d.Type().IsRegular() || ext != ".yaml" && ext != ".yml" {
		return false
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head, _ := io.ReadAll(bufio.NewReader(io.LimitReader(f, begin+1)))
	return bytes.HasPrefix(head, []byte("schema: mbxcheck-certificate/")) || bytes.Contains(head, []byte("\nschema: mbxcheck-certificate/"))
}
