"""Terminals: registered, heard, and looked after. What they report is checked again here; it opens questions for people and stops nobody by itself."""
