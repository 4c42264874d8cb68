"""Files of the owner: listed, read, watched."""
