"""The terminal: one module per noun, quick to start, in the reader's language."""
