"""The ports, each over one outside library."""
