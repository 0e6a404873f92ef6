"""How many pieces there are, and to whom they are promised: the one contended write."""
