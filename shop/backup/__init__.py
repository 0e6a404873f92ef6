"""Copies of the shop's database: made while it sells, opened and verified, and put back."""
