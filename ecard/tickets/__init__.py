"""What anybody may say, and what is owed for it: a number, a day, an answer (ZZ-16, CQ-22, ID-T6, ID-T7).

Whoever says something need not say who they are. The text, and the answer to it, lie sealed under the vault's key-encryption key. Number and secret word
together open the answer to whoever has them; the record keeps of the word a keyed digest. A ticket is closed by its answer, and by nothing else.
"""
