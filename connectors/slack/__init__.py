"""Slack: colleagues ask here, the owner answers here; Socket Mode, no public address."""
