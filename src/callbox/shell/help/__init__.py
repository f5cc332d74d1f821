"""Help: pages made from the tables of commands, and topics."""
