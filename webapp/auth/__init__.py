"""Who asks: phones and terminals by the key that they prove, other regions by a pinned key, operators by their session. Nobody else is let in."""
