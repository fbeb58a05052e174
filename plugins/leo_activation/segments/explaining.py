"""What came of a request, in a few plain sentences for the requester: said from the facts, and nothing beyond them.

The plain explainer says them by rule. A language model may say them better; its words are used only where each number
and each name in them is among the facts, and what happens next is never left to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from leo_activation.segments.language_tasks import ResultFacts
from leo_activation.segments.plan import Channel
from leo_activation.segments.planners.llm_masking import masked, quoting_whole_contacts, whole_contacts
from leo_activation.segments.request import Language
from leo_activation.segments.requests import RequestState

MAX_QUOTE = 500
"""Characters of one quotation; a plan may hold hundreds of names, and an explanation is short."""
MAX_QUESTIONS = 3
MAX_WORDS = 5
_UNDER_REVIEW = frozenset({RequestState.DRAFTED, RequestState.IN_REVIEW})


@dataclass(frozen=True)
class _Phrases:
    """What is said in one language; `{…}` are quotations and counts."""

    thousands: str
    understood: str
    found: str
    found_nobody: str
    found_in_all: str
    drops_most: str
    leaves_nobody: str
    reach: str
    reach_nobody: str
    by_channel: Mapping[str, str]
    after: Mapping[RequestState, str]
    not_placed: str
    not_understood: str
    ask: str
    more_questions: str
    how_to_answer: str
    because: str


_PHRASES: Mapping[Language, _Phrases] = {
    Language.ENGLISH: _Phrases(
        thousands=",",
        understood="This is how your request was read: “{sentence}”.",
        found="Of {everybody} customers {count} meet it",
        found_nobody="None of the {everybody} customers meets it",
        found_in_all="{count} customers meet it",
        drops_most="; the condition “{condition}” leaves out the most, {dropped} of those who were left before it",
        leaves_nobody="; nobody is left after the condition “{condition}”",
        reach="A marketing message could now reach {channels}.",
        reach_nobody="None of them can be sent a marketing message now.",
        by_channel={
            Channel.EMAIL: "{count} by e-mail",
            Channel.SMS: "{count} by SMS",
            Channel.ZALO: "{count} on Zalo",
            Channel.MESSENGER: "{count} on Messenger",
            Channel.MOBILE_PUSH: "{count} by mobile push",
            Channel.WEB_PUSH: "{count} by web push",
        },
        after={
            RequestState.SUBMITTED: "It waits to be drafted.",
            RequestState.DRAFTED: "Someone other than you reviews it next; before that nothing is published or sent.",
            RequestState.IN_REVIEW: "Someone other than you reviews it now; before that nothing is published or sent.",
            RequestState.ANSWERED: "It asked for no segment, so nothing was changed.",
            RequestState.APPROVED: "It is approved, and its members follow the data from now on.",
            RequestState.REJECTED: "It was rejected in review, so nothing was changed.",
            RequestState.SENT_BACK: "It was sent back with a question: answer it in a follow-up.",
            RequestState.EXPIRED: "Nobody decided before the deadline: submit it again if it is still wanted.",
            RequestState.VOIDED: "What was under review had changed meanwhile, so it counts no more: submit it again.",
            RequestState.FAILED: "It could not be drafted, so nothing was changed.",
        },
        not_placed="No segment was made yet, because {words} could not be placed.",
        not_understood="No segment was made yet, because the request could not be placed as it stands.",
        ask="Please say: {questions}",
        more_questions="(and {count} more)",
        how_to_answer="Answer in a follow-up in your own words, or submit the request again in others.",
        because="The reason: {problem}",
    ),
    Language.VIETNAMESE: _Phrases(
        thousands=".",
        understood="Yêu cầu của bạn được hiểu như sau: “{sentence}”.",
        found="Trong {everybody} khách hàng có {count} người phù hợp",
        found_nobody="Trong {everybody} khách hàng không có ai phù hợp",
        found_in_all="Có {count} khách hàng phù hợp",
        drops_most="; điều kiện “{condition}” loại nhiều nhất: {dropped} trong số người còn lại trước đó",
        leaves_nobody="; sau điều kiện “{condition}” không còn ai",
        reach="Hiện có thể gửi tin tiếp thị tới {channels}.",
        reach_nobody="Hiện không thể gửi tin tiếp thị tới ai trong số họ.",
        by_channel={
            Channel.EMAIL: "{count} người qua email",
            Channel.SMS: "{count} người qua SMS",
            Channel.ZALO: "{count} người qua Zalo",
            Channel.MESSENGER: "{count} người qua Messenger",
            Channel.MOBILE_PUSH: "{count} người qua thông báo di động",
            Channel.WEB_PUSH: "{count} người qua thông báo web",
        },
        after={
            RequestState.SUBMITTED: "Yêu cầu đang chờ được soạn.",
            RequestState.DRAFTED: "Một người khác sẽ xét duyệt; trước đó không có gì được công bố hay gửi đi.",
            RequestState.IN_REVIEW: "Một người khác đang xét duyệt; trước đó không có gì được công bố hay gửi đi.",
            RequestState.ANSWERED: "Yêu cầu này không tạo phân khúc, nên không có gì thay đổi.",
            RequestState.APPROVED: "Yêu cầu đã được duyệt; từ nay thành viên thay đổi theo dữ liệu.",
            RequestState.REJECTED: "Yêu cầu đã bị từ chối khi xét duyệt, nên không có gì thay đổi.",
            RequestState.SENT_BACK: "Yêu cầu được gửi lại kèm câu hỏi: hãy trả lời bằng một yêu cầu tiếp theo.",
            RequestState.EXPIRED: "Không ai quyết định trước thời hạn: hãy gửi lại nếu vẫn cần.",
            RequestState.VOIDED: "Nội dung đang xét duyệt đã thay đổi nên không còn hiệu lực: hãy gửi lại.",
            RequestState.FAILED: "Không soạn được yêu cầu này, nên không có gì thay đổi.",
        },
        not_placed="Chưa tạo được phân khúc vì chưa hiểu {words}.",
        not_understood="Chưa tạo được phân khúc vì chưa hiểu yêu cầu này.",
        ask="Xin cho biết: {questions}",
        more_questions="(và {count} câu hỏi khác)",
        how_to_answer="Hãy trả lời bằng một yêu cầu tiếp theo, hoặc gửi lại yêu cầu với cách nói khác.",
        because="Lý do: {problem}",
    ),
}


class PlainExplainer:
    """Explains from the facts alone: offline, free, and the same words for the same facts."""

    def explain(self, facts: ResultFacts) -> str:
        """Two to four sentences in `facts.language`; contact data that the requester wrote is not repeated."""
        said = _Said(facts, _PHRASES[facts.language])
        if facts.state == RequestState.NEEDS_CLARIFICATION:
            return " ".join(said.asked_back())
        return " ".join(said.result())

    def next_step(self, facts: ResultFacts) -> str:
        """Only what happens next, or how to answer."""
        phrases = _PHRASES[facts.language]
        if facts.state == RequestState.NEEDS_CLARIFICATION:
            return phrases.how_to_answer
        return phrases.after[RequestState(facts.state)]


def without_next_step(explanation: str) -> str:
    """An explanation of a draft less its last sentence, that it is reviewed next: true on that day alone."""
    text = explanation.strip()
    for phrases in _PHRASES.values():
        for state in _UNDER_REVIEW:
            text = text.removesuffix(phrases.after[state])
    return text.rstrip()


@dataclass(frozen=True)
class _Said:
    facts: ResultFacts
    phrases: _Phrases

    def result(self) -> list[str]:
        facts, phrases = self.facts, self.phrases
        sentences = []
        if facts.sentence is not None:
            sentences.append(phrases.understood.format(sentence=_quoted(facts.sentence)))
        if facts.member_count is not None:
            sentences.append(self._found(facts.member_count))
            if facts.member_count and facts.reachable is not None:
                sentences.append(self._reach(facts.reachable))
        sentences.append(phrases.after[RequestState(facts.state)])
        if facts.problem is not None and RequestState(facts.state) not in _UNDER_REVIEW:
            sentences.append(_ended(phrases.because.format(problem=_quoted(facts.problem))))
        return sentences

    def asked_back(self) -> list[str]:
        facts, phrases = self.facts, self.phrases
        words = [word for word in facts.unplaced if " ".join(word.split()) != " ".join(facts.request_text.split())]
        if words:
            said = [whole_contacts(word, facts.request_text) for word in words[:MAX_WORDS]]
            listed = ", ".join(dict.fromkeys(f"“{_quoted(word)}”" for word in said))
            sentences = [phrases.not_placed.format(words=listed)]
        else:
            sentences = [phrases.not_understood]
        asked = [_ended(_quoted(quoting_whole_contacts(one, facts.request_text))) for one in facts.questions]
        if len(asked) > MAX_QUESTIONS:
            # The last one may say why no model has read the request.
            more = phrases.more_questions.format(count=len(asked) - MAX_QUESTIONS)
            asked = [*asked[: MAX_QUESTIONS - 1], more, asked[-1]]
        if asked:
            sentences.append(phrases.ask.format(questions=" ".join(asked)))
        return [*sentences, phrases.how_to_answer]

    def _found(self, count: int) -> str:
        phrases, funnel = self.phrases, self.facts.funnel
        if not funnel:
            return phrases.found_in_all.format(count=self._number(count)) + "."
        everybody = self._number(funnel[0][1])
        entrance = phrases.found if count else phrases.found_nobody
        return entrance.format(everybody=everybody, count=self._number(count)) + self._most_dropped(count) + "."

    def _most_dropped(self, count: int) -> str:
        """Which condition narrows most, where there is more than one to compare."""
        funnel = self.facts.funnel
        steps = [(name, before - kept) for (_, before), (name, kept) in pairwise(funnel)]
        if not count:
            empty = next((name for name, kept in funnel[1:] if not kept), None)
            return "" if empty is None else self.phrases.leaves_nobody.format(condition=_quoted(empty))
        if len(steps) < 2:
            return ""
        name, dropped = max(steps, key=lambda step: step[1])
        if not dropped:
            return ""
        return self.phrases.drops_most.format(condition=_quoted(name), dropped=self._number(dropped))

    def _reach(self, reachable: Mapping[str, int]) -> str:
        listed = [
            self.phrases.by_channel.get(channel, f"{{count}} ({channel})").format(count=self._number(people))
            for channel, people in sorted(reachable.items(), key=lambda one: (-one[1], one[0]))
            if people
        ]
        return self.phrases.reach.format(channels=", ".join(listed)) if listed else self.phrases.reach_nobody

    def _number(self, count: int) -> str:
        return f"{count:,}".replace(",", self.phrases.thousands)


def _quoted(text: str) -> str:
    """The text on one line, without contact data, without its full stop, and no longer than a quotation."""
    line = " ".join(masked(text).split()).removesuffix(".")
    if len(line) <= MAX_QUOTE:
        return line
    return line[:MAX_QUOTE].rsplit(" ", 1)[0].rstrip(" ,;") + " …"


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!", "…", ")")) else f"{sentence}."
