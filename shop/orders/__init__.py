"""What was bought: frozen lines and amounts, and an append-only log of what happened."""
