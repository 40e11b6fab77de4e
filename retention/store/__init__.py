"""Record stores behind one interface."""
