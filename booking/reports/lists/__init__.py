"""The office's lists. Each has what is asked of it (a filter, read from an address), and its rows in any order."""
