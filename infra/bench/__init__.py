"""Benches of sync: `make bench`. Each has a stack of its own and leaves nothing behind."""
