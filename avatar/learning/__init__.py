"""What is kept of the owner's replies and verdicts."""
