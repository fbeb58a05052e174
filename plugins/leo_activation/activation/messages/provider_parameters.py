"""The parameters of a template that the provider keeps: a text each, by the provider's name for it.

What a provider allows each of its own parameters (a type, a length) is checked where its approved templates are known;
here stand the bounds that hold for all of them.
"""

import re
from collections.abc import Mapping

from leo_activation.activation.lines import is_one_line
from leo_activation.errors import Permanent
from leo_activation.told import Told

NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
MOST_PARAMETERS = 30
LONGEST_VALUE = 400


def parameter_title(name: str, what: str) -> str:
    """What errors call a parameter of the template `what`."""
    return f"The parameter '{name}' of {what}"


def check_parameter_names(what: str, parameters: Mapping[str, str], provider_template_id: str | None) -> None:
    """Refuse parameters that no template of a provider can have.

    Raises:
        Permanent: there is no template of the provider to fill, there are too many, or a name is none.
    """
    if not parameters:
        return
    if provider_template_id is None:
        raise Permanent(
            Told.of("{what} has parameters but names no template of the provider's that has them.", what=what)
        )
    if len(parameters) > MOST_PARAMETERS:
        raise Permanent(
            Told.of(
                "{what} has {count} parameters; there are at most {most_parameters}.",
                what=what,
                count=len(parameters),
                most_parameters=MOST_PARAMETERS,
            )
        )
    for name in parameters:
        if not NAME.fullmatch(name):
            raise Permanent(
                Told.of(
                    "{what} has the parameter '{name}'; a name is of letters, digits and _.",
                    what=what,
                    name=name[:64],
                )
            )


def check_parameter_values(what: str, values: Mapping[str, str]) -> None:
    """Refuse values that are empty, too long or not one line.

    Raises:
        Permanent: a value is no such text; the error does not quote it, because it may be a person's.
    """
    for name, value in values.items():
        if not value.strip() or not is_one_line(value):
            raise Permanent(
                Told.of(
                    "{parameter} must be one line of text without control characters.",
                    parameter=parameter_title(name, what),
                )
            )
        if len(value) > LONGEST_VALUE:
            raise Permanent(
                Told.of(
                    "{parameter} has {size} characters; a parameter has at most {longest_value}.",
                    parameter=parameter_title(name, what),
                    size=len(value),
                    longest_value=LONGEST_VALUE,
                )
            )
