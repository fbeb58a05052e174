"""What was worked out of customers: interests, segments, messages received, and where they can be reached."""

from collections.abc import Sequence
from typing import LiteralString

from psycopg import sql

from leo_activation.segments.plan import Exposure, Interest, Reachability, Reachable, SegmentMember, TopicName
from leo_activation.segments.sql.filters import all_of, within
from leo_activation.segments.sql.parameters import ParametersOfPlan

_REACHED: dict[Reachability, LiteralString] = {
    Reachability.BOTH: "has_address AND has_consent",
    Reachability.ADDRESS: "has_address",
    Reachability.CONSENT: "has_consent",
}


def interested(parameters: ParametersOfPlan, leaf: Interest) -> sql.Composed:
    """The customers with the interest."""
    asked: list[sql.Composable] = [_is_topic(parameters, "interest", leaf)]
    if leaf.primary:
        asked.append(sql.SQL("interest.is_primary"))
    if leaf.min_score is not None:
        asked.append(sql.SQL("interest.score >= {}").format(parameters.bind("score", leaf.min_score)))
    if leaf.more_than is not None:
        asked.append(
            sql.SQL(
                "NOT EXISTS (SELECT FROM {others} WHERE other.customer_id = interest.customer_id "
                "AND other.score >= interest.score AND {})"
            ).format(
                _is_topic(parameters, "other", leaf.more_than),
                others=parameters.tables.source("interests", "other"),
            )
        )
    return sql.SQL("SELECT interest.customer_id FROM {interests} WHERE {} {among}").format(
        all_of(asked), **_interests(parameters)
    )


def interested_in_any(parameters: ParametersOfPlan, topic_ids: Sequence[str]) -> sql.Composed:
    """The customers with an interest in one of some topics, `<type>:<topic>`."""
    return sql.SQL(
        "SELECT DISTINCT interest.customer_id FROM {interests} "
        "WHERE interest.topic_type || ':' || interest.topic = ANY ({}) {among}"
    ).format(parameters.bind("topics", list(topic_ids)), **_interests(parameters))


def scored(parameters: ParametersOfPlan, topic: TopicName) -> sql.Composed:
    """The score of every customer with the interest, as `measured`."""
    return sql.SQL("SELECT interest.customer_id, interest.score AS measured FROM {interests} WHERE {} {among}").format(
        _is_topic(parameters, "interest", topic), **_interests(parameters)
    )


def belongs(parameters: ParametersOfPlan, leaf: SegmentMember) -> sql.Composed:
    """The members of another segment."""
    return sql.SQL("SELECT membership.customer_id FROM {memberships} WHERE membership.segment_id = {} {among}").format(
        parameters.bind("segment", leaf.segment_id),
        memberships=parameters.tables.source("memberships", "membership"),
        among=parameters.of_asked("membership.customer_id"),
    )


def touched(parameters: ParametersOfPlan, leaf: Exposure) -> sql.Composed:
    """The customers with enough such messages."""
    return sql.SQL(
        "SELECT touch.customer_id FROM {touches} WHERE {} {among} GROUP BY touch.customer_id HAVING count(*) >= {}"
    ).format(
        such_touches(parameters, leaf),
        parameters.bind("messages", leaf.min_count),
        touches=parameters.tables.source("touches", "touch"),
        among=parameters.of_asked("touch.customer_id"),
    )


def such_touches(parameters: ParametersOfPlan, leaf: Exposure) -> sql.Composable:
    """What has to hold of a `touch`."""
    asked: list[sql.Composable] = [sql.SQL("touch.exposure = {}").format(parameters.bind("exposure", leaf.exposure))]
    if leaf.campaigns:
        asked.append(sql.SQL("touch.campaign_id = ANY ({})").format(parameters.bind("campaigns", [*leaf.campaigns])))
    if leaf.channel is not None:
        asked.append(sql.SQL("touch.channel = {}").format(parameters.bind("channel", leaf.channel)))
    asked.extend(within(parameters, sql.SQL("touch.occurred_at"), leaf.window))
    return all_of(asked)


def reached(parameters: ParametersOfPlan, leaf: Reachable) -> sql.Composed:
    """The customers who can be reached on the channel, as of the last sync."""
    return sql.SQL(
        "SELECT reachability.customer_id FROM {reachability} WHERE reachability.channel = {} AND {} {among}"
    ).format(
        parameters.bind("channel", leaf.channel),
        sql.SQL(_REACHED[leaf.by]),
        reachability=parameters.tables.source("reachability", "reachability"),
        among=parameters.of_asked("reachability.customer_id"),
    )


def _interests(parameters: ParametersOfPlan) -> dict[str, sql.Composable]:
    return {
        "interests": parameters.tables.source("interests", "interest"),
        "among": parameters.of_asked("interest.customer_id"),
    }


def _is_topic(parameters: ParametersOfPlan, alias: str, topic: Interest | TopicName) -> sql.Composed:
    return sql.SQL("{alias}.topic_type = {topic_type} AND {alias}.topic = {topic}").format(
        alias=sql.Identifier(alias),
        topic_type=parameters.bind("topic_type", topic.topic_type),
        topic=parameters.bind("topic", topic.topic),
    )
