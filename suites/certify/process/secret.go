package process

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/mask"
)

// Secrets are the values that a run of a client is known to have: the account's
// keys, what variables hold whose names say that they are secret, what COMMAND
// gives to flags of such names, and what Options.Env says and is no plain word,
// number, path or URL.
func Secrets(o Options) []string { return secretsOf(o, environment(o, "", "")) }

// secretsOf is Secrets, where the client's environment is known.
func secretsOf(o Options, env []string) []string {
	list := []string{o.APIKey, o.SecretKey}
	given := map[string]bool{}
	for _, e := range o.Env {
		name, _, _ := strings.Cut(e, "=")
		given[name] = true
	}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		if value = strings.TrimSpace(value); mask.Variable(name) && !isPath(value) && !isSymbol(value) || given[name] && isSecretValue(value) {
			list = append(list, value)
		}
	}
	for i, word := range o.Command {
		if start, end := secretIn(o.Command, i); end > start && !isSymbol(word[start:end]) {
			list = append(list, word[start:end])
		}
	}
	return list
}

// Published is a command as it may be shown to others: in place of each value that
// its flag's name says is secret, and of each secret among those given, stands "…".
func Published(command, secrets []string) []string {
	all := slices.Clone(command)
	hide := mask.New(secrets...)
	for i, word := range all {
		if start, end := secretIn(command, i); end > start {
			all[i] = word[:start] + "…" + word[end:]
			continue
		}
		all[i] = hide.Text(word)
	}
	return all
}

// secretIn is the part of a word of a command that the name of a flag, of a variable
// or of a header field says is secret: NAME=VALUE, NAME: VALUE, or the word behind
// --NAME. What stands in
// the place of a value, names a file that holds it or is another flag is none.
func secretIn(command []string, i int) (start, end int) {
	word := command[i]
	if name, value, joined := strings.Cut(word, "="); joined && mask.Variable(lastName(name)) {
		if isGiven(value) {
			return len(name) + 1, len(word)
		}
		return 0, 0
	}
	if name, value, field := strings.Cut(word, ": "); field && mask.Variable(name) && isGiven(value) {
		return len(name) + 2, len(word) // of a header field
	}
	if i > 0 && strings.HasPrefix(command[i-1], "-") && !strings.Contains(command[i-1], "=") && mask.Variable(command[i-1]) && isGiven(word) {
		return 0, len(word)
	}
	return 0, 0
}

// lastName is the name of a parameter at the end of what stands before an equals
// sign, as of token in http://h/?token=.
func lastName(name string) string { return name[strings.LastIndexAny(name, "?&/")+1:] }

// isGiven tells a value from one that is filled in, a path, and a flag.
func isGiven(value string) bool {
	return value != "" && !strings.HasPrefix(value, "-") && !strings.Contains(value, "{") && !isPath(value)
}

// isPath reports the name of a file or the address of a server.
func isPath(value string) bool {
	return strings.HasPrefix(value, "/") || strings.HasPrefix(value, "./") || strings.HasPrefix(value, "../") || strings.HasPrefix(value, "~/") ||
		strings.Contains(value, "://") || strings.Contains(value, `:\`)
}

// isSymbol reports a value of capitals alone: a symbol, or a word of the API, which
// stands in all traffic.
func isSymbol(value string) bool { return strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" }

// isSecretValue reports a value that is worth hiding whatever its name says: of
// digits and small letters, or long. A symbol and a time limit are none.
func isSecretValue(value string) bool {
	const long = 16
	digits := strings.ContainsAny(value, "0123456789")
	small := strings.ContainsFunc(value, func(r rune) bool { return 'a' <= r && r <= 'z' })
	return (digits && small || len(value) >= long) && isGiven(value)
}
