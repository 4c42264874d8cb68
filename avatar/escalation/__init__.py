"""Questions that wait for the owner."""
