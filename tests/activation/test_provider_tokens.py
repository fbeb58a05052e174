"""Tokens that rotate: one renewal for all workers, kept before it is used, and told honestly where it is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest

from leo_activation.activation.channels.zalo.account import GrantLost, NewTokens, ZaloAccount, renew
from leo_activation.activation.channels.zalo.channel import AccessToken, ZaloChannel
from leo_activation.activation.safety.provider_tokens import ProviderTokens, authorise, list_tokens
from leo_activation.activation.safety.sealed import Sealer
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.zalo.api import APP_ID, APP_SECRET
from tests.activation.channels.conformance import send
from tests.activation.channels.test_zalo import CARE

SEALER = Sealer(b"a key that only these tests know, 32")
GRANTS = count(1)
WORKERS = 6


class Died(BaseException):
    """A worker that was killed."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def account(sandbox: SandboxProcess) -> ZaloAccount:
    url = sandbox.zalo_url
    return ZaloAccount(APP_ID, APP_SECRET, f"{url}/openapi", f"{url}/business", f"{url}/oauth")


@pytest.fixture
def first(sandbox: SandboxProcess) -> str:
    return f"first-of-{sandbox.process_id}-{next(GRANTS)}"


def tokens_of(
    warehouse: Warehouse,
    tenant: Tenant,
    account: ZaloAccount,
    first: str | None = None,
    renewal: Callable[[str], NewTokens] | None = None,
) -> ProviderTokens:
    """What one worker holds."""
    return ProviderTokens(
        warehouse, tenant.tenant_id, "zalo", SEALER, renewal or (lambda token: renew(account, token)), first
    )


def change(warehouse: Warehouse, tenant: Tenant, assignment: str) -> None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(f"UPDATE activation.provider_token SET {assignment}")


def generation(warehouse: Warehouse, tenant: Tenant) -> int:
    (state,) = list_tokens(warehouse, tenant.tenant_id)
    return state.generation


def test_the_first_grant_is_spent_once_and_the_pair_is_sealed(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str
) -> None:
    token = tokens_of(warehouse, tenant, account, first).current()
    again = tokens_of(warehouse, tenant, account, first).current()

    assert (token, token.generation) == (again, 2)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        row = connection.execute("SELECT access_token, refresh_token FROM activation.provider_token").fetchone()
    assert row is not None
    assert token.value.encode() not in bytes(row[0])
    assert SEALER.open(row[0]) == token.value
    assert first.encode() not in bytes(row[1])


def test_of_workers_who_renew_at_once_one_asks_and_all_have_its_pair(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str, sandbox: SandboxProcess
) -> None:
    tokens_of(warehouse, tenant, account, first).current()
    change(warehouse, tenant, "access_until = clock_timestamp() - interval '1 minute'")
    asked: list[str] = []
    ready = Barrier(WORKERS)

    def renewal(token: str) -> NewTokens:
        asked.append(token)
        return renew(account, token)

    def work(_: int) -> AccessToken:
        mine = tokens_of(warehouse, tenant, account, first, renewal)
        ready.wait(30)
        return mine.current()

    with ThreadPoolExecutor(WORKERS) as pool:
        got = list(pool.map(work, range(WORKERS)))

    assert len(asked) == 1
    assert len(set(got)) == 1
    (state,) = list_tokens(warehouse, tenant.tenant_id)
    assert (state.generation, state.state, state.renewing_since) == (got[0].generation, "valid", None)


def test_the_new_pair_is_committed_before_anybody_has_its_token(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str
) -> None:
    seen: list[int] = []

    def renewal(token: str) -> NewTokens:
        new = renew(account, token)
        # The row is held by this renewal, and another connection still sees the old pair.
        seen.append(generation(warehouse, tenant))
        return new

    token = tokens_of(warehouse, tenant, account, first, renewal).current()

    assert seen == [1]
    assert generation(warehouse, tenant) == token.generation == 2


def test_a_worker_that_dies_between_the_answer_and_the_commit_loses_the_grant_and_it_is_told(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str, sandbox: SandboxProcess
) -> None:
    def dies(token: str) -> NewTokens:
        renew(account, token)
        raise Died

    with pytest.raises(Died):
        tokens_of(warehouse, tenant, account, first, dies).current()
    (before,) = list_tokens(warehouse, tenant.tenant_id)
    with pytest.raises(Configuration, match=r"authorised again.*was not heard of again"):
        tokens_of(warehouse, tenant, account, first).current()
    (lost,) = list_tokens(warehouse, tenant.tenant_id)

    assert before.renewing_since is not None
    assert (lost.state, lost.needs_a_person) == ("authorise again", True)
    assert first not in str(lost.lost_reason)
    # The next worker asks Zalo nothing: it is told at once.
    with pytest.raises(Configuration, match="authorised again"):
        tokens_of(warehouse, tenant, account, first, dies).current()

    given = sandbox.order("zalo", "authorise")["refresh_token"]
    assert authorise(warehouse, tenant.tenant_id, "zalo", SEALER, given, granted_by="Hoa")
    assert list_tokens(warehouse, tenant.tenant_id)[0].state == "given, not used yet"
    token = tokens_of(warehouse, tenant, account, first).current()
    assert list_tokens(warehouse, tenant.tenant_id)[0].state == "valid"
    (answer,) = send(ZaloChannel(account, tokens_of(warehouse, tenant, account, first)), CARE)
    assert answer.outcome is Outcome.ACCEPTED
    assert token.generation > lost.generation


def test_a_connection_that_is_lost_after_the_answer_loses_no_grant(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str
) -> None:
    def cut_off(token: str) -> NewTokens:
        new = renew(account, token)
        with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = current_user AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
            ).fetchall()
        assert ended == [(True,)]
        # Meanwhile another worker holds the row, and is told that the token is spent.
        with pytest.raises(Configuration, match="authorised again"):
            tokens_of(warehouse, tenant, account, first).current()
        return new

    token = tokens_of(warehouse, tenant, account, first, cut_off).current()

    assert token.generation == 2
    (state,) = list_tokens(warehouse, tenant.tenant_id)
    assert (state.state, state.generation, state.lost_reason) == ("valid", 2, None)
    change(warehouse, tenant, "access_until = clock_timestamp() - interval '1 minute'")
    assert tokens_of(warehouse, tenant, account, first).current().generation == 3


def test_a_grant_is_taken_once_whoever_gives_it_again(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str, sandbox: SandboxProcess
) -> None:
    tokens_of(warehouse, tenant, account, first).current()
    other = sandbox.order("zalo", "authorise")["refresh_token"]
    assert authorise(warehouse, tenant.tenant_id, "zalo", SEALER, other, granted_by="Hoa")

    # The connection still names the first one, which is spent.
    now = tokens_of(warehouse, tenant, account, first).current()
    assert not authorise(warehouse, tenant.tenant_id, "zalo", SEALER, first, granted_by="Hoa")
    assert not authorise(warehouse, tenant.tenant_id, "zalo", SEALER, other, granted_by="Hoa")

    assert tokens_of(warehouse, tenant, account, first).current() == now


def test_a_token_is_renewed_hours_before_it_ends_and_an_outage_costs_nothing(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str
) -> None:
    old = tokens_of(warehouse, tenant, account, first).current()
    change(warehouse, tenant, "access_until = clock_timestamp() + interval '4 hours'")

    def down(_: str) -> NewTokens:
        raise Transient("Zalo's authorisation cannot be reached.")

    assert tokens_of(warehouse, tenant, account, first, down).current() == old
    assert list_tokens(warehouse, tenant.tenant_id)[0].state == "a renewal was not heard of again"
    assert tokens_of(warehouse, tenant, account, first).current().generation == old.generation + 1


def test_a_token_that_zalo_refuses_is_renewed_by_the_first_who_meets_it(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str, sandbox: SandboxProcess
) -> None:
    one, two = (tokens_of(warehouse, tenant, account, first) for _ in range(2))
    refused = one.current()
    assert two.current() == refused
    sandbox.order("zalo", "tokens/end")

    renewed = one.after(refused)

    assert renewed.generation == refused.generation + 1
    assert two.after(refused) == renewed
    (answer,) = send(ZaloChannel(account, two), CARE)
    assert answer.outcome is Outcome.ACCEPTED


def test_a_refresh_token_is_kept_even_where_no_access_token_came_with_it(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str
) -> None:
    spent: list[str] = []

    def half(token: str) -> NewTokens:
        new = renew(account, token)
        return NewTokens(new.refresh_token, None, timedelta(hours=1))

    def whole(token: str) -> NewTokens:
        spent.append(token)
        return renew(account, token)

    with pytest.raises(Transient, match="no access token"):
        tokens_of(warehouse, tenant, account, first, half).current()

    assert tokens_of(warehouse, tenant, account, first, whole).current().generation == 3
    assert spent != [first]


def test_a_key_of_the_seal_that_changed_is_said_and_nothing_is_spent(
    warehouse: Warehouse, tenant: Tenant, account: ZaloAccount, first: str
) -> None:
    tokens_of(warehouse, tenant, account, first).current()
    asked: list[str] = []

    def renewal(token: str) -> NewTokens:
        asked.append(token)
        raise GrantLost("never asked")

    other = ProviderTokens(warehouse, tenant.tenant_id, "zalo", Sealer(b"o" * 32), renewal)
    with pytest.raises(Configuration, match="cannot be opened"):
        other.current()
    assert asked == []


def test_nobody_authorised_is_a_sentence(warehouse: Warehouse, tenant: Tenant, account: ZaloAccount) -> None:
    with pytest.raises(Configuration, match=r"Nobody has authorised zalo yet: ./leo provider authorise zalo"):
        tokens_of(warehouse, tenant, account).current()
    assert list_tokens(warehouse, tenant.tenant_id) == []


@pytest.mark.parametrize("role", [DatabaseRole.LOADER, DatabaseRole.READER])
def test_only_the_writer_reads_tokens(warehouse: Warehouse, tenant: Tenant, role: DatabaseRole) -> None:
    import psycopg

    with warehouse.connect(role, tenant.tenant_id) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT access_token FROM activation.provider_token")
