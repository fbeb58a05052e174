"""The versions of a segment, retired ones included: what each says, whoever asks about it later."""

from dataclasses import dataclass

from pydantic import ValidationError

from leo_activation.errors import Permanent
from leo_activation.segments.definition import Readings
from leo_activation.segments.meaning import READINGS
from leo_activation.segments.plan import SegmentPlan
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Version:
    """A version of a segment, in whatever state: draft, active or retired."""

    segment_id: str
    version: int
    state: str
    name: str
    plan: SegmentPlan
    readings: Readings
    hash: str


def read_version(connection: Connection, tenant_id: str, segment_id: str, version: int | None = None) -> Version:
    """A version of a segment, the active one unless named; the connection is bound to the tenant (writer).

    Raises:
        Permanent: no such segment or version, none that is active, or one that the plan language no longer knows.
    """
    rows = connection.execute(
        statement("segments/why/list_versions"), {"tenant_id": tenant_id, "segment_id": segment_id}
    ).fetchall()
    if not rows:
        raise Permanent(
            Told.of("There is no segment '{segment_id}' of '{tenant_id}'.", segment_id=segment_id, tenant_id=tenant_id)
        )
    kept = ", ".join(f"{number} ({state})" for number, state, *_ in rows)
    for number, state, name, plan, meaning, content_hash in rows:
        if number == version or (version is None and state == "active"):
            try:
                return Version(
                    segment_id=segment_id,
                    version=int(number),
                    state=state,
                    name=name,
                    plan=SegmentPlan.model_validate(plan),
                    readings=READINGS.validate_python(meaning),
                    hash=content_hash,
                )
            except ValidationError as error:
                raise Permanent(
                    Told.of(
                        "Version {number} of the segment '{segment_id}' says what the plan language no longer knows.",
                        number=number,
                        segment_id=segment_id,
                    )
                ) from error
    if version is None:
        raise Permanent(
            Told.of(
                "The segment '{segment_id}' of '{tenant_id}' has no active version; there are {kept}.",
                segment_id=segment_id,
                tenant_id=tenant_id,
                kept=kept,
            )
        )
    raise Permanent(
        Told.of(
            "The segment '{segment_id}' of '{tenant_id}' has no version {version}; there are {kept}.",
            segment_id=segment_id,
            tenant_id=tenant_id,
            version=version,
            kept=kept,
        )
    )
