"""How the tables came to be, one thought per file. `ecard.database.upgrade` runs them."""
