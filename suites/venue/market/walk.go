package market

// mix is the finaliser of SplitMix64: a bijection whose outputs look random.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	// octaves of the walk: the k-th wanders over 2^k minutes, the last over
	// four years.
	octaves = 22

	// widest is how far the longest octave reaches from the base price, in
	// parts of walkScale: about 12 %. Each shorter octave reaches 1/√2 as far,
	// as a random walk would, so that all together stay within 41 % and one
	// minute moves the price by less than 0.1 %.
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

// wander is the walk at a minute: the sum of the octaves, each a straight line
// between random heights 2^k minutes apart, in parts of walkScale.
func wander(seed uint64, minute int64) int64 {
	sum := int64(0)
	for k := range octaves {
		cell, in := minute>>k, minute&(1<<k-1)
		lattice := mix(seed + uint64(k)<<56)
		from, to := height(lattice, cell), height(lattice, cell+1)
		at := from + (to-from)*in>>k
		sum += amplitudes[k] * at >> 16
	}
	return sum
}

// height is the random height of a lattice point, from -2^16 to 2^16.
func height(lattice uint64, cell int64) int64 {
	return int64(mix(lattice^uint64(cell))&(1<<17-1)) - 1<<16
}
