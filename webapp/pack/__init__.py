"""The conformance pack: a city in a box, from throw-away keys, for makers of gates and readers and for our own tests (FORMATS section 6).

Two halves. `writer` makes a pack, and with it a city that publishes as a city does: it needs the extra `server`. `runner` judges somebody else's program by
one: it needs the base install only, for who makes gates need not keep a record of cards.
"""
