"""Tests of the room bridges."""
