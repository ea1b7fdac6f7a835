package cli

import (
	"os"
	"path/filepath"
)

// stateDir is where mbxcheck keeps what outlives a run. It need not be there yet.
func stateDir() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) { // as its specification has it: others are to be ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", usage("Set XDG_STATE_HOME to a directory.", "there is no place for what mbxcheck keeps: %v", err)
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "mbxcheck"), nil
}
