"""Presenters: one file turns answers into one kind of output. They return text and print nothing."""
