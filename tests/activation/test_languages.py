"""Which language a person is written to in: their own, its base, another region's, the tenant's, whatever there is."""

import pytest

from leo_activation.activation.messages.languages import check_language, choose_language
from leo_activation.activation.messages.templates import Template, TemplateForms
from leo_activation.errors import Permanent


@pytest.mark.parametrize(
    ("available", "person", "tenant", "chosen"),
    [
        (["en", "vi"], "vi", "en", "vi"),
        (["en", "vi"], "vi-VN", "en", "vi"),
        (["en", "vi"], "vi_VN", "en", "vi"),
        (["en", "vi"], "VI-vn", "en", "vi"),
        (["en", "vi-VN"], "vi-vn", "en", "vi-VN"),
        (["en", "vi-VN", "vi"], "vi-VN", "en", "vi-VN"),
        (["en", "vi-VN", "vi"], "vi", "en", "vi"),
        (["en", "pt-BR", "pt-PT"], "pt", "en", "pt-BR"),
        (["en", "pt-BR"], "pt-PT", "en", "pt-BR"),
        (["en", "vi"], "de", "vi", "vi"),
        (["en", "vi"], "de", "vi-VN", "vi"),
        (["en", "vi"], None, "vi", "vi"),
        (["en", "vi"], "", "vi", "vi"),
        (["en", "vi", ""], "de", "fr", ""),
        (["en", ""], "en", "vi", "en"),
        ([""], "de", "fr", ""),
        (["vi"], "de", "fr", "vi"),
        (["vi", "cs"], "de", "fr", "cs"),
        (["en", "eng"], "eng", None, "eng"),
    ],
)
def test_the_form_falls_back_in_one_order(
    available: list[str], person: str | None, tenant: str | None, chosen: str
) -> None:
    assert choose_language(available, person, tenant) == chosen
    forms = TemplateForms(
        "t", 1, "email", {tag: Template("t", "email", tag or "any", language=tag) for tag in available}
    )
    assert forms.choose(person, tenant).language == chosen


@pytest.mark.parametrize("tag", ["", "en", "vi", "pt-BR", "zh-Hant-TW", "fil"])
def test_a_language_is_a_tag(tag: str) -> None:
    check_language(tag)


@pytest.mark.parametrize(
    "tag", ["e", "english", "en_US", "en-", "-en", "12", "en-" + "x" * 9, "вн", "en\n", "en-" * 20]
)
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(Permanent):
        check_language(tag)
