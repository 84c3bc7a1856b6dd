"""Who works here, what they may do, and what two of them must agree on."""
