"""Tests of the room dialects."""
