"""The edges of LEO's profile graph: what people looked at and bought, and how they are related."""

from collections.abc import Sequence
from enum import IntEnum

from sandbox.sample_data import metrics
from sandbox.sample_data.documents import Record, encode
from sandbox.sample_data.metrics import METRICS
from sandbox.sample_data.moments import iso_ms, revision
from sandbox.sample_data.streams import stable_key
from sandbox.sample_data.tenant import product_reference
from sandbox.sample_data.world import Product


class Relation(IntEnum):
    """LEO's relationship types as used here. FRIENDSHIP stands for a referral: ``_from`` brought ``_to``."""

    SAME_PERSON = 1
    FAMILY = 2
    FRIENDSHIP = 3


def product_edges(seed: int, record: Record, products: Sequence[Product]) -> list[str]:
    lines = []
    for place, tie in record.summary.ties.items():
        product = products[place]
        key = stable_key(seed, "tie", f"{record.slot.index}/{place}")
        lines.append(
            encode(
                {
                    "_key": key,
                    "_id": f"cdp_profile2product/{key}",
                    "_rev": revision(tie.last + 1500, place),
                    "_from": f"cdp_profile/{record.key}",
                    "_to": product_reference(product),
                    "eventMetricId": tie.metric,
                    "eventScore": tie.score,
                    "totalEvent": tie.events,
                    "indexScore": 0,
                    "segmentIds": [],
                    "assetGroupIds": ["main-catalogue"],
                    "targetMediaUnitId": "",
                    "discount": 0.0,
                    "discountCode": "",
                    "createdAt": iso_ms(tie.first),
                    "updatedAt": iso_ms(tie.last),
                }
            )
        )
    return lines


def profile_edge(seed: int, from_key: str, to_key: str, relation: Relation, score: int, at: int) -> str:
    key = stable_key(seed, "relation", f"{from_key}/{to_key}/{relation.value}")
    metric = metrics.SHARING if relation is Relation.FRIENDSHIP else metrics.PAGE_VIEW
    return encode(
        {
            "_key": key,
            "_id": f"cdp_profile2profile/{key}",
            "_rev": revision(at, relation),
            "_from": f"cdp_profile/{from_key}",
            "_to": f"cdp_profile/{to_key}",
            "relationshipTypes": {str(relation.value): score},
            "singleViewScore": score if relation is Relation.SAME_PERSON else 0,
            "eventMetricId": metric,
            "eventScore": METRICS[metric].score,
            "totalEvent": 1,
            "indexScore": 0,
            "segmentIds": [],
            "assetGroupIds": [],
            "targetMediaUnitId": "",
            "createdAt": iso_ms(at),
            "updatedAt": iso_ms(at),
        }
    )
