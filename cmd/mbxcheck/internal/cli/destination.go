package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/output"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// destination is one report and where it goes.
type destination struct {
	format reports.Format
	file   string // output.Stdout for standard output
	out    *output.File
}

func (d *destination) isTextOnStdout() bool {
	return d.format.Name == "text" && d.file == output.Stdout
}

// destinations reads --format and -o. Whatever goes to files, one report goes
// to standard output: the text report unless another format is asked there.
func destinations(formats []string, file string) ([]*destination, error) {
	return destinationsOf(reports.Formats(), formats, file)
}

// destinationsOf is destinations for the formats known, of which the first goes
// to standard output unless another is asked there.
func destinationsOf(known []reports.Format, formats []string, file string) ([]*destination, error) {
	names := wording.Each(known, nameOfFormat)
	var all []*destination
	var first *destination // the one without a file
	taken := map[string]string{}
	for _, f := range formats {
		name, target, named := strings.Cut(f, "=")
		i := slices.Index(names, name)
		if i < 0 {
			return nil, usage("", "--format %s: %v", f, notOneOf(name, names))
		}
		if named && target == "" {
			return nil, usage("", "--format %s: expected a file behind the equals sign, found none", f)
		}
		d := &destination{format: known[i], file: target}
		if !named || target == output.Stdout {
			if first != nil {
				return nil, usage(fmt.Sprintf("Give one a file: --format %s --format %s=FILE.", first.format.Name, name),
					"two reports (%s and %s) for standard output", first.format.Name, name)
			}
			first, d.file = d, output.Stdout
		} else if other := taken[filepath.Clean(target)]; other != "" {
			return nil, usage("", "two reports (%s and %s) for the file %s", other, name, target)
		}
		taken[filepath.Clean(target)] = name
		all = append(all, d)
	}
	if first == nil {
		first = &destination{format: known[0], file: output.Stdout}
		all = append(all, first)
	}
	if file != "" {
		if other := taken[filepath.Clean(file)]; other != "" && file != output.Stdout {
			return nil, usage("", "two reports (%s and %s) for the file %s", other, first.format.Name, file)
		}
		first.file = file
	}
	return all, nil
}

func formatNames() []string { return wording.Each(reports.Formats(), nameOfFormat) }

func nameOfFormat(f reports.Format) string { return f.Name }

// open creates the files before any traffic is read: who waits ten minutes for
// a report wants to hear of a misspelt directory at once. No source, such as a
// recording, is written over.
func open(all []*destination, sources []judge.Source) error {
	for _, d := range all {
		if d.file == output.Stdout {
			continue
		}
		info, err := os.Stat(d.file)
		for _, s := range sources {
			if err == nil && info.Mode().IsRegular() && s.Info != nil && os.SameFile(info, s.Info) {
				return usage("", "the report would be written over its own source %s", s.Path)
			}
		}
		if d.out, err = output.Create(d.file); err != nil {
			return unwritable("the "+d.format.Name+" report", err)
		}
	}
	return nil
}

// unwritable says that the user's path takes no file, which err names.
func unwritable(what string, err error) error {
	return usage("Is it a path where you may write, in a directory that is there?", "%s can't be written: %w", what, err)
}

func discard(all []*destination) {
	for _, d := range all {
		if d.out != nil {
			d.out.Discard()
		}
	}
}

// write writes every report, the files before standard output: whoever reads
// that through head must not lose them. It returns all that went wrong.
func (a *app) write(all []*destination, r *reports.Report, color string) []error {
	var errs []error
	for _, d := range all {
		if d.out == nil {
			continue
		}
		own := *r
		own.Color = color == "always"
		err := a.writeReport(d.out, d.format, &own)
		if err == nil {
			err = d.out.Commit()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("the %s report could not be written: %w", d.format.Name, err))
		}
	}
	for _, d := range all {
		if d.out != nil {
			continue
		}
		own := *r
		if fd, is := terminal(a.raw); is {
			own.Width = min(columns(fd), maxReport)
		}
		own.Color = a.colored(color)
		_ = a.writeReport(a.out, d.format, &own) // a.out remembers what went wrong, Run says it
	}
	return errs
}

// writeReport writes a report in which what the run knows to be secret is hidden
// once more, wherever it stands: its parts were masked one by one.
func (a *app) writeReport(out io.Writer, f reports.Format, r *reports.Report) error {
	if !a.hide.KnowsValues() {
		w := bufio.NewWriter(out)
		if err := f.Write(w, r); err != nil {
			return err
		}
		return w.Flush()
	}
	var text bytes.Buffer
	if err := f.Write(&text, r); err != nil {
		return err
	}
	_, err := out.Write(a.hide.Known(text.Bytes()))
	return err
}
