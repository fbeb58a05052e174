"""Posts on a Page over real sockets: published once or not known to be, and settled by the Page's feed alone."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from leo_activation.activation import allow_addresses, engage_kill_switch, release_kill_switch
from leo_activation.activation.channels import Answer
from leo_activation.activation.channels.facebook.graph import GraphSettings
from leo_activation.activation.page_posts.approval import (
    PostAnswerRefused,
    PostDecision,
    decide_post,
    posts_to_review,
    read_post,
    review_post,
)
from leo_activation.activation.page_posts.feed import A_PAGE, MOST_PAGES, PageFeed
from leo_activation.activation.page_posts.post import NewPost, PostState
from leo_activation.activation.page_posts.post_files import read_post_file
from leo_activation.activation.page_posts.publishing import MOST_ATTEMPTS, begin_attempt, publish_due, record_answer
from leo_activation.activation.page_posts.reconciling import reap_posts, settle_unknown_posts
from leo_activation.activation.page_posts.submission import list_posts, submit_post, withdraw_post
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, LinkHosts, save_policy
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, set_armed
from sandbox.graph.contract import APP_SECRET
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.channels.servers import SILENCE, Asked, HttpServer, Said, http
from tests.activation.channels.test_messenger import error
from tests.activation.shop import PRODUCTION, SANDBOX

PAGE = "1029384756"
NOW = datetime.now(UTC)
POST = NewPost(
    "autumn", PAGE, "Tất đỏ đã về.\nMời bạn ghé cửa hàng!", NOW - timedelta(hours=1), NOW + timedelta(hours=9)
)


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


class Desk:
    """One tenant with a Page, whose posts are approved as soon as they are submitted."""

    def __init__(self, warehouse: Warehouse, tenant_id: str, key: bytes, url: str) -> None:
        self.warehouse, self.tenant_id, self.key = warehouse, tenant_id, key
        self.feed = self.feed_at(url)
        allow_addresses(warehouse, tenant_id, "messenger", [PAGE], "test", key)

    def feed_at(self, url: str) -> PageFeed:
        return PageFeed(GraphSettings(PAGE, f"EAAPage{PAGE}", APP_SECRET, url, timeout_s=0.5))

    def submit(self, post: NewPost = POST) -> int:
        return submit_post(self.warehouse, self.tenant_id, post, "linh").post_id

    def decide(
        self, post_id: int, by: str = "petr", decision: PostDecision = PostDecision.APPROVE, shown: str = ""
    ) -> str:
        found = read_post(self.warehouse, self.tenant_id, post_id)
        return decide_post(
            self.warehouse,
            self.tenant_id,
            post_id,
            decision=decision,
            decided_by=by,
            decided_at=NOW,
            hash=shown or found.hash,
        )

    def approved(self, post: NewPost = POST) -> int:
        post_id = self.submit(post)
        assert self.decide(post_id) == PostState.APPROVED
        return post_id

    def publish(self, feed: PageFeed | None = None, guard: Any = SANDBOX) -> dict[str, int]:
        done = publish_due(self.warehouse, self.tenant_id, feed or self.feed, worker="w", guard=guard, key=self.key)
        return {name: count for name, count in vars(done).items() if count}

    def state(self, post_id: int) -> str:
        return str(read_post(self.warehouse, self.tenant_id, post_id).state)

    def alter(self, assignment: str) -> None:
        """Let time pass for the tenant's posts."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            connection.execute(f"UPDATE activation.page_post SET {assignment}".encode())

    def attempts(self) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            query = "SELECT post_id, fence, outcome FROM activation.page_post_attempt ORDER BY started_at"
            return connection.execute(query).fetchall()


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def desk(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes, sandbox: SandboxProcess) -> Desk:
    return Desk(warehouse, tenant.tenant_id, pseudonym_key, sandbox.graph_url)


def on_page(sandbox: SandboxProcess) -> list[str]:
    return [json.loads(line["message"])["message"] for line in sandbox.journal() if line["outcome"] == "accepted"]


def test_a_post_is_published_once_after_somebody_else_approved_it(desk: Desk, sandbox: SandboxProcess) -> None:
    post_id = desk.submit()
    assert posts_to_review(desk.warehouse, desk.tenant_id) == [(post_id, 1)]
    assert desk.publish() == {}
    with pytest.raises(PostAnswerRefused, match="linh"):
        desk.decide(post_id, by="linh")
    with pytest.raises(PostAnswerRefused, match="changed"):
        desk.decide(post_id, shown="of something else")
    assert [desk.decide(post_id), desk.decide(post_id)] == [PostState.APPROVED] * 2
    assert posts_to_review(desk.warehouse, desk.tenant_id) == []

    assert desk.publish() == {"published": 1}
    assert desk.publish() == {}

    (listed,) = list_posts(desk.warehouse, desk.tenant_id)
    assert (listed.state, listed.decided_by, listed.settled_by) == ("published", "petr", "answer")
    assert listed.facebook_id is not None
    assert listed.facebook_id.startswith(f"{PAGE}_")
    assert on_page(sandbox) == [POST.message]
    with desk.warehouse.connect(DatabaseRole.WRITER, desk.tenant_id) as connection:
        noted = connection.execute(
            "SELECT action, actor FROM audit.pending WHERE reference = %s ORDER BY pending_id", [f"page_post:{post_id}"]
        ).fetchall()
    assert noted[0] == ("page_post.submitted", "linh")
    # The decision and what follows from it are one statement.
    assert set(noted[1:3]) == {("decision.approve", "petr"), ("page_post.approved", None)}
    assert noted[3:] == [("page_post.publishing", None), ("page_post.published", None)]


def test_other_words_are_decided_about_again_and_the_same_ones_are_not(desk: Desk, sandbox: SandboxProcess) -> None:
    post_id = desk.approved()
    again = submit_post(desk.warehouse, desk.tenant_id, POST, "linh")
    assert (again.post_id, again.version, again.state) == (post_id, 1, PostState.APPROVED)

    changed = submit_post(desk.warehouse, desk.tenant_id, replace(POST, message="Other words"), "linh")
    assert (changed.post_id, changed.version, changed.state) == (post_id, 2, PostState.SUBMITTED)
    assert desk.publish() == {}
    assert desk.decide(post_id, decision=PostDecision.REJECT) == PostState.REJECTED

    back = submit_post(desk.warehouse, desk.tenant_id, replace(POST, message="Other words"), "linh")
    assert (back.version, desk.decide(post_id)) == (3, PostState.APPROVED)
    assert desk.publish() == {"published": 1}
    assert on_page(sandbox) == ["Other words"]
    with pytest.raises(Permanent, match="another name"):
        desk.submit(POST)


def test_each_fault_ends_as_what_it_proves_and_what_is_unknown_is_settled_by_the_feed_alone(
    desk: Desk, sandbox: SandboxProcess
) -> None:
    faults = {
        "rate_limited": ({"later": 1}, 0),
        "server_error_rejected": ({"unknown": 1}, 0),
        "server_error_accepted": ({"unknown": 1}, 1),
        "unavailable": ({"unknown": 1}, 0),
        "stall": ({"unknown": 1}, 1),
        "reset_before_reading": ({"unknown": 1}, 0),
        "accept_then_reset": ({"unknown": 1}, 1),
        "malformed_accepted": ({"unknown": 1}, 1),
        "malformed_rejected": ({"unknown": 1}, 0),
        "slow_drip": ({"unknown": 1}, 1),
        "error_in_200": ({"unknown": 1}, 0),
        "bad_request": ({"refused": 1}, 0),
        "duplicate": ({"refused": 1}, 0),
    }
    found, posts = {}, {}
    for scenario in faults:
        posts[scenario] = desk.approved(replace(POST, name=scenario, message=f"Tất đỏ: {scenario}"))
        sandbox.scenario("page_posts", scenario)
        ends = desk.publish()
        # A second round touches nothing of it.
        assert desk.publish() == {}
        found[scenario] = (ends, on_page(sandbox).count(f"Tất đỏ: {scenario}"))
    sandbox.scenario("page_posts", "ok")

    settled = settle_unknown_posts(desk.warehouse, desk.tenant_id, desk.feed)

    assert found == faults
    assert settled == sum(taken for _, taken in faults.values())
    states = {scenario: desk.state(post_id) for scenario, post_id in posts.items()}
    assert states.pop("rate_limited") == "approved"
    for scenario, state in states.items():
        ends, taken = faults[scenario]
        assert state == ("refused" if "refused" in ends else "published" if taken else "unknown"), scenario
    desk.alter("next_attempt_at = now()")
    assert desk.publish() == {"published": 1}


def test_a_page_that_takes_nothing_of_us_uses_up_no_attempts(desk: Desk, sandbox: SandboxProcess) -> None:
    post_id = desk.approved()
    for scenario in ("unauthorized", "forbidden") * MOST_ATTEMPTS:
        sandbox.scenario("page_posts", scenario)
        with pytest.raises(Configuration):
            desk.publish()
        desk.alter("next_attempt_at = now()")
    assert desk.state(post_id) == "approved"

    sandbox.scenario("page_posts", "rate_limited")
    desk.alter("attempts = 0")
    states = []
    for _ in range(MOST_ATTEMPTS):
        desk.publish()
        desk.alter("next_attempt_at = now()")
        states.append(desk.state(post_id))
    assert states == ["approved"] * (MOST_ATTEMPTS - 1) + ["refused"]


def test_an_outage_begins_nothing(desk: Desk) -> None:
    desk.approved()
    with HttpServer(lambda asked: SILENCE) as server, pytest.raises(Transient):
        desk.publish(desk.feed_at(server.url))
    assert desk.attempts() == []


def test_the_attempt_is_committed_before_the_first_byte_and_a_dead_worker_s_is_never_tried_again(desk: Desk) -> None:
    post_id = desk.approved()
    seen: list[Any] = []

    def answer(asked: Asked) -> Said:
        if urlsplit(asked.path).path.endswith("/me"):
            return http("200 OK", json.dumps({"id": PAGE}).encode())
        seen.append(desk.attempts())
        return error(2)

    with HttpServer(answer) as server:
        desk.publish(desk.feed_at(server.url))
    assert seen == [[(post_id, 1, None)]]

    other = desk.approved(replace(POST, name="winter", message="Winter"))
    taken = begin_attempt(desk.warehouse, desk.tenant_id, PAGE, worker="dead", guard=SANDBOX, key=desk.key)
    assert taken is not None
    assert reap_posts(desk.warehouse, desk.tenant_id) == {"unknown": 0, "expired": 0}
    desk.alter("state_changed_at = now() - interval '1 hour'")
    assert reap_posts(desk.warehouse, desk.tenant_id) == {"unknown": 1, "expired": 0}
    assert (desk.state(other), desk.publish()) == ("unknown", {})

    later = Answer(Outcome.RETRY, "connect", "refused")
    assert record_answer(desk.warehouse, desk.tenant_id, taken, later) is PostState.UNKNOWN
    proof = Answer(Outcome.ACCEPTED, "answer", "200", provider_message_id=f"{PAGE}_1")
    assert record_answer(desk.warehouse, desk.tenant_id, taken, proof) is PostState.PUBLISHED
    assert record_answer(desk.warehouse, desk.tenant_id, replace(taken, fence=0), proof) is None


def test_a_post_of_the_feed_settles_one_of_ours_at_most(desk: Desk, sandbox: SandboxProcess) -> None:
    sandbox.scenario("page_posts", "accept_then_reset", attempts=1)
    first = desk.approved()
    desk.publish()
    sandbox.scenario("page_posts", "unavailable", attempts=1)
    second = desk.approved(replace(POST, name="again"))
    desk.publish()

    assert settle_unknown_posts(desk.warehouse, desk.tenant_id, desk.feed) == 1
    assert settle_unknown_posts(desk.warehouse, desk.tenant_id, desk.feed) == 0
    assert [desk.state(first), desk.state(second)] == ["published", "unknown"]

    sandbox.scenario("page_feed", "unavailable")
    with pytest.raises(Transient):
        settle_unknown_posts(desk.warehouse, desk.tenant_id, desk.feed)
    with pytest.raises(Permanent, match="another name"):
        desk.submit(replace(POST, name="again", message="Once more"))


def test_a_post_is_found_on_whichever_page_of_the_feed_it_stands(desk: Desk, sandbox: SandboxProcess) -> None:
    sandbox.scenario("page_posts", "accept_then_reset", attempts=1)
    lost = desk.approved()
    desk.publish()
    with desk.feed.open() as session:
        for number in range(2 * A_PAGE):
            assert session.publish(f"By hand: {number}", None).outcome is Outcome.ACCEPTED

    assert settle_unknown_posts(desk.warehouse, desk.tenant_id, desk.feed) == 1
    assert desk.state(lost) == "published"


def test_a_page_full_of_long_posts_is_read_whole(desk: Desk) -> None:
    at = NOW.strftime("%Y-%m-%dT%H:%M:%S+0000")
    posts = [{"id": f"{PAGE}_{number}", "message": "ế" * 5_000, "created_time": at} for number in range(A_PAGE)]
    with (
        HttpServer(lambda asked: http("200 OK", json.dumps({"data": posts}).encode())) as server,
        desk.feed_at(server.url).open() as session,
    ):
        assert len(session.read(NOW)) == A_PAGE


def test_a_feed_without_an_end_is_read_to_a_bound_and_its_links_are_not_followed(desk: Desk) -> None:
    endless = {"data": [], "paging": {"cursors": {"after": "x"}, "next": "http://127.0.0.1:1/elsewhere"}}
    with (
        HttpServer(lambda asked: http("200 OK", json.dumps(endless).encode())) as server,
        desk.feed_at(server.url).open() as session,
    ):
        assert session.read(NOW) == []
    assert len(server.asked) == MOST_PAGES


def test_nothing_is_published_by_accident(
    desk: Desk, sandbox: SandboxProcess, warehouse: Warehouse, pseudonym_key: bytes
) -> None:
    desk.approved()
    with warehouse.connect(DatabaseRole.WRITER, desk.tenant_id) as connection:
        connection.execute("DELETE FROM ops.allowed_address")
    assert desk.publish() == {}
    assert desk.publish(guard=PRODUCTION) == {}
    engage_kill_switch(warehouse, reason="test", changed_by="test")
    try:
        set_armed(warehouse, desk.tenant_id, armed=True, changed_by="test")
        assert desk.publish(guard=PRODUCTION) == {}
    finally:
        release_kill_switch(warehouse, changed_by="test")
    desk.approved(replace(POST, name="elsewhere", page_id="999"))
    desk.approved(replace(POST, name="early", not_before=NOW + timedelta(hours=1)))
    assert desk.publish(guard=PRODUCTION) == {"published": 1}
    assert on_page(sandbox) == [POST.message]


def test_a_post_whose_time_is_over_expires_and_one_may_be_taken_back(desk: Desk) -> None:
    old, back = desk.approved(), desk.approved(replace(POST, name="back"))
    withdraw_post(desk.warehouse, desk.tenant_id, "back")
    with pytest.raises(Permanent, match="no post 'back'"):
        withdraw_post(desk.warehouse, desk.tenant_id, "back")
    desk.alter("not_before = now() - interval '3 days', publish_by = now() - interval '1 day'")

    assert reap_posts(desk.warehouse, desk.tenant_id) == {"unknown": 0, "expired": 1}
    assert [desk.state(old), desk.state(back), desk.publish()] == ["expired", "withdrawn", {}]


def test_a_post_leads_only_where_the_tenant_s_rules_allow(desk: Desk) -> None:
    for post in (replace(POST, link="https://evil.example/x"), replace(POST, message="See https://evil.example now")):
        with pytest.raises(Permanent, match=r"evil\.example"):
            desk.submit(post)
    with pytest.raises(Permanent, match="not seen"):
        desk.submit(replace(POST, message="nothing\u202e here"))
    rules = DEFAULT_POLICY.model_copy(update={"link_hosts": LinkHosts(hosts=("shop.example",), reason="ours")})
    save_policy(desk.warehouse, desk.tenant_id, rules, set_by="test")

    desk.submit(replace(POST, link="https://shop.example/socks"))


def test_what_is_shown_is_what_is_posted_and_no_markup(desk: Desk) -> None:
    post_id = desk.submit(replace(POST, message="**Buy** ```\n# now"))
    found = review_post(read_post(desk.warehouse, desk.tenant_id, post_id))

    assert "**Buy** ```\n# now" in found.body
    assert "````" in found.body
    assert (found.requested_by, found.subject) == ("linh", "Post “autumn” on Facebook")


FILE = "name: autumn\npage: 1029384756\nmessage: |\n  Tất đỏ.\n  Mời bạn!\nlink: https://shop.example/socks\n"


def test_a_file_is_a_post() -> None:
    post = read_post_file(FILE + "not_before: 2026-12-01T09:00:00+07:00\n", "autumn.yaml", NOW)

    assert (post.name, post.page_id, post.message) == ("autumn", PAGE, "Tất đỏ.\nMời bạn!")
    assert post.not_before == datetime(2026, 12, 1, 2, tzinfo=UTC)
    assert post.publish_by == max(post.not_before, NOW) + timedelta(days=2)
    assert post.hash != replace(post, link=None).hash


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: autumn\n", "page"),
        (FILE.replace("1029384756", "the-shop"), "page"),
        (FILE.replace("autumn", "Autumn!"), "name"),
        (FILE + "not_before: 2026-12-01\n", "not_before"),
        (FILE + "publish_by: 2026-01-01T00:00:00Z\n", "publish_by is over"),
        (FILE + "photo: x\n", "photo"),
        ("- 1\n", "list of fields"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text: str, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        read_post_file(text, "autumn.yaml", NOW)


def test_only_what_graph_documents_proves_anything(desk: Desk) -> None:
    said = {
        "unknown: another page": http("200 OK", b'{"id": "999_1"}'),
        "unknown: no text": http("200 OK", b'{"id": 5}'),
        "published: named": http("200 OK", json.dumps({"id": f"{PAGE}_77"}).encode()),
        "unknown: 1": error(1),
        "approved: 32": error(32),
        "refused: 1609005": error(1609005),
        "unknown: 987": error(987),
        "unknown: 500": error(100, status="500 Internal Server Error"),
        "unknown: redirect": http("302 Found", Location="http://127.0.0.1:1/"),
    }
    me = http("200 OK", json.dumps({"id": PAGE}).encode())
    for name, answer in said.items():
        post_id = desk.approved(replace(POST, name=name))

        def answered(asked: Asked, answer: Said = answer) -> Said:
            return me if urlsplit(asked.path).path.endswith("/me") else answer

        with HttpServer(answered) as server, suppress(Configuration):
            desk.publish(desk.feed_at(server.url))
        assert desk.state(post_id) == name.partition(":")[0], name
