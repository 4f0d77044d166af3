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
