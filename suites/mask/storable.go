package mask

import "github.com/mbxcheck/mbxcheck/suites/traffic"

// Storable is an exchange as it may be stored. Only Masker.Storable makes one, so
// that a writer which takes nothing else can't be handed what nobody masked. The
// zero Storable holds none.
type Storable struct{ x *traffic.Exchange }

// Storable is what Exchange returns, as writers take it.
func (m *Masker) Storable(x *traffic.Exchange) Storable { return Storable{m.Exchange(x)} }

// Exchange returns the exchange, which is to be read and not to be changed.
func (s Storable) Exchange() *traffic.Exchange { return s.x }
