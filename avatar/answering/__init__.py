"""Question → answer, ask back, or escalate."""
