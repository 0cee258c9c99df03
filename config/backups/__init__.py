"""One file with everything the hub is: made, looked through, and brought back."""
