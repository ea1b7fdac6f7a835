// Package mask hides secrets in what is printed or stored: recordings, reports,
// certificates, logs and errors. It is the only place that says what a secret is.
//
// A secret is told in three ways. By value: what the run knows, such as the key
// of its account, is found wherever it stands, as it is, percent-encoded, in \u
// escapes, in hexadecimal and in Base64, also several of them in one another. By
// name: what is called a key, a secret, a signature, a token or a password, in a
// query, a form, JSON or a header field, however the name is spelt. By shape: 40
// letters and digits in a row, unless they are digits alone.
//
// No number is masked by its shape, and no word because of another beside it:
// "listenKey stands in both" is prose. What can't be known stays: a value of less
// than 6 characters that no name gives away, and one in an encoding that is not
// among these.
//
// The package must not know rules, recording formats or reports.
package mask
