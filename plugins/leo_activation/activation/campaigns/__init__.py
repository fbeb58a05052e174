"""What a campaign is: its form, its parts, when it is due, and how it comes in."""
