"""The tasks over real sockets: both providers' own clients, the stand-ins' answers, and what is left when they fail."""

from collections.abc import Iterator

import pytest
from pydantic_ai.models import Model

from leo_activation.errors import Transient
from leo_activation.segments.explaining import PlainExplainer
from leo_activation.segments.language_tasks import PlanAtHand, ResultFacts
from leo_activation.segments.plan import And, Attribute, Behaviour, CustomerProperty, Operator, SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.planners.llm_explain import LanguageModelExplainer
from leo_activation.segments.planners.llm_review import LanguageModelReviewer
from leo_activation.segments.planners.llm_revise import LanguageModelReviser
from leo_activation.segments.planners.router import plan_with
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import describe
from sandbox.process import SandboxProcess, running_sandbox
from tests.llm.providers import GEMINI, OLLAMA, OPENAI_CHAT, ProviderUnderTest
from tests.segments.catalogues import AS_OF, DISCOVERY
from tests.segments.planners.answering import Ledger

GERMAN = "Kunden aus Deutschland, die in den letzten 30 Tagen mindestens zweimal Schuhe gekauft haben"
VIETNAMESE = "Những khách hàng tốt nhất của chúng ta"
JACKETS = "people who keep eyeing jackets but never pull the trigger"


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture(params=[GEMINI, OPENAI_CHAT, OLLAMA], ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest) -> ProviderUnderTest:
    found: ProviderUnderTest = request.param
    return found


@pytest.fixture
def model(sandbox: SandboxProcess, provider: ProviderUnderTest) -> Model:
    return provider.model(provider.base_url(sandbox))


def test_a_german_request_goes_past_the_grammar_becomes_a_plan_and_is_read_again(model: Model) -> None:
    ledger = Ledger()
    planners = (GrammarPlanner(), LanguageModelPlanner(model, ledger, request_id=5))
    name, answer = plan_with(planners, GERMAN, DISCOVERY, AS_OF)
    assert name == "llm"
    assert isinstance(answer, PlannedRequest)
    assert isinstance(answer.plan.where, And)
    review = LanguageModelReviewer(model, ledger, request_id=5).review(
        GERMAN, describe(answer, DISCOVERY), answer.language
    )
    assert (review.agrees, review.problem) == (True, None)
    assert [call.task for call in ledger.calls] == ["plan_segment", "review_plan"]
    assert {call.request_id for call in ledger.calls} == {5}


def test_the_second_reading_names_what_the_request_does_not_say(model: Model) -> None:
    sentence = "Customers who viewed jacket at least 3 times in the last 30 days and who did not buy jacket."
    review = LanguageModelReviewer(model, Ledger()).review(JACKETS, sentence, Language.ENGLISH)
    assert review.agrees is False
    assert review.differences == ("not in the request: “in the last 30 days” (The request names no number of days.)",)


def test_a_vietnamese_request_that_the_model_asks_about_keeps_the_grammars_exact_words(model: Model) -> None:
    name, answer = plan_with((GrammarPlanner(), LanguageModelPlanner(model, Ledger())), VIETNAMESE, DISCOVERY, AS_OF)
    grammars = GrammarPlanner().plan(VIETNAMESE, DISCOVERY, AS_OF)
    assert (name, answer) == ("grammar", grammars)


def test_what_was_found_out_and_the_examples_stand_in_what_is_sent(sandbox: SandboxProcess, model: Model) -> None:
    plan_with((GrammarPlanner(), LanguageModelPlanner(model, Ledger())), GERMAN, DISCOVERY, AS_OF)
    [sent] = [line["message"] for line in sandbox.journal()]
    for head in ("CATALOGUE", "EXAMPLES", "AS OF", "GRAMMAR", "REQUEST"):
        assert head in sent
    assert "mindestens zweimal Schuhe" in sent


def test_a_follow_up_becomes_the_whole_plan(sandbox: SandboxProcess, model: Model) -> None:
    socks = Behaviour(event="purchase", product={"categories": ("socks",)})  # type: ignore[arg-type]
    from_poland = Attribute(property=CustomerProperty.COUNTRY, operator=Operator.EQ, values=("PL",))
    revised = SegmentPlan(where=And(conditions=(socks, from_poland)))
    sandbox.script("FOLLOW-UP\\n.*nur noch die Polen", {"plan": revised.model_dump(mode="json", exclude_none=True)})
    at_hand = PlanAtHand(
        text="customers who bought socks",
        language=Language.ENGLISH,
        plan=SegmentPlan(where=socks),
        sentence="Customers who bought socks.",
    )
    answer = LanguageModelReviser(model, Ledger()).revise(at_hand, "jetzt nur noch die Polen", DISCOVERY, AS_OF)
    assert isinstance(answer, PlannedRequest)
    assert answer.plan == revised


FACTS = ResultFacts(
    request_text="socks", state="drafted", language=Language.ENGLISH, sentence="Customers who bought socks.",
    member_count=3, funnel=(("all customers", 9), ("who bought socks", 3)), reachable={"email": 1},
)  # fmt: skip


def test_an_explanation_holds_or_is_replaced(sandbox: SandboxProcess, model: Model) -> None:
    explainer = LanguageModelExplainer(model, Ledger())
    sandbox.script("\\AFACTS\\n", {"text": "3 of the 9 customers have bought socks, and by e-mail 1 can be reached."})
    assert explainer.explain(FACTS).startswith("3 of the 9 customers have bought socks")
    sandbox.script("\\AFACTS\\n", {"text": "4 of the 9 customers have bought socks. All of them were sent the offer."})
    assert explainer.explain(FACTS) == PlainExplainer().explain(FACTS)


FAULTS = ["malformed_json", "wrong_schema", "injected", "refusal", "blocked_answer"]
DOWN = ["rate_limited", "server_error", "unavailable", "malformed_body"]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_none_leaves_the_grammars_questions_and_plain_words(
    sandbox: SandboxProcess, provider: ProviderUnderTest, model: Model, fault: str
) -> None:
    sandbox.scenario(provider.channel, fault)
    left = GrammarPlanner().plan(GERMAN, DISCOVERY, AS_OF)
    planners = (GrammarPlanner(), LanguageModelPlanner(model, Ledger()))
    assert plan_with(planners, GERMAN, DISCOVERY, AS_OF) == ("grammar", left)
    assert LanguageModelExplainer(model, Ledger()).explain(FACTS) == PlainExplainer().explain(FACTS)
    review = LanguageModelReviewer(model, Ledger()).review(GERMAN, "Customers.", Language.ENGLISH)
    assert (review.agrees, review.differences) == (None, ())


@pytest.mark.parametrize("fault", DOWN)
def test_a_provider_that_is_down_is_waited_for_and_given_up_with_a_note(
    sandbox: SandboxProcess, provider: ProviderUnderTest, model: Model, fault: str
) -> None:
    sandbox.scenario(provider.channel, fault)
    with pytest.raises(Transient):
        plan_with((GrammarPlanner(), LanguageModelPlanner(model, Ledger())), GERMAN, DISCOVERY, AS_OF)
    last = LanguageModelPlanner(model, Ledger(), last_try=True)
    name, answer = plan_with((GrammarPlanner(), last), GERMAN, DISCOVERY, AS_OF)
    assert name == "grammar"
    assert isinstance(answer, NeedsClarification)
    assert "could not be reached" in answer.questions[-1].text
