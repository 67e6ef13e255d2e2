"""The colours of all pictures. Every text stands out from its ground by 4.5 : 1 or more; a test measures it."""

from __future__ import annotations

FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"

#: Of each state: ground, line, text.
COLOURS = {
    "ok": ("#ffffff", "#4a5568", "#1a202c"),
    "warn": ("#fff7e0", "#8a5a00", "#1a202c"),
    "bad": ("#fdecea", "#b00020", "#1a202c"),
    "open": ("#f3f0ff", "#5b3fb5", "#1a202c"),
    "ghost": ("#fafafa", "#595f69", "#4a5058"),
}

PAGE, EDGE_TEXT = "#ffffff", "#3a4352"
LANE, LANE_LINE, LANE_TEXT = "#f1f4f8", "#c3ccd8", "#2d3748"
