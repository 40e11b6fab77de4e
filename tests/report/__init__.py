"""The report, as figures, as files and as a page in a real browser."""
