"""Stand-in providers for the demo and the tests, in a process of their own.

Nothing here imports `leo_activation`: a stand-in that shared the client's models would share its mistakes.
Every effect is written to an fsynced journal before it is answered, so that a checker can compare what the
provider did with what the client believes.
"""
