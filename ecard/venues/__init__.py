"""Where the card is used, and by whom: venues with their equipment, and staff who have signed and were trained (CQ-15b, CQ-21b, ID-9a)."""
