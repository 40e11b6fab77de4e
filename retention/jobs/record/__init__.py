"""Stored records: found, checked, and destroyed at the end of their time."""
