"""A stand-in of a push service, and of the browsers that subscribed with it: RFC 8030, 8291 and 8292."""
