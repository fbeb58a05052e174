"""What the stand-ins for language models have in common: the scripted answers, and what each fault makes of one."""
