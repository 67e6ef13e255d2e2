"""The gate before a merge: which contracts there are, against which versions they stand, what is accepted."""
