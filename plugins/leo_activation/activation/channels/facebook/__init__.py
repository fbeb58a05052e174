"""Facebook: messages on Messenger, and what they share with posts on a Page."""
