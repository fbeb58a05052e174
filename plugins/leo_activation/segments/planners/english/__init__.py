"""English requests: its words, and the rules that read them."""
