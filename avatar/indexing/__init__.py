"""File saved → chunks in the store."""
