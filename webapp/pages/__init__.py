"""The two pages of the front end, delivered: the resident app and the terminal page."""
