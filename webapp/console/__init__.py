"""The operator console: pages that work without JavaScript."""
