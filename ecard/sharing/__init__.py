"""Data that is shared: granted by two people under an agreement, for one item and one purpose, counted at every use, and deleted with proof (CQ-18, CQ-19, ZS-7b).

What is shared is the state of cards, and only of cards that were shown for the item; a recipient knows each by a name that nobody else is given, so what
turns up elsewhere says from whom it came.
"""
