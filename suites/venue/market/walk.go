package market

// mix is the finaliser of SplitMix64: a bijection whose outputs look random.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	// octaves of the walk: the k-th wanders over 2^k blocks, the last over four
	// years.
	octaves = 18

	// widest is how far the longest octave reaches from the base price, in
	// parts of walkScale: about 12 %. Each shorter octave reaches 1/√2 as far,
	// as a random walk would, so that all together stay within 42 % and the
	// price moves by some hundredths of a percent from block to block.
	widest    = walkScale / 8
	walkScale = 1 << 32
)

// amplitudes are the octaves' reaches, from the shortest.
var amplitudes = func() (a [octaves]int64) {
	reach := int64(widest)
	for k := octaves - 1; k >= 0; k-- {
		a[k] = reach
		reach = reach * 46341 >> 16 // 1/√2 in parts of 2^16
	}
	return a
}()

// walk is where the price is at a block and how to get to the next: the sum of
// the octaves, each a straight line between random heights 2^k blocks apart.
// Going on block by block is much cheaper than a jump. The zero walk stands
// nowhere.
type walk struct {
	block    int64
	started  bool
	from, to [octaves]int64
}

// moveTo moves the walk to a block and returns its height in parts of
// walkScale. The lattices are the octaves' seeds.
func (w *walk) moveTo(block int64, lattices *[octaves]uint64) int64 {
	next := w.started && block == w.block+1
	sum := int64(0)
	for k := range octaves {
		cell, in := block>>k, block&(1<<k-1)
		switch {
		case !next:
			w.from[k], w.to[k] = height(lattices[k], cell), height(lattices[k], cell+1)
		case in == 0:
			w.from[k], w.to[k] = w.to[k], height(lattices[k], cell+1)
		}
		at := w.from[k] + (w.to[k]-w.from[k])*in>>k
		sum += amplitudes[k] * at >> 16
	}
	w.block, w.started = block, true
	return sum
}

// height is the random height of a lattice point, from -2^16 to 2^16.
func height(lattice uint64, cell int64) int64 {
	return int64(mix(lattice^uint64(cell))&(1<<17-1)) - 1<<16
}
