"""A stand-in of Meta's Graph API for one app: messages of a Page, paid messages, a Page's feed, and the webhook."""
