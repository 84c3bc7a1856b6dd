"""The publisher of the status chain: from the record's truth to signed versions that terminals follow (STATUS section 5, FORMATS section 3).

places      the published folder: which file is what
reading     what stands published, believed only as far as it is signed and its root is right
advancing   the next version of a chain: a delta, a snapshot, or nothing
folding     deltas of a window merged into one, at fixed boundaries of time
publisher   one run: every chain, objects first, heads after them, the index last
edition     a whole pass over the record: the chain and the Token Status Lists, the same bytes in both
following   the quick way: what the outbox tells of, within a second or two
"""
