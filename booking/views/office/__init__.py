"""The hub office: set up once, change once, see what needs a person."""
