"""Mail systems behind one interface."""
