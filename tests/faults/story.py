"""Three runs of one audience, and everything that is done to them; the draws follow from the seed."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from leo_activation import activation
from leo_activation.activation.aftermath.events import settle_by_events
from leo_activation.activation.aftermath.standing import Standing, keep_standing
from leo_activation.activation.safety.routes import Conditions, Route, RouteRule
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, Label, save_policy
from leo_activation.activation.states import MessageClass
from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole
from sandbox.process import SandboxProcess
from tests.activation.shop import MARKETER, SANDBOX, SEGMENT, FakeChannel, Shop
from tests.faults import checker
from tests.faults.carriers import CARRIERS, ZALO_TEMPLATE, Carrier, Reached, zalo_tokens
from tests.faults.crowd import Crowd, add_crowd
from tests.faults.fleet import Death, Fleet, running_fleet
from tests.faults.server import Interruptible
from tests.faults.watch import Begun, Watch
from tests.faults.webhooks import Webhooks, running_webhooks

WORKERS = 4
OPT_OUT_SHARE = 0.06
NO_CONSENT_SHARE = 0.02
SHARING_SHARE = 0.02
NOT_ALLOWED_SHARE = 0.02
# Of each recipient's first two attempts; what comes after them goes through, so that retries have an end to reach.
FAULTY_ATTEMPTS = 2
SECONDS_TO_ANSWER = 90
PROGRESS_S = 15.0
POLL_S = 0.05
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Size:
    """How much is done: deliveries over the three runs, kills at any time, deaths at each point, interruptions.

    The lease and the time limit of a provider's answer are those of the workers, in seconds.
    """

    deliveries: int
    kills: int
    deaths_a_point: int
    cuts: int
    latest_passing: int = 6
    lease_s: float = 30.0
    timeout_s: float = 3.0

    def deaths(self, rng: random.Random) -> list[Death]:
        """Which worker dies where: each point so often, at one of its first passings."""
        deaths = [
            (str(point), rng.randint(1, self.latest_passing))
            for point in activation.Point
            for _ in range(self.deaths_a_point)
        ]
        # A worker gives back what it claimed only when it ends.
        deaths = [(point, 1 if point == activation.Point.BEFORE_RELEASE else passing) for point, passing in deaths]
        rng.shuffle(deaths)
        return deaths


@dataclass
class Done:
    """What was done, for the table."""

    states_at_kill: Counter[str] = field(default_factory=Counter)
    outlived_their_lease: set[str] = field(default_factory=set)
    cuts: list[datetime] = field(default_factory=list)
    holds: list[checker.Hold] = field(default_factory=list)
    opt_outs: int = 0
    webhooks_killed: int = 0


@dataclass(frozen=True)
class Outcome:
    """How it ended."""

    findings: checker.Findings
    records: checker.Records
    done: Done
    killed: int
    died_at: Counter[str]
    run_states: dict[int, str]
    runs: dict[str, int]
    table: str
    posted: list[dict[str, object]]


class Story:
    """The disturbances of one fleet, each when the runs have come so far."""

    def __init__(
        self,
        watch: Watch,
        shop: Shop,
        runs: dict[str, int],
        fleet: Fleet,
        webhooks: Webhooks,
        server: Interruptible,
        earlier: Mapping[str, Mapping[str, UUID]],
        size: Size,
        rng: random.Random,
        deadline: float,
        say: Callable[[str], None],
    ) -> None:
        """`earlier` has by channel the delivery of a message that each person got before all this."""
        self.watch = watch
        self.shop = shop
        self.runs = runs
        self.fleet = fleet
        self.webhooks = webhooks
        self.server = server
        self.earlier = earlier
        self.size = size
        self.rng = rng
        self.say = say
        self.deadline = deadline
        self.done = Done()
        self.frozen: tuple[str, list[Begun]] | None = None
        self.is_stopped = False
        self.attending = False
        self.paused_at = BEGINNING
        self.people = 0
        self._told_at = time.monotonic()

    def play(self) -> None:
        """Everything, and then the runs to their end."""
        self.people = len(self.earlier["email"])
        # What is skipped, and what the stopped run leaves, is never done: everything comes well before the end.
        reach = int(0.6 * self.people * (len(self.runs) - 1))
        acts: list[tuple[int, Callable[[], None]]] = [
            (self.rng.randrange(reach), self.kill) for _ in range(self.size.kills)
        ]
        for people in self.earlier.values():
            leaving = self.rng.sample(sorted(people), max(2, int(OPT_OUT_SHARE * len(people))))
            acts += [(self.rng.randrange(reach), partial(self.opt_out, people[name])) for name in leaving]
        # A frozen worker whose connection was cut could not bring its late answer: so the cuts come first.
        acts += [(self.rng.randrange(reach // 3), self.cut) for _ in range(self.size.cuts)]
        acts += [(reach // 3, self.freeze), (reach // 4, self.kill_webhooks)]
        acts += [(reach // 5, self.pause), (reach // 5 + max(reach // 10, 2), self.resume)]
        for moment, act in sorted(acts, key=lambda planned: planned[0]):
            self.until(partial(self.has_come, moment), f"{moment} deliveries done")
            act()
        self.until(self.has_ended, "the runs at their end")

    def until(self, holds: Callable[[], bool], what: str, seconds: float | None = None) -> None:
        """Look until something holds, and say now and then how far the runs are."""
        ends_at = self.deadline if seconds is None else min(self.deadline, time.monotonic() + seconds)
        while not holds():
            if time.monotonic() > ends_at:
                raise AssertionError(f"still not: {what}")
            if time.monotonic() - self._told_at > PROGRESS_S:
                self._told_at = time.monotonic()
                done = self.watch.done(self.runs.values())
                self.say(f"  {done} deliveries done, {len(self.fleet.killed)} workers killed; until {what}")
            self.attend()
            time.sleep(POLL_S)

    def attend(self) -> None:
        """What has its own moment, whatever is waited for; not while it waits itself."""
        if not self.attending:
            self.attending = True
            self.thaw()
            self.stop_a_run()
            self.attending = False

    def kill(self) -> None:
        """Kill a worker that holds something, whatever it is at."""
        self.until(lambda: bool(self.holders()) or self.fleet.ended(), "a worker at work")
        holders = self.holders()
        if holders:
            victim = self.rng.choice(holders)
            at_work = self.watch.sending(victim, max(self.done.cuts, default=BEGINNING))
            self.fleet.kill(victim)
            self.done.states_at_kill["sending" if at_work else "claimed or between"] += 1

    def cut(self) -> None:
        """Take the database from everybody."""

        def interrupted() -> bool:
            moment = self.server.interrupt()
            self.done.cuts += [moment] if moment is not None else []
            return moment is not None or self.fleet.ended()

        self.until(interrupted, "a worker with a connection")

    def kill_webhooks(self) -> None:
        """Kill the webhooks app; providers and people have to ask again."""
        self.webhooks.kill()
        self.done.webhooks_killed += 1

    def pause(self) -> None:
        """Pause the campaign that SendGrid carries."""
        self._again(
            lambda: activation.pause_campaign(
                self.shop.warehouse, self.shop.tenant_id, "sendgrid", by="test", reason="a look"
            )
        )
        self.paused_at = self.watch.now()

    def resume(self) -> None:
        """Let it go on."""
        self.done.holds.append(checker.Hold(frozenset({self.runs["sendgrid"]}), self.paused_at, self.watch.now()))
        self._again(
            lambda: activation.resume_campaign(
                self.shop.warehouse, self.shop.tenant_id, "sendgrid", by="test", reason="looked"
            )
        )

    def stop_a_run(self) -> None:
        """Stop the run that goes into files, for good, when a quarter of it is done; half of it is not due yet."""
        run = self.runs["file"]
        if self.is_stopped or self.watch.done_of(run) * 4 < self.people:
            return
        self.is_stopped = True
        self._again(
            lambda: activation.stop_run(self.shop.warehouse, self.shop.tenant_id, run, by="test", reason="enough")
        )
        self.done.holds.append(checker.Hold(frozenset({run}), self.watch.now()))

    def freeze(self) -> None:
        """Stop a worker in the middle of an attempt, and leave it stopped."""

        def caught() -> bool:
            for name in self.holders():
                if name in self.fleet.fated:
                    continue
                self.fleet.stop(name)
                begun = self.watch.sending(name, max(self.done.cuts, default=BEGINNING))
                if begun:
                    self.frozen = (name, begun)
                    return True
                self.fleet.resume(name)
            return self.fleet.ended()

        self.until(caught, "a worker stopped while it sends")

    def thaw(self) -> None:
        """Let the stopped worker go on once its deliveries were taken from it, and see a late answer come."""
        if self.frozen is None:
            return
        name, begun = self.frozen
        if any(self.watch.standing(each)[0] for each in begun):
            return
        unanswered = [each for each in begun if not self.watch.standing(each)[1]]
        self.fleet.resume(name)
        self.frozen = None
        if not unanswered:
            # Its answers were on the way to the database already when the worker was stopped.
            self.freeze()
            return
        self.done.outlived_their_lease.add(name)
        self.until(
            lambda: all(self.watch.standing(each)[2] for each in unanswered), "the late answers", SECONDS_TO_ANSWER
        )

    def opt_out(self, delivery_id: UUID) -> None:
        """The person clicks the link of the message that came before; only who has a message has its link."""
        self.webhooks.unsubscribe(activation.LinkTarget(self.shop.tenant_id, delivery_id))
        self.done.opt_outs += 1

    def has_come(self, moment: int) -> bool:
        return self.fleet.ended() or self.watch.done(self.runs.values()) >= moment

    def has_ended(self) -> bool:
        return self.fleet.ended()

    def holders(self) -> list[str]:
        """The running workers that hold deliveries, less the one that is stopped."""
        self.fleet.ended()
        frozen = {self.frozen[0]} if self.frozen else set()
        return [name for name in self.watch.holders() if name in self.fleet.running.keys() - frozen]

    def _again(self, act: Callable[[], object]) -> None:
        """Do what a person would do again while the database is away."""

        def is_done() -> bool:
            try:
                act()
            except Transient:
                return False
            return True

        self.until(is_done, "an order taken")


def play(
    server: Interruptible,
    shop: Shop,
    sandbox: SandboxProcess,
    folder: Path,
    size: Size,
    seed: int,
    seconds: float,
    say: Callable[[str], None],
) -> Outcome:
    """Plan, approve, disturb, drain, settle and compare; `say` is told now and then how far it is."""
    rng = random.Random(seed)
    crowd = crowd_of(size)
    shop.segment()
    add_crowd(shop, crowd)
    _open_the_ways(shop, crowd)
    earlier = {channel: _sent_before(shop, carrier) for channel, carrier in _one_of_each_channel().items()}
    runs = {provider: _approved(shop, carrier, provider).campaign_run_id for provider, carrier in CARRIERS.items()}
    _put_off_half(shop, runs["file"])
    # A 429 says "in the next second": what is tested here is not patience.
    sandbox.sendgrid_limit(10_000, 1)
    for carrier in CARRIERS.values():
        for name, shares, attempts in (
            (carrier.provider, carrier.mix, FAULTY_ATTEMPTS),
            (f"{carrier.provider}_events", carrier.stories, None),
            (f"{carrier.provider}_webhook", carrier.manners, None),
        ):
            if shares:
                sandbox.mix(name, dict(shares), seed=seed, attempts=attempts)
    watch = Watch(server.warehouse, shop.tenant_id)
    with ExitStack() as stack:
        stack.callback(watch.close)
        secrets = {name: value for carrier in CARRIERS.values() for name, value in carrier.environment.items()}
        webhooks = stack.enter_context(
            running_webhooks(shop, {**secrets, "LEO_SENDGRID_WEBHOOK_KEY": sandbox.sendgrid_key()})
        )
        told = {carrier.provider: carrier.stand_in for carrier in CARRIERS.values() if carrier.stand_in}
        for provider, stand_in in told.items():
            sandbox.webhook(stand_in, webhooks.url_of(provider))
        reached = Reached(
            sandbox_url=sandbox.url,
            smtp_port=sandbox.smtp_port,
            webhooks_url=webhooks.url,
            folder=str(folder),
            url=shop.warehouse.urls[DatabaseRole.WRITER],
            tenant_id=shop.tenant_id,
            key=shop.key.hex(),
            timeout_s=size.timeout_s,
            fcm_account=sandbox.told("fcm", "account")[0],
        )
        # A worker that is killed between Zalo's answer and its commit loses the account: a person's work, not a test's.
        zalo_tokens(reached, sandbox.order("zalo", "authorise")["refresh_token"]).current()
        arguments = {
            "reached": asdict(reached),
            "runs": [[run, provider] for provider, run in runs.items()],
            "lease_s": size.lease_s,
        }
        fleet = stack.enter_context(running_fleet(WORKERS, arguments, size.deaths(rng)))
        story = Story(
            watch, shop, runs, fleet, webhooks, server, earlier, size, rng, deadline=time.monotonic() + seconds, say=say
        )
        story.play()
        story.until(lambda: not any(map(sandbox.waiting, told.values())), "every event posted")
        # An event can come before its delivery became unknown: reconciling looks at what is kept once more.
        with server.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
            settle_by_events(connection, shop.tenant_id)
        done, killed, died_at = story.done, fleet.killed, fleet.died_at
        states_of_runs = watch.run_states()
        run_states = {run: states_of_runs[run] for run in runs.values()}
    disturbances = checker.Disturbances(
        killed | done.outlived_their_lease,
        done.cuts,
        timedelta(seconds=size.lease_s),
        done.holds,
        frozenset(
            checker.as_seen(carrier.provider, address)
            for carrier in CARRIERS.values()
            for address in crowd.allowed(carrier.channel)
        ),
    )
    journal, posted = sandbox.journal(), [post for stand_in in told.values() for post in sandbox.posted(stand_in)]
    records = checker.read_records(server.warehouse, shop.tenant_id, sorted(runs.values()))
    said = checker.provided(journal, [folder], sandbox.posted("sendgrid"))
    findings = checker.compare(records, said, disturbances)
    states = _counted(delivery.state for delivery in records.deliveries.values())
    reasons = _counted(delivery.skip_reason for delivery in records.deliveries.values() if delivery.skip_reason)
    lines = [
        f"sending under faults, LEO_FAULTS_SEED={seed}, {WORKERS} workers, lease {size.lease_s:.0f} s",
        f"  {crowd.people} people in {len(runs)} runs: {len(records.deliveries)} deliveries over {', '.join(runs)}; "
        f"{len(records.attempts)} attempts, {len(journal)} lines in the journal",
        f"  ended as {states}; runs {dict(sorted(run_states.items()))}",
        f"  skipped for {reasons}",
        *(
            f"  {channel} did {_counted(line['scenario'] for line in journal if line['channel'] == channel)}"
            for channel in (carrier.provider for carrier in CARRIERS.values() if carrier.mix)
        ),
        f"  {len(killed)} workers killed: {sum(done.states_at_kill.values())} at any time "
        f"{dict(done.states_at_kill)}, {sum(died_at.values())} at a point {dict(sorted(died_at.items()))}",
        f"  {len(done.outlived_their_lease)} worker stopped past its lease; "
        f"{sum(attempt.late for attempt in records.attempts)} late answers",
        f"  {len(done.cuts)} times {server.words}; the webhooks app was killed {done.webhooks_killed} time",
        f"  {done.opt_outs} opt-outs by link while it ran; a run paused and resumed, a run stopped",
        f"  {len(posted)} posts of events, {sum(bool(post['forged']) for post in posted)} forged, "
        f"{sum(bool(post['stale']) for post in posted)} stale, {len(records.events)} events kept",
        findings.table(),
        checker.tell(records, said, checker.contradictions(records, said, disturbances)),
    ]
    return Outcome(findings, records, done, len(killed), died_at, run_states, runs, "\n".join(lines), posted)


def crowd_of(size: Size) -> Crowd:
    """As many people as make that many deliveries over all runs."""
    people = -(-size.deliveries // len(CARRIERS))
    return Crowd(
        people,
        without_consent=max(1, int(NO_CONSENT_SHARE * people)),
        sharing=max(1, int(SHARING_SHARE * people)),
        not_allowed=max(1, int(NOT_ALLOWED_SHARE * people)),
        channels={carrier.channel: carrier.address for carrier in CARRIERS.values() if carrier.address is not None},
    )


def _one_of_each_channel() -> dict[str, Carrier]:
    return {carrier.channel: carrier for carrier in reversed(list(CARRIERS.values()))}


def _open_the_ways(shop: Shop, crowd: Crowd) -> None:
    """What stands between a person and a message on each channel beside consent is out of the way: hours and caps (the
    test runs whenever it runs, and everybody gets a message by each provider), windows, and approved templates.
    """
    ways = (
        (Route.EMAIL, Conditions()),
        (Route.SMS, Conditions()),
        (Route.MOBILE_PUSH, Conditions()),
        (Route.WEB_PUSH, Conditions()),
        (Route.ZALO_TEMPLATE, Conditions(approved_template=True)),
        (Route.MESSENGER_WINDOW, Conditions(within_hours_of_interaction=24)),
    )
    rules = tuple(
        RouteRule(rule=str(route), route=route, purposes=(MessageClass.MARKETING,), when=when, reason="the fault test")
        for route, when in ways
    )
    open_policy = DEFAULT_POLICY.model_copy(
        update={
            "caps": (),
            "quiet_hours": (),
            "routes": rules,
            "labels": (Label(channel="sms", text="[QC]", reason="the fault test"),),
        }
    )
    save_policy(shop.warehouse, shop.tenant_id, open_policy, set_by="test")
    shop.execute(
        "INSERT INTO activation.provider_template "
        "(tenant_id, provider, provider_template_id, name, status, tag, price_by_phone, price_by_user) "
        "VALUES (%s, 'zalo', %s, 'Offer', 'approved', 'promotion', 500, 350)",
        shop.tenant_id,
        ZALO_TEMPLATE,
    )
    now = datetime.now(UTC)
    talked = [Standing(crowd.address_of(name, "messenger"), interacted_at=now) for name in crowd.names()]
    keep_standing(shop.connection, shop.tenant_id, "messenger", talked, shop.key)
    for carrier in CARRIERS.values():
        activation.set_sender(shop.warehouse, shop.tenant_id, carrier.channel, carrier.sender)


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _approved(shop: Shop, carrier: Carrier, campaign_id: str) -> activation.CampaignRun:
    assert carrier.template is not None
    campaign = activation.Campaign(
        campaign_id=campaign_id,
        name="Warm feet",
        segment_id=SEGMENT,
        channels=(carrier.channel,),
        message_class=MessageClass.MARKETING,
        requested_by=MARKETER,
        template=activation.save_template(shop.warehouse, shop.tenant_id, carrier.template()),
        message="Warm feet all winter.",
    )
    activation.submit_campaign(shop.warehouse, shop.tenant_id, campaign)
    run = shop.plan(name=f"run-{campaign_id}", campaign_id=campaign_id)
    shop.approve(run)
    return run


def _put_off_half(shop: Shop, run: int) -> None:
    """Every second message of a run is not due before tomorrow, so that the run is there to be stopped."""
    shop.execute(
        "UPDATE activation.delivery SET not_before = now() + interval '1 day' WHERE tenant_id = %s "
        "AND campaign_run_id = %s AND state = 'ready' AND right(customer_id, 1) IN ('1', '3', '5', '7', '9')",
        shop.tenant_id,
        run,
    )


def _sent_before(shop: Shop, carrier: Carrier) -> dict[str, UUID]:
    """A message that everybody who may be written to on a channel got in peace; customer and delivery of each."""
    run = _approved(shop, carrier, f"earlier_{carrier.channel}")
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {carrier.channel: FakeChannel()},
        worker="before",
        guard=SANDBOX,
        links=shop.links,
        limits=activation.DispatchLimits(batch=200, in_flight=50),
    )
    rows = shop.execute(
        "SELECT customer_id, delivery_id FROM activation.delivery "
        "WHERE tenant_id = %s AND campaign_run_id = %s AND state = 'accepted'",
        shop.tenant_id,
        run.campaign_run_id,
    )
    return {customer: UUID(str(delivery)) for customer, delivery in rows}
