"""Pictures of bags: what is stored of them, where they are shown, and the shop's own drawings."""
