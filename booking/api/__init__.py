"""What other systems read: JSON, read-only, described by OpenAPI. The programme for anybody, the rest with a key."""
