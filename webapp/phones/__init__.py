"""Phones as folders, and the PINs of the chips beside them: what the demonstration and an office's command line both need."""
