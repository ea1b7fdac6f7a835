package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStumblingClients: what goes wrong between mbxcheck and a client is said in
// plain words, and none is taken for what it is not.
func TestStumblingClients(t *testing.T) {
	t.Parallel()
	flags := []string{"--scenario", longSilence, "--profile", "market-data"}
	for _, c := range []struct {
		way   string
		flags []string
		code  int
		want  []string
	}{
		{"JSON log", nil, exitViolations, []string{"watched", "is no hello", "back-off-after-429"}},
		{"no JSON", nil, exitNoStart, []string{"hello has a fault", "one JSON object on one line", "{protocol: 1", "schemas/driver.schema.json"}},
		{"cut", nil, exitNoStart, []string{"hello has a fault", "one JSON object on one line"}},
		{"version 2", nil, exitNoStart, []string{"hello has a fault", "protocol: expected 1, found 2"}},
		{"no ops", nil, exitNoStart, []string{"hello has a fault", "ops: expected a list, found none"}},
		{"no version", nil, exitNoStart, []string{"hello has a fault", "version: expected a name, found none"}},
		{"no protocol", nil, exitNoStart, []string{"hello has a fault", "protocol: expected 1, found 0"}},
		{"unknown op", nil, exitNoStart, []string{"hello has a fault", `found "buy"`}},
		{"unknown member", nil, exitNoStart, []string{"hello has a fault", "language"}},
		{"several lines", nil, exitNoStart, []string{"hello has a fault", "expected all of it on one line"}},
		{"banner", nil, exitNoStart, []string{"hello stands on line 2", "Using keys from the environment", "must not get to standard output"}},
		{"calls first", nil, exitConformant, []string{"test-calls first", "driven", "called the venue before its hello"}},
		{"calls and quits", nil, exitNotExercised, []string{"called the venue and ended with exit code 5 without a hello"}},
		{"unreached", nil, exitNotExercised, []string{"after its hello, and was alive", "told its caller of time: error: net: no network"}},
		{"pretends", nil, exitNotExercised, []string{"it told its caller of time: ok, without a request"}},
		{"quits", nil, exitNoStart, []string{"the driver has ended", "exit code 3"}},
		{"dies", nil, exitNoStart, []string{"did not end as scripted", "exit code 9"}},
		{"killed", nil, exitNoStart, []string{"did not start", "killed"}},
		{"bot-elsewhere", nil, exitNotExercised, []string{"ended with exit code 0", "having sent nothing", "it did not connect", "ended by itself"}},
		{"bot-elsewhere", []string{"--drive"}, exitNoStart, []string{"is no driver", "exit code 0"}},
	} {
		t.Run(c.way+strings.Join(c.flags, " "), func(t *testing.T) {
			t.Parallel()
			certifies(t, c.way, append(c.flags, flags...)...).expect(t, c.code, c.want...)
		})
	}
}

// TestClientLog: what a client prints is kept, its keys by their first characters
// alone, in a file that nobody else may read.
func TestClientLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "logs")
	flags := []string{"--scenario", "429-read-1", "--env", "KEY={key}", "--env", "SECRET={secret}", "--client-log", dir}
	certifies(t, "prints", append(flags, "--observe")...)
	name := filepath.Join(dir, "429-read-1.log")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"to standard output, KEY ", "to standard error, SECRET ", "…\n", "last words of bot\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("expected %q, found:\n%s", want, text)
		}
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 3 && len([]rune(f[len(f)-1])) > 5 && strings.Contains(line, "to standard") {
			t.Errorf("expected a masked key, found %q", line)
		}
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("expected a file for its owner alone, found %v %v", info.Mode(), err)
	}
	certifies(t, "sound", flags...)
	for _, name := range []string{"meeting.log", "429-read-1.log"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), `"client":"test-sound"`) || !strings.Contains(string(text), "last words of sound") {
			t.Errorf("%s: expected both of a driver's streams, found %v\n%s", name, err, text)
		}
	}
	certifies(t, "sound", "--client-log", "/dev/null/logs").expect(t, exitUsage, "--client-log /dev/null/logs")
}

// TestKeysThatAreNotUsed: that no signed call was let in is said before anything
// else; a client that was given its keys under names of its own is well.
func TestKeysThatAreNotUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		way   string
		flags []string
		want  []string
	}{
		{"own key", nil, []string{"every signed call was refused with -2014", "BINANCE_API_KEY", "--env 'KEY={key}' --env 'SECRET={secret}'"}},
		{"own secret", nil, []string{"every signed call was refused with -1022", "another secret"}},
		{"named keys", []string{"--env", "KEY={key}", "--env", "SECRET={secret}"}, nil},
		{"bot", nil, nil}, // no signed call at all
	} {
		t.Run(c.way, func(t *testing.T) {
			t.Parallel()
			o := certifies(t, c.way, append(c.flags, "--scenario", "session-trading", "--observe")...)
			o.expect(t, o.code, c.want...)
			lines := strings.SplitN(o.out, "\n", 3)
			if first := len(lines) > 1 && strings.HasPrefix(lines[1], "! every signed call"); first != (c.want != nil) || strings.Contains(o.err, "every signed call") != (c.want != nil) {
				t.Errorf("expected the keys said first: %t, found\n%s%s", c.want != nil, o.out, o.err)
			}
		})
	}
}

// TestPresenceInJSON: what was seen of a client that was not reached is there for
// programs, too.
func TestPresenceInJSON(t *testing.T) {
	t.Parallel()
	var report struct {
		Scenarios []struct {
			Outcome, Note, Output string
			Presence              *struct {
				WaitedMs    *int64 `json:"waited_ms"`
				Exit        string
				Connections *int64
			}
		}
	}
	o := certifies(t, "bot-elsewhere", "--scenario", "429-read-1", "--observe", "--format", "json")
	if err := json.Unmarshal([]byte(o.out), &report); err != nil || len(report.Scenarios) != 1 {
		t.Fatalf("found %v\n%s", err, o.out)
	}
	s := report.Scenarios[0]
	if p := s.Presence; s.Outcome != "not-reached" || p == nil || p.WaitedMs == nil || p.Exit != "exit code 0" || p.Connections == nil || *p.Connections != 0 || s.Output != "last words of bot-elsewhere" {
		t.Errorf("found %s", o.out)
	}
	if !strings.Contains(s.Note, "having sent nothing; it did not connect; it said at last: last words of bot-elsewhere") {
		t.Errorf("found the note %q", s.Note)
	}
}

// TestSecretsOfTheCommandLine: what is published names the variables that --env
// gives, without their values, and the command without what its flags call secret
// and without any value of these, wherever it stands.
func TestSecretsOfTheCommandLine(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, log := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "log")
	args := []string{
		"certify", "--env", asClient + "=echo", "--env", asURL + "={url}", "--env", "MYSEC=hunter3hunter3", "--env", "FROM_HERE", "--env", "MODE=fast",
		"--observe", "--scenario", longSilence, "--certificate", certificate, "--client-log", log,
	}
	for _, f := range []string{"text", "json", "markdown", "junit", "sarif", "github"} {
		args = append(args, "--format", f+"="+filepath.Join(dir, f))
	}
	args = append(args, "--", exe, "--password", "hunter2hunter2", "--token=hunter5hunter5", "hunter3hunter3.txt", "--symbol", "BTCUSDT")
	o := mbxcheck("", args...)
	seen := 0
	err = filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		text, err := os.ReadFile(file)
		if strings.Contains(string(text), "hunter") {
			t.Errorf("%s holds a secret of the command line:\n%s", file, text)
		}
		return err
	})
	if err != nil || seen < 8 || strings.Contains(o.out+o.err, "hunter") {
		t.Errorf("found %d files (%v), and %s%s", seen, err, o.out, o.err)
	}
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--env MYSEC --env FROM_HERE --env MODE", "--password '…'", "'--token=…'", "'….txt'", "--symbol BTCUSDT"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("expected %s in the certificate, found\n%s", want, text)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "evidence", "back-off-after-429.ndjson")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("expected evidence for its owner alone, found %v, %v", info, err)
	}
}

// TestClientsCommandNobody: what a client prints, as a program or as a driver, is no
// command to the program that runs the build, and passes for no line of ours.
func TestClientsCommandNobody(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{
		{"--observe"}, {"--drive"}, {"--observe", "--format", "markdown"}, {"--observe", "--format", "junit"}, {"--observe", "--format", "sarif"},
	} {
		o := certifies(t, "commands", append(flags, "--scenario", "429-read-1")...)
		if !strings.Contains(o.out+o.err, "::stop-commands") {
			t.Errorf("%q: expected the client's words, found\n%s%s", flags, o.out, o.err)
		}
		for l := range strings.FieldsFuncSeq(o.out+"\n"+o.err, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if l = strings.TrimSpace(l); strings.HasPrefix(l, "::") || strings.HasPrefix(l, "✓") || strings.Contains(l, "##[") || strings.Contains(l, "##vso[") {
				t.Errorf("%q: found the line %q", flags, l)
			}
		}
	}
}
