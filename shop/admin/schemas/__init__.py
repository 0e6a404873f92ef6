"""How the owner's door speaks: a file for each noun."""
