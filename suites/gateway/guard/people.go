package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// people tells clients apart. Those behind one address differ by their keys; calls
// without a key are whose connection carried one, or the only one's with the same
// software, or by that software's name a client of their own.
//
//	len(names) <= maxClients; unkeyed <= maxUnkeyed; len(connections) <= maxConnections
type people struct {
	names       map[string]string // by address and hash of the key, or by address and software
	keys        map[string]int    // the number of a key, for people
	unkeyed     int               // of the names, those by software
	connections map[int64]string
	software    map[string][]string // clients with a key by address and software
}

// maxConnections bounds the connections that are remembered.
const maxConnections = 4096

// maxUnkeyed bounds the names by software, of which one client may say another with each
// request: the others' shares are none of its own.
const maxUnkeyed = 16

func newPeople() people {
	return people{names: map[string]string{}, keys: map[string]int{}, connections: map[int64]string{}, software: map[string][]string{}}
}

// others are those who came when as many were known as are told apart.
const others = "others"

// maxAgent is how much of a User-Agent is shown, in bytes.
const maxAgent = 48

// Account returns a name for a key, which does not tell it; "" for none.
func (l *Ledger) Account(key string) string {
	if key == "" {
		return ""
	}
	h := sha256.New()
	h.Write(l.salt)
	h.Write([]byte(key))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Client returns the name of who sends a request: by its address, its connection, its
// account (see Account), "" for none, and its User-Agent. A connection of 0 is not known.
func (l *Ledger) Client(address string, connection int64, account, agent string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &l.people
	agent = printable(agent)
	if account == "" {
		if name, ok := p.connections[connection]; ok {
			return name
		}
		if same := p.software[address+" "+agent]; len(same) == 1 {
			return same[0]
		}
		id := address + " " + agent
		if _, ok := p.names[id]; !ok && p.unkeyed >= maxUnkeyed {
			return others
		}
		return p.name(id, func() string {
			p.unkeyed++
			return address + ", " + agent
		})
	}
	name := p.name(address+" "+account, func() string {
		n, ok := p.keys[account]
		if !ok {
			n = len(p.keys) + 1
			p.keys[account] = n
		}
		return fmt.Sprintf("%s, key %d", address, n)
	})
	if known := p.connections[connection]; connection > 0 && known != name {
		if len(p.connections) >= maxConnections {
			clear(p.connections)
		}
		p.connections[connection] = name
		p.add(address+" "+agent, name)
	}
	return name
}

// name returns a client's, made if it is new.
func (p *people) name(id string, made func() string) string {
	name, ok := p.names[id]
	switch {
	case ok:
		return name
	case len(p.names) >= maxClients:
		return others
	}
	name = made()
	p.names[id] = name
	return name
}

// add notes a client with a key by its software.
func (p *people) add(id, name string) {
	for _, known := range p.software[id] {
		if known == name {
			return
		}
	}
	if len(p.software[id]) < 2 && len(p.software) < maxClients { // two are as undecided as more
		p.software[id] = append(p.software[id], name)
	}
}

// printable is a name of software for people: what it says of itself up to a blank.
func printable(agent string) string {
	out := make([]byte, 0, maxAgent)
	for i := range min(len(agent), maxAgent) {
		c := agent[i]
		if c <= ' ' {
			break
		}
		if c >= 0x7f {
			c = '?'
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return "no User-Agent"
	}
	return string(out)
}
