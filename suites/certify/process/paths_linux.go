package process

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hiddenDirs are the directories where programs put Unix sockets and what they
// have for each other: those of the system, and those that this process was told
// of. Links are followed. The root is none of them, whatever a variable says.
func hiddenDirs() []string {
	list := []string{"/run", "/var/run", "/tmp", "/var/tmp", "/dev/shm", os.TempDir(), os.Getenv("XDG_RUNTIME_DIR")}
	users, _ := filepath.Glob("/run/user/*")
	var dirs []string
	for _, dir := range append(list, users...) {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil && filepath.IsAbs(real) && real != "/" {
			dirs = append(dirs, real)
		}
	}
	return shortestFirst(dirs)
}

// maxNamed bounds the paths of a command: few have ten, and a shell script in an
// argument may have hundreds of words that happen to be names here.
const maxNamed = 128

// namedPaths are the files and directories that a command and its variables
// name, wherever in a word, and as which links: a client needs them, also where
// the directory that they lie in is hidden.
func namedPaths(r resolved, env []string) []string {
	list := []string{r.Path}
	for _, text := range slices.Concat(r.Args, env, []string{valueOf(r.Env, "PATH")}) {
		for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \t\n\"'`;&|<>()=:,$", c) }) {
			if !filepath.IsAbs(word) {
				word = filepath.Join(r.Dir, word)
			}
			list = append(list, filepath.Clean(word))
		}
	}
	var found []string
	for _, path := range list {
		real, err := filepath.EvalSymlinks(path)
		if err != nil || real == "/" {
			continue
		}
		found = append(found, path, real)
	}
	found = shortestFirst(found)
	return found[:min(len(found), maxNamed)]
}

// hostSockets are the paths of the Unix sockets that are bound in this process's
// network, as /proc/net/unix lists them.
func hostSockets() []string {
	file, err := os.Open("/proc/net/unix")
	if err != nil {
		return nil
	}
	defer file.Close()
	var list []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		const columns = 7 // and then the path, which may hold blanks
		rest := lines.Text()
		for range columns {
			_, rest, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
		}
		if strings.HasPrefix(rest, "/") {
			list = append(list, rest)
		}
	}
	return shortestFirst(list)
}
