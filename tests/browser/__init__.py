"""A real browser for tests: Chromium without a window, spoken to through a pipe."""
