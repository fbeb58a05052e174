"""Requests composed from conditions whose members are known, so that what joins them is tried as well.

Each form of sentence says how the sets of its parts combine. A form that people may read in two ways may be asked back;
what is planned has to be the set that the form says.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from bench.planner.questions import HERE

Members = frozenset[str]


@dataclass(frozen=True)
class Part:
    """A condition: its SQL, how it is said, and how its contrary is, by language."""

    sql: str
    said: Mapping[str, tuple[str, ...]]
    denied: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Form:
    """A sentence with places for conditions: `{0}` said, `{not 1}` denied; `members` combines the sets of the parts.

    `members` is given all customers and the sets of what is said, in the order of the places.
    """

    language: str
    text: str
    parts: int
    members: Callable[[Members, tuple[Members, ...]], Members]

    @property
    def denies(self) -> frozenset[int]:
        """The places at which the contrary is said."""
        return frozenset(n for n in range(self.parts) if f"{{not {n}}}" in self.text)


def _all(everybody: Members, sets: tuple[Members, ...]) -> Members:
    return everybody.intersection(*sets)


def _any(everybody: Members, sets: tuple[Members, ...]) -> Members:
    return everybody & frozenset().union(*sets)


def _first_without_rest(everybody: Members, sets: tuple[Members, ...]) -> Members:
    return everybody & sets[0].difference(*sets[1:])


def _all_but(everybody: Members, sets: tuple[Members, ...]) -> Members:
    return everybody.difference(*sets)


FORMS = (
    Form("en", "Customers who {0}", 1, _all),
    Form("en", "Could you find everybody who {0}?", 1, _all),
    Form("en", "customers who {not 0}", 1, _all),
    Form("en", "Show me all customers who {0} and who {1}", 2, _all),
    Form("en", "Customers who {0} and {1}", 2, _all),
    Form("en", "I need a list of people who {0}, who {1} and who {2}", 3, _all),
    Form("en", "Customers who {0} but {not 1}", 2, _all),
    Form("en", "Customers who {not 0} and who {not 1}", 2, _all),
    Form("en", "Customers who {0} or who {1}", 2, _any),
    Form("en", "Customers who either {0} or {1}", 2, _any),
    Form("en", "Customers who {0}, except those who {1}", 2, _first_without_rest),
    Form("en", "All customers except those who {0}", 1, _all_but),
    Form("en", "Create a segment called Trial of customers who {0} and who {not 1}", 2, _all),
    Form("en", "Customers who {0} and who {1}. Send them an email saying: Hello", 2, _all),
    Form("vi", "Khách hàng {0}", 1, _all),
    Form("vi", "Vui lòng tìm những khách hàng {0}", 1, _all),
    Form("vi", "khách hàng {not 0}", 1, _all),
    Form("vi", "Khách hàng {0} và {1}", 2, _all),
    Form("vi", "Khách hàng {0}, {1} và {2}", 3, _all),
    Form("vi", "Khách hàng {0} nhưng {not 1}", 2, _all),
    Form("vi", "Khách hàng {0} hoặc {1}", 2, _any),
    Form("vi", "Khách hàng {0}, trừ những người {1}", 2, _first_without_rest),
    Form("vi", "Tất cả khách hàng trừ những người {0}", 1, _all_but),
    Form("vi", "Tạo phân khúc Thử nghiệm gồm khách hàng {0} và {not 1}", 2, _all),
)


def read_parts() -> tuple[Part, ...]:
    """The conditions of `parts.toml`."""
    written = tomllib.loads((HERE / "parts.toml").read_text(encoding="utf-8"))["part"]
    return tuple(
        Part(
            entry["sql"],
            {language: tuple(entry[language]) for language in ("en", "vi")},
            {language: tuple(entry[f"not_{language}"]) for language in ("en", "vi")},
        )
        for entry in written
    )


def compose(
    parts: tuple[Part, ...], members: Mapping[str, Members], everybody: Members, *, each: int, seed: int
) -> Iterator[tuple[Form, str, Members]]:
    """So many requests of each form with the members that are meant; `members` are those of each part by its SQL."""
    chance = Random(seed)
    for form in FORMS:
        for _ in range(each):
            chosen = [
                chance.choice([part for part in parts if not (n in form.denies and not part.denied[form.language])])
                for n in range(form.parts)
            ]
            if len({part.sql for part in chosen}) < len(chosen):
                continue
            text, sets = form.text, []
            for n, part in enumerate(chosen):
                if n in form.denies:
                    text = text.replace(f"{{not {n}}}", chance.choice(part.denied[form.language]))
                    sets.append(everybody - members[part.sql])
                else:
                    text = text.replace(f"{{{n}}}", chance.choice(part.said[form.language]))
                    sets.append(members[part.sql])
            yield form, text, form.members(everybody, tuple(sets))
