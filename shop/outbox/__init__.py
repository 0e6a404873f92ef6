"""What must follow a commit: a row written in it, sent afterwards, once."""
