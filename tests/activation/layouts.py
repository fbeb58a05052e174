"""One form of the plain layout, for whoever needs a template and not its languages."""

from leo_activation.activation.messages.languages import base_language
from leo_activation.activation.messages.templates import Template, message_layouts


def message_layout(language: str) -> Template:
    """The form of the plain layout in a language, else the English one."""
    by_language = {layout.language: layout for layout in message_layouts()}
    return by_language.get(base_language(language), by_language["en"])
