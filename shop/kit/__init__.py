"""What every feature needs and none owns. Imports nothing else from ``shop``."""
