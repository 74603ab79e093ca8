"""Which rules a match was made by; it changes whenever the same books could be matched otherwise."""

RULES_VERSION = "2026.11.3"
