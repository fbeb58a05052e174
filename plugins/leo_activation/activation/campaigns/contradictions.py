"""What a campaign says against itself, in words a marketer can act on. Nothing here looks into the warehouse."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from leo_activation.activation.campaigns.campaign import Campaign
from leo_activation.activation.campaigns.schedules import Once, due_moment, is_over, next_moment
from leo_activation.activation.campaigns.variants import check_variants
from leo_activation.errors import Permanent
from leo_activation.told import Told, without_stop

CAMPAIGN_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
PRIORITIES = range(1, 1001)
LONG_AGO = timedelta(days=1)
"""A moment is no mistake yet when it passed while a campaign was written, reviewed, or changed the day after."""


def contradictions(campaign: Campaign, *, now: datetime, time_zone: str) -> list[Told]:
    """Everything that cannot be meant, as sentences that begin with the `field`, then `words`; empty where nothing is.

    Args:
        now: when it is asked; a schedule that is over by then can never come.
        time_zone: the tenant's.
    """
    return [
        *_of_the_name(campaign),
        *_of_the_segments(campaign),
        *_of_the_channels(campaign),
        *_of_the_variants(campaign),
        *_of_the_schedule(campaign, now, time_zone),
    ]


def _of_the_name(campaign: Campaign) -> list[Told]:
    found = []
    if not CAMPAIGN_ID.fullmatch(campaign.campaign_id):
        found.append(_against("id", Told.of("small letters, digits and _, at most 63, and a letter or digit first")))
    if not campaign.name.strip():
        found.append(_against("name", Told.of("is empty")))
    if not campaign.requested_by.strip():
        found.append(_against("requested_by", Told.of("is empty")))
    if campaign.priority not in PRIORITIES:
        found.append(
            _against(
                "priority",
                Told.of(
                    "{priority} is not between 1 (goes first) and {last}",
                    priority=campaign.priority,
                    last=PRIORITIES[-1],
                ),
            )
        )
    return found


def _of_the_segments(campaign: Campaign) -> list[Told]:
    wanted = campaign.segment_ids
    found = [_against("segments", Told.of("'{twice}' is named twice", twice=twice)) for twice in _repeated(wanted)]
    found += [
        _against("without", Told.of("'{twice}' is named twice", twice=twice))
        for twice in _repeated(campaign.without_segment_ids)
    ]
    both = sorted(set(wanted) & set(campaign.without_segment_ids))
    found += [
        _against(
            "without", Told.of("'{segment}' is among the segments too, so that nobody of it is left", segment=segment)
        )
        for segment in both
    ]
    return found


def _of_the_channels(campaign: Campaign) -> list[Told]:
    found = [] if campaign.channels else [_against("channels", Told.of("there is none"))]
    found += [
        _against("channels", Told.of("{twice} is named twice", twice=twice)) for twice in _repeated(campaign.channels)
    ]
    policy = campaign.policy
    named = {
        "policy.cost_minor": tuple(policy.cost_minor),
        "policy.caps": tuple(cap.channel for cap in policy.caps if cap.channel != "any"),
        "policy.quiet_hours": tuple(quiet.channel for quiet in policy.quiet_hours if quiet.channel != "any"),
    }
    for place, channels in named.items():
        found += [
            _against(place, Told.of("{channel} is no channel of this campaign", channel=channel))
            for channel in channels
            if channel not in campaign.channels
        ]
    return found


def _of_the_variants(campaign: Campaign) -> list[Told]:
    try:
        check_variants(campaign.variants)
    except Permanent as error:
        return [_against("variants", without_stop(error.sentence))]
    return []


def _of_the_schedule(campaign: Campaign, now: datetime, time_zone: str) -> list[Told]:
    schedule = campaign.schedule
    if isinstance(schedule, Once):
        found = []
        if schedule.at is not None and due_moment(schedule, None, now, now - LONG_AGO, time_zone) is not None:
            found.append(
                _against(
                    "schedule.at",
                    Told.of("has passed already; without it the campaign goes out as soon as it is approved"),
                )
            )
        if campaign.re_entry.rule != "never":
            found.append(
                _against(
                    "re_entry",
                    Told.of("a campaign that goes out once has none; it is for recurring ones and those on entry"),
                )
            )
        return found
    if is_over(schedule, now, time_zone):
        return [_against("schedule.until", Told.of("has passed already"))]
    if schedule.kind == "recurring" and next_moment(schedule, now, time_zone) is None:
        return [_against("schedule", Told.of("does not come before its 'until'"))]
    return []


def _against(field: str, words: str) -> Told:
    return Told.of("{field}: {words}", field=field, words=words)


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)
