package process

import (
	"slices"
	"strings"
	"testing"
)

// TestPublished: a command is shown without what is secret of it, and run with it.
func TestPublished(t *testing.T) {
	command := []string{
		"./bot", "--api-secret", "hunter2", "--token=abc", "--key", "{key}", "--pass", "--fast", "key=1", "secret", "more", "--key-file", "k.pem", "--private", "./k",
		"-H", "X-Api-Key: abc", "http://h/?token=abc&x=1", "https://u:pw1@h/", "in-fr0mEnv-out", "--symbol", "BTCUSDT",
	}
	want := []string{
		"./bot", "--api-secret", "…", "--token=…", "--key", "{key}", "--pass", "--fast", "key=…", "secret", "more", "--key-file", "k.pem", "--private", "./k",
		"-H", "X-Api-Key: …", "http://h/?token=…", "https://u:…@h/", "in-…-out", "--symbol", "BTCUSDT",
	}
	if got := Published(command, []string{"fr0mEnv"}); !slices.Equal(got, want) {
		t.Errorf("expected %q, found %q", want, got)
	}
	if command[2] != "hunter2" {
		t.Error("expected the command that is run to stay as it is")
	}
}

// TestSecrets: what a run is told to keep secret is known, and words that stand in
// all traffic are not.
func TestSecrets(t *testing.T) {
	t.Setenv("FROM_HERE", "hunter4hunter4")
	got := strings.Join(Secrets(Options{
		Command: []string{"./bot", "--password", "open sesame", "--token", "BTCUSDT", "--key-file", "k.pem"}, APIKey: "the-key", SecretKey: "the-secret",
		Env: []string{"MODE=production", "MYSEC=hunter3hunter3", "FROM_HERE", "BASE={url}/api/v3", "SYMBOL=BTCUSDT", "WHERE=/srv/data1", "MY_TOKEN=quite plain", "LIMIT=1500"},
	}), ",")
	for _, want := range []string{"the-key", "the-secret", "hunter3hunter3", "hunter4hunter4", "quite plain", "open sesame"} {
		if !strings.Contains(got, want) {
			t.Errorf("expected %q among %s", want, got)
		}
	}
	for _, unwanted := range []string{"BTCUSDT", "production", "api", "data1", "1500", "k.pem"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("expected no %q among %s", unwanted, got)
		}
	}
}
