"""Tests of the room present."""
