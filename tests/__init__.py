"""The tests, one package: a file may share its name with one in another room."""
