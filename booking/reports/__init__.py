"""What pages show: questions to the database, answered in the fewest queries and shaped for one page each."""
