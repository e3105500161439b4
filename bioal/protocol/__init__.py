"""What may vary and how it is measured: factors, constraints, the space of conditions, the protocol file."""
