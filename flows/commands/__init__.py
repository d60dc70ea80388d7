"""One module for each command of `mrd`: its words, its arguments, what it does."""
