"""What a message says: templates, languages, slots, links, and copy that a model drafts."""
