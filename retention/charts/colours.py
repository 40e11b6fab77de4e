"""The colours and the letters of the pictures, as pygal and a browser each want them.

Nothing is drawn here.
"""

from __future__ import annotations

COLOURS = ("#1f4e79", "#c0561a", "#2f7d5b", "#7a4b94", "#8a6d1c", "#b0344d", "#3f8296", "#6a7480")
"""Told apart from each other and, by three to one at least, from white paper (WCAG 2.2, 1.4.11)."""
INK, RULE, PALE = "#2b333b", "#d5dbe1", "#e3e8ed"
LETTERS = 13
"""Height of a label in the units of a picture, which are pixels where it is shown at its own width."""

STYLE = f"""
.pygal-chart {{ display: block; width: 100%; height: auto; background: transparent; }}
.pygal-chart .background {{ fill: transparent; }}
.pygal-chart text {{ font-size: {LETTERS}px; fill: {INK}; stroke: none; }}
.pygal-chart .axis.x text {{ text-anchor: middle; }}
.pygal-chart .axis.y text {{ text-anchor: end; }}
.pygal-chart .axis.x text[transform] {{ text-anchor: start; }}
.pygal-chart .axis.x text[transform].backwards {{ text-anchor: end; }}
.pygal-chart .guide.line {{ fill: none; stroke: {RULE}; stroke-width: 1; }}
.pygal-chart .vertical .axis.x .guide.line, .pygal-chart .horizontal .axis.y .guide.line {{ stroke: none; }}
.pygal-chart .axis > path.line {{ stroke: {INK}; stroke-width: 1; fill: none; }}
.pygal-chart .bar rect {{ stroke: #fff; stroke-width: 0.75; }}
.pygal-chart .color-pale rect {{ fill: {PALE}; stroke: #6a7480; }}
.pygal-chart .unseen rect {{ fill: none; stroke: none; }}
""" + "".join(f".pygal-chart .color-{n} rect {{ fill: {colour}; }}\n" for n, colour in enumerate(COLOURS))
"""What a page that shows these pictures says of them once: the pictures themselves bring no style."""
