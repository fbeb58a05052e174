"""Test sends: what a campaign says, at the address of whoever wants to see it.

A test is a run of its own kind with deliveries to nobody but the person who asked: it goes through ledger, guard and
allow-list like any other, changes nothing about the campaign, and counts nowhere.
"""

import logging
from uuid import uuid4

from leo_activation.activation.campaigns.content import read_content
from leo_activation.activation.campaigns.forms import forms_of
from leo_activation.activation.rows import only_row
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import read_staff
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

TEST_CHANNEL = "email"
"""The one channel on which addresses of staff are known."""


def send_test(
    warehouse: Warehouse, tenant_id: str, campaign_id: str, user_id: str, *, key: bytes, name: str | None = None
) -> int:
    """Plan a test of a campaign to a user's own address: one message a language and variant.

    The messages are in the ledger and ready when this returns; `dispatch` of the run sends them, at the latest by the
    next look for due runs.

    Args:
        user_id: Airflow's user id, whose address is set by `./leo staff set`.
        key: the pseudonym key, by which addresses are hashed.
        name: what makes the test one; the same name plans nothing a second time. None: a new one.

    Returns:
        The campaign run's id.

    Raises:
        Permanent: there is no such campaign, it lacks something, it has nothing on e-mail, or nobody knows the address.
    """
    staff = read_staff(warehouse, [user_id])
    if not staff:
        raise Permanent(Told.of("No address of {user_id} is known: set one by ./leo staff set.", user_id=user_id))
    named = {"tenant_id": tenant_id, "campaign_id": campaign_id, "orchestrator_run_id": f"test-{name or uuid4().hex}"}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        content = read_content(connection, tenant_id, campaign_id)
        if TEST_CHANNEL not in content.channels:
            raise Permanent(
                Told.of(
                    "The campaign '{campaign_id}' is not on e-mail, the channel that staff is reached on.",
                    campaign_id=campaign_id,
                )
            )
        opened = connection.execute(
            statement("activation/runs/open_test_run"),
            {
                **named,
                "segment_version": content.segment_version,
                "version": content.version,
                "hash": content.hash,
                "user_id": user_id,
            },
        ).fetchone()
        if opened is None:
            return int(only_row(connection.execute(statement("activation/find_run"), named))[0])
        forms = [form for form in forms_of(content) if form.channel == TEST_CHANNEL]
        copies = connection.execute(
            statement("activation/runs/add_reviewer_copies"),
            {
                "tenant_id": tenant_id,
                "campaign_run_id": opened[0],
                "user_id": user_id,
                "channel": TEST_CHANNEL,
                "address": staff[0].email,
                "key": key,
                "languages": [form.language for form in forms],
                "variants": [form.variant for form in forms],
            },
        ).rowcount
    logger.info("Run %d is a test of campaign %s: %d messages.", opened[0], campaign_id, copies)
    return int(opened[0])
