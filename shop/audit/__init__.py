"""Who changed what, when, and what it was before: written once, and never after."""
