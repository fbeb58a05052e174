"""`python -m leo_activation` is the command `./leo`."""

from leo_activation.cli import main

main(prog_name="leo")
