// Package nearest finds the word that somebody may have meant.
package nearest

import "strings"

// maxDistance is how many letters a typing error changes at most: beyond a
// third of the word it is another word.
func maxDistance(word string) int { return max(1, len(word)/3) }

// To returns the candidate nearest to word, letter case aside: one that begins
// with it, else one a few letters away, else one that holds it. It returns ""
// when none is near. Of equally near ones the first is taken.
func To(word string, candidates []string) string {
	word = strings.ToLower(word)
	for _, c := range candidates {
		if len(word) > 1 && strings.HasPrefix(strings.ToLower(c), word) {
			return c
		}
	}
	best, at := "", maxDistance(word)+1
	for _, c := range candidates {
		if d := distance(word, strings.ToLower(c)); d < at {
			best, at = c, d
		}
	}
	if word = joined(word); best != "" || len(word) < 3 {
		return best
	}
	for _, c := range candidates {
		if strings.Contains(joined(strings.ToLower(c)), word) {
			return c
		}
	}
	return ""
}

// joined leaves out the hyphens, which people forget: backoff, retryafter.
func joined(word string) string { return strings.ReplaceAll(word, "-", "") }

// distance is how many letters must be inserted, deleted, replaced or swapped
// with their neighbour to make a of b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
