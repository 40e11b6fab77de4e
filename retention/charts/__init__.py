"""Pictures as SVG that holds no script and asks no network: columns over time, bars, and spans of days.

What is drawn, and the words beside it, come from whoever asks; the same figures stand in a table beside each picture.
"""

from retention.charts.colours import COLOURS, PALE, STYLE
from retention.charts.drawing import Bar, Shape, Span, bars, columns, spans

__all__ = ["COLOURS", "PALE", "STYLE", "Bar", "Shape", "Span", "bars", "columns", "spans"]
