"""Figures counted while the data is made, so that a test can hold the pipeline against them without its own code.

Each question is asked of one person's events. ``profiles`` counts LEO's records, ``persons`` the people behind them:
a person's records are taken together. Only profiles with status 1 count. Windows are half-open, [as_of - days, as_of).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from sandbox.sample_data import metrics
from sandbox.sample_data.behaviour import Action
from sandbox.sample_data.moments import DAY
from sandbox.sample_data.world import RED

Question = Callable[[Sequence[Action], int], bool]


def _bought(category: str, days: int, colour: str = "") -> Question:
    def holds(actions: Sequence[Action], as_of: int) -> bool:
        return any(
            line.product.category == category and (not colour or line.colour == colour)
            for action in actions
            if action.metric in metrics.PURCHASES and action.order and action.at >= as_of - days * DAY
            for line in action.order.lines
        )

    return holds


def _kept(category: str, days: int) -> Question:
    """Bought in the window and, whenever it was, not given back in full by a return or a cancelled order."""

    def holds(actions: Sequence[Action], as_of: int) -> bool:
        left: Counter[tuple[str, int]] = Counter()
        for action in actions:
            if not action.order:
                continue
            in_window = action.metric in metrics.PURCHASES and action.at >= as_of - days * DAY
            given_back = action.metric in {metrics.RETURN, metrics.CANCEL}
            for line in action.order.lines:
                if line.product.category != category:
                    continue
                place = (action.order.number, line.product.place)
                if in_window:
                    left[place] += line.quantity
                elif given_back and place in left:
                    left[place] -= line.quantity
        return any(quantity > 0 for quantity in left.values())

    return holds


def _did(metric: str, days: int) -> Question:
    return lambda actions, as_of: any(action.metric == metric and action.at >= as_of - days * DAY for action in actions)


def _carted_not_bought(days: int) -> Question:
    def holds(actions: Sequence[Action], as_of: int) -> bool:
        recent = {action.metric for action in actions if action.at >= as_of - days * DAY}
        return metrics.ADD_TO_CART in recent and not recent & metrics.PURCHASES

    return holds


def _net_spending(least_vnd: float) -> Question:
    def holds(actions: Sequence[Action], as_of: int) -> bool:
        net = 0.0
        for action in actions:
            if action.order and action.metric in metrics.PURCHASES:
                net += action.order.in_vnd()
            elif action.order and action.metric in metrics.GIVEN_BACK:
                net -= action.order.in_vnd()
        return net >= least_vnd

    return holds


def _campaign(key: str, metric: str) -> Question:
    return lambda actions, as_of: any(action.metric == metric and action.campaign == key for action in actions)


def _campaign_purchase(key: str) -> Question:
    return lambda actions, as_of: any(
        action.metric in metrics.PURCHASES and action.campaign == key for action in actions
    )


def retail_questions(campaigns: Mapping[str, str]) -> dict[str, Question]:
    """The questions of the LEO tenant; ``campaigns`` gives the key of each campaign's tag."""
    questions: dict[str, Question] = {
        "bought_socks_60d": _bought("Socks", 60),
        "bought_red_socks_60d": _bought("Socks", 60, RED),
        "bought_and_kept_socks_60d": _kept("Socks", 60),
        "bought_camping_and_hiking_90d": _bought("Camping & Hiking", 90),
        "viewed_an_item_30d": _did(metrics.ITEM_VIEW, 30),
        "carted_not_bought_30d": _carted_not_bought(30),
        "returned_365d": _did(metrics.RETURN, 365),
        "net_spending_10m_vnd": _net_spending(10_000_000),
    }
    for tag, key in campaigns.items():
        questions[f"{tag}_sent"] = _campaign(key, metrics.EMAIL_SENT)
        questions[f"{tag}_opened"] = _campaign(key, metrics.EMAIL_OPEN)
        questions[f"{tag}_clicked"] = _campaign(key, metrics.EMAIL_CLICK)
        questions[f"{tag}_bought"] = _campaign_purchase(key)
    return questions


class Truth:
    """The answers so far."""

    def __init__(self, questions: Mapping[str, Question], as_of: int) -> None:
        self._questions = questions
        self._as_of = as_of
        self.profiles: Counter[str] = Counter()
        self.persons: Counter[str] = Counter()

    def ask(self, records: Sequence[tuple[int, Sequence[Action]]]) -> None:
        """Count one block of profiles, each given as (person, actions)."""
        persons: defaultdict[int, list[Sequence[Action]]] = defaultdict(list)
        for person, actions in records:
            if actions:
                persons[person].append(actions)
        for parts in persons.values():
            merged = parts[0] if len(parts) == 1 else [action for part in parts for action in part]
            for name, holds in self._questions.items():
                self.persons[name] += holds(merged, self._as_of)
                for part in parts:
                    self.profiles[name] += holds(part, self._as_of)

    def report(self) -> dict[str, dict[str, int]]:
        return {name: {"profiles": self.profiles[name], "persons": self.persons[name]} for name in self._questions}
