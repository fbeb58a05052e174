"""How the data docs look: Great Expectations' content in templates of our own.

Its own templates fetch styles, fonts and programs from six servers of others, and its tables are empty without them.
These (`include/templates/data_docs`) need nothing but themselves: no script, no picture, the styles in the page.

Imported by Great Expectations by its name (`data_docs.py`), because the import of its classes takes seconds.
"""

from typing import Any

from great_expectations.render.renderer.site_builder import SiteBuilder
from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from leo_activation.settings import REPOSITORY

TEMPLATES = REPOSITORY / "include" / "templates" / "data_docs"


def _with_own_templates(environment: Environment) -> None:
    own = FileSystemLoader(TEMPLATES)
    environment.loader = ChoiceLoader([own, environment.loader] if environment.loader else [own])


class ResultPage(DefaultJinjaPageView):  # type: ignore[misc]
    """The page of one collection in one run."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what the site gives each of its views."""
        super().__init__(**kwargs)
        _with_own_templates(self.env)


class IndexPage(DefaultJinjaIndexPageView):  # type: ignore[misc]
    """The list of all checks of a tenant."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what the site gives each of its views."""
        super().__init__(**kwargs)
        _with_own_templates(self.env)


class Site(SiteBuilder):  # type: ignore[misc]
    """A site without the pictures and fonts that only the other templates show."""

    def build(self, resource_identifiers: Any = None, build_index: bool = True) -> Any:
        """Write the pages of these results and the index."""
        for section in self.site_section_builders.values():
            section.build(resource_identifiers=resource_identifiers)
        _, links = self.site_index_builder.build(build_index=build_index)
        return self.get_resource_url(only_if_exists=False), links
