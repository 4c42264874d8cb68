"""Avatar: an engineer's stand-in that answers from what is written down, or asks the engineer."""

__version__ = "0.1.0"
