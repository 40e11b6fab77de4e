"""Records retention and legal holds for a city's e-mail."""

__version__ = "0.1.0"
