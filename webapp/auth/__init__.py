"""Who is asking: proofs of phones, terminals and regions, sessions of operators, and the one table of who may do what."""
