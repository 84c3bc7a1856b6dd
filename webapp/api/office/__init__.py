"""What operators may do over the wire: every command of the record."""
