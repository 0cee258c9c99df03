"""The demonstration hub: the programme of 2017-18, moved to the current school year, with invented schools and people."""
