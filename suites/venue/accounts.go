package venue

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// Account is somebody who trades on the venue.
type Account struct {
	Name        string            // for people
	Email       string            // by which sub-accounts are named
	Key, Secret string            // of its API key
	Balances    map[string]string // free at the start, by asset: "BTC": "1.5"
}

// account is an Account at work.
type account struct {
	Account
	index int
}

type accounts struct {
	list  []*account
	byKey map[string]*account
}

// Accounts are the venue's accounts as they began. The caller may keep them.
func (v *Venue) Accounts() []Account {
	list := make([]Account, len(v.accounts.list))
	for i, a := range v.accounts.list {
		list[i] = a.Account
	}
	return list
}

func newAccounts(list []Account, seed uint64) (*accounts, error) {
	if list == nil {
		list = demoAccounts(seed)
	}
	all := &accounts{byKey: map[string]*account{}}
	for i, a := range list {
		switch {
		case a.Key == "" || a.Secret == "":
			return nil, fmt.Errorf("account %d (%s): expected a key and a secret, found none", i+1, a.Name)
		case all.byKey[a.Key] != nil:
			return nil, fmt.Errorf("account %d (%s): expected a key of its own, found that of account %d", i+1, a.Name, all.byKey[a.Key].index+1)
		}
		for asset, n := range a.Balances {
			if _, err := amount.Parse(n); err != nil {
				return nil, fmt.Errorf("account %d (%s): balance of %s, %q: %w", i+1, a.Name, asset, n, err)
			}
		}
		if a.Email == "" {
			a.Email = fmt.Sprintf("account%d@venue.example", i+1)
		}
		full := &account{Account: a, index: i}
		all.list = append(all.list, full)
		all.byKey[a.Key] = full
	}
	return all, nil
}

// demoAccounts are three accounts with keys made from the seed: a rich one, a
// second that it can trade with and transfer to, and an empty one.
func demoAccounts(seed uint64) []Account {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	copy(key[8:], "demo accounts")
	source := rand.NewChaCha8(key)
	rich := map[string]string{"BTC": "10", "ETH": "200", "LTC": "300", "BNB": "500", "USDT": "100000"}
	return []Account{
		{Name: "alice", Email: "alice@venue.example", Key: token(source), Secret: token(source), Balances: rich},
		{Name: "bob", Email: "bob@venue.example", Key: token(source), Secret: token(source), Balances: rich},
		{Name: "carol", Email: "carol@venue.example", Key: token(source), Secret: token(source)},
	}
}

// token makes a key or secret in the venue's form.
func token(source *rand.ChaCha8) string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	r := rand.New(source)
	b := make([]byte, 64)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}
