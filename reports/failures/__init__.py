"""What went wrong in a run, in groups that a person can read: by fault, and within a fault by wording."""
