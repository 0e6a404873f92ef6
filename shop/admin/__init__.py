"""The owner's door: keys, and what only their holders may do."""
