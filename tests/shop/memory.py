"""What a service keeps in its database: small facts by name, shared by its instances, safe from kill -9."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class Memory:
    """Names and values."""

    def __init__(self, file: Path) -> None:
        self._store = sqlite3.connect(file, isolation_level=None, timeout=10)
        self._store.execute("PRAGMA synchronous = off")
        self._store.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def get(self, name: str) -> str | None:
        row = self._store.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def put(self, name: str, value: str = "") -> None:
        self._store.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def count(self, name: str) -> int:
        """Give 1 the first time, then 2, and so on."""
        query = "INSERT INTO facts VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
        [(value,)] = self._store.execute(query, (name,)).fetchall()
        return int(value)

    def once(self, name: str) -> bool:
        """Say whether this is the first time."""
        return self.count(name) == 1
