"""Hold: preview, place, amend, release and reinstate what suspends every deletion, and what follows from that.

Whether a hold covers a message is decided in ``core/hold``.
"""
