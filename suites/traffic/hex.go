package traffic

// IsHex reports a hexadecimal digit of either case, as escapes are written with
// (RFC 3986 section 2.1, RFC 8259 section 7).
func IsHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// Unhex is what a hexadecimal digit stands for.
func Unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
