package venue

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/book"
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
	index        int
	spot, margin *book.Wallet

	mu      sync.Mutex // guards what follows
	streams [2]stream  // of spot, of margin
	records records
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
		list = DemoAccounts(seed)
	}
	all := &accounts{byKey: map[string]*account{}}
	for i, a := range list {
		switch {
		case a.Key == "" || a.Secret == "":
			return nil, fmt.Errorf("account %d (%s): expected a key and a secret, found none", i+1, a.Name)
		case all.byKey[a.Key] != nil:
			return nil, fmt.Errorf("account %d (%s): expected a key of its own, found that of account %d", i+1, a.Name, all.byKey[a.Key].index+1)
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

// DemoAccounts are three accounts with keys made from the seed: a rich one, a
// second that it can trade with and transfer to, and an empty one. The caller
// owns the list.
func DemoAccounts(seed uint64) []Account {
	list := []Account{{Name: "alice"}, {Name: "bob"}, {Name: "carol"}}
	for i := range list {
		a := &list[i]
		a.Email = a.Name + "@venue.example"
		a.Key, a.Secret = token(seed, "key of "+a.Name), token(seed, "secret of "+a.Name)
		if a.Name != "carol" {
			a.Balances = map[string]string{"BTC": "10", "ETH": "200", "LTC": "300", "BNB": "500", "USDT": "100000"}
		}
	}
	return list
}

// token makes 64 letters and digits, the form of the venue's keys, out of the
// seed and what they are for. Nobody shall rely on their being secret.
func token(seed uint64, purpose string) string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	source := rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, purpose)))
	r := rand.New(source)
	b := make([]byte, 64)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// fund opens the accounts' wallets and pays in what they begin with, as
// deposits made when the venue opened.
func (v *Venue) fund() error {
	for _, a := range v.accounts.list {
		a.spot, a.margin = v.book.NewWallet(), v.book.NewWallet()
		for _, asset := range slices.Sorted(maps.Keys(a.Balances)) {
			n, err := amount.Parse(a.Balances[asset])
			if err == nil {
				err = v.book.Transfer(nil, a.spot, asset, n, v.opened)
			}
			if err != nil {
				return fmt.Errorf("account %d (%s): balance of %s, %q: %w", a.index+1, a.Name, asset, a.Balances[asset], err)
			}
			r := record{id: v.nextID(), asset: asset, n: n, at: v.opened, address: depositAddress(a, asset)}
			a.records.deposits = keep(a.records.deposits, r)
		}
	}
	return nil
}

// byEmail returns the account of an address, or nil.
func (a *accounts) byEmail(email string) *account {
	for _, acc := range a.list {
		if acc.Email == email {
			return acc
		}
	}
	return nil
}
