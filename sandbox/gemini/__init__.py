"""A stand-in for the Gemini Developer API: its own reading of Google's contract, and scripted answers."""
