"""The release gate: policies, the figures that their rules ask for, and what is decided by them."""
