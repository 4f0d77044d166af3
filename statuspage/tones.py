"""How a state looks: its tone (colour and shape), its sign in the window's title, the height of its bar."""

from records.components import Status
from records.incidents import Impact

#: Names of tones in the style sheet and of the shapes; every one has both.
TONES = {
    Status.OPERATIONAL: "ok",
    Status.UNDER_MAINTENANCE: "planned",
    Status.UNKNOWN: "unknown",
    Status.DEGRADED: "degraded",
    Status.PARTIAL_OUTAGE: "partial",
    Status.MAJOR_OUTAGE: "major",
}

IMPACT_TONES = {Impact.NONE: "note", Impact.MINOR: "degraded", Impact.MAJOR: "partial", Impact.CRITICAL: "major"}

#: In front of the title, where there is no colour.
SIGNS = {"ok": "✓", "planned": "◷", "unknown": "?", "degraded": "▲", "partial": "◆", "major": "■"}

#: Of 22; graver is higher, so that the bars speak without colour too.
BAR_HEIGHTS = {"planned": 22, "unknown": 5, "degraded": 9, "partial": 15, "major": 22}

#: The colours of the icon, on light and on dark windows.
ICON_COLOURS = {
    "ok": ("#459373", "#82d7b3"),
    "planned": ("#376ca2", "#529eeb"),
    "unknown": ("#737d77", "#87929b"),
    "degraded": ("#ab941a", "#ffdf3c"),
    "partial": ("#9c571b", "#f58125"),
    "major": ("#7d2739", "#d97a88"),
}

#: Outline and sign of each glyph as SVG paths in a square of 24; the same shapes as in `page/marks.html`.
GLYPHS = {
    "ok": ("M12 2a10 10 0 1 0 .01 0z", "M6.8 12.4l3.5 3.5 7-7.6"),
    "planned": ("M12 2a10 10 0 1 0 .01 0z", "M12 6.8V12l3.4 2.4"),
    "unknown": ("M12 2a10 10 0 1 0 .01 0z", "M9.2 9.4a2.8 2.8 0 1 1 4.2 2.5c-.9.5-1.4 1.1-1.4 2M12 17.2v.1"),
    "degraded": ("M12 2.2l10.4 18.6H1.6z", "M12 8.6v5.8M12 17.6v.1"),
    "partial": ("M12 1.4L22.6 12 12 22.6 1.4 12z", "M12 6.6v6.4M12 16.8v.1"),
    "major": ("M6 2h12q4 0 4 4v12q0 4-4 4H6q-4 0-4-4V6q0-4 4-4z", "M8 8l8 8M16 8l-8 8"),
}
