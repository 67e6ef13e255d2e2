"""The rules that give edges, strongest first. A rule is a row; its id is forever."""
