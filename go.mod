module github.com/mbxcheck/mbxcheck

go 1.26
