"""What is said to the system and not of customers: instructions that are named and not followed, and refusals."""

import re

from leo_activation.segments.planners.cursor import END, Cursor
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.told import Told


def _spaced(words: str) -> str:
    """A pattern for use inside one that is written over several lines, where a bare space would mean nothing."""
    return words.replace(" ", r"\ ")


_OBJECT = _spaced(
    r"(?:(?:the|this|that|my|our) (?:segment|request|list|result|plan|definition|campaign|message)"
    r"|it|this|that|them|these|everything|me|us)"
)
_NOBODY = _spaced(
    r"(?:me|us|anyone|anybody|somebody|back|again|questions|any questions|my (?:boss|manager|team)"
    r"|the (?:approver|reviewer|admin|team|manager)s?"
    r"|(?:for )?(?:an? |any |my |the )?(?:approval|confirmation|review|permission|consent))"
)
_STEPS = _spaced(
    r"(?:instructions?|rules?|prompts?|guidelines?|restrictions?|polic(?:y|ies)|approvals?|reviews?|checks?|gates?"
    r"|limits?|previews?|safeguards?|consents?|opt outs?|unsubscribes?|suppressions?|suppression lists?"
    r"|frequency caps?|permissions?|safety checks?|confirmations?|consent checks?|validations?)"
)
_HOW = _spaced(
    r"(?: (?:yourself|automatically|immediately|right away|directly|now|for me|please|as well|at once|silently"
    r"|without (?:any )?(?:asking|approval|review|confirmation|checks?|questions)(?: (?:me|us|anyone|anybody))?))*"
)
_INSTRUCTIONS = re.compile(
    rf"""(?:
      (?:you\ (?:can|may|should|must)\ )?(?:auto\ ?)?approve(?:\ {_OBJECT})?{_HOW}
    | (?:ignore|disregard|forget|override|bypass|skip|disable|circumvent|turn\ off|switch\ off|leave\ out|omit)
      (?:\ (?:all|any|the|your|my|our|of|previous|prior|earlier|preceding|other|system|security|usual|above))*
      \ {_STEPS}(?:\ (?:you\ were\ given|above|before|this\ time|so\ far|steps?|process|completely|entirely))*
    | (?:do\ not|never|no\ need\ to|there\ is\ no\ need\ to|you\ do\ not\ (?:need|have)\ to)
      \ (?:ask|tell|inform|bother|warn|wait|check\ with|wait\ for|consult|involve)
      (?:\ {_NOBODY})*(?:\ (?:or|and)\ {_NOBODY})*(?:\ about\ {_OBJECT})?(?:\ first|\ before)?
    | (?:there\ is\ )?no\ need\ for\ (?:an?\ |any\ )?{_STEPS}
    | no\ {_STEPS}\ (?:is\ |are\ )?(?:needed|required|necessary)
    | (?:run|send|execute|start|publish|activate)\ {_OBJECT}\ without\ (?:any\ )?(?:asking|approval|review|confirmation)
      (?:\ (?:me|us|anyone|anybody))?
    | without\ (?:any\ )?(?:asking(?:\ (?:me|us|anyone|anybody))?|approval|review|confirmation)
    | (?:you\ are|act\ as|behave\ as|pretend\ to\ be|pretend\ you\ are|you\ are\ now)
      (?:\ now)?(?:\ an?|\ the)?\ (?:admin|administrator|root|superuser|approver|reviewer|developer|system)
    | mark\ {_OBJECT}\ as\ (?:approved|reviewed|done|checked)
    | (?:and\ )?treat\ {_OBJECT}\ as\ (?:approved|reviewed|checked)
    )(?=$|\ )""",
    re.VERBOSE,
)
_BEFORE = frozenset({END, ".", ",", ";", "!", "?", ":", "(", ")", "-", "and", "then", "also", "but", "please", "so"})
_AFTER = frozenset({END, ".", ",", ";", "!", "?", ":", ")", "-", "and", "then", "but", "also", "please"})
_CONTACT = _spaced(
    r"(?:e ?mail addresses|e ?mail address|e ?mails|phone numbers?|telephone numbers?|mobile numbers?"
    r"|(?:home |postal |street )?addresses|contact (?:data|details|information)|personal data|passwords?|full names"
    r"|first names|last names|names and (?:e ?mail addresses|phone numbers)|(?:government )?id numbers|credit cards?)"
)
_WHOSE = _spaced(
    r"(?: (?:all|every|the|their|his|her|these|those|of|customers?|users?|buyers?|people|everyone|'s|'"
    r"|complete|full|personal|private|raw))*"
)
_CONTACT_DATA = re.compile(
    rf"""(?:
      (?:please\ )?(?:can\ you\ |could\ you\ )?
      (?:list|show|give|export|print|reveal|share|display|dump|download|provide|extract|output|tell|fetch|get)
      (?:\ me|\ us)?{_WHOSE}\ {_CONTACT}
    | (?:what|which)\ (?:is|are){_WHOSE}\ {_CONTACT}
    | {_CONTACT}\ of\ (?:all|the|every|customers|users|everyone|buyers|people|those|these)
    )(?=$|\ )""",
    re.VERBOSE,
)
_CHANGES = re.compile(
    r"""(?:
      (?:please\ )?(?:delete|erase|wipe|purge|destroy|anonymi[sz]e)
      (?:\ (?:all|the|every|these|those|any|our|their|of|from|out))*
      (?:\ (?:customers?|users?|profiles?|people|persons?|data|records?|tables?|databases?|segments?|them|everything
      |everyone|everybody|buyers?|contacts?|orders?|events?|history|audience|it))
    | (?:drop|truncate|alter)\ (?:the\ )?(?:table|database|schema|graph|segment)s?
    | grant\ (?:me|all|us)
    | (?:set|change|update|overwrite)\ (?:the\ |their\ )?
      (?:consent|passwords?|e\ ?mail\ addresses|data|records?|prices?)
    )(?=$|\ )""",
    re.VERBOSE,
)
_QUERIES = re.compile(
    r"""\bselect\s+(?:\*|count\s*\(|distinct\b)|\bselect\b[^.]*\bfrom\s+[\w.]+\s+where\s+[\w.]+\s*(?:=|<|>|like\b|in\s*\()
    |\bunion\s+(?:all\s+)?select\b|\bdelete\s+from\b|\binsert\s+into\b|\bupdate\s+[\w.]+\s+set\s
    |\b(?:drop|truncate|alter|create)\s+(?:table|database|schema|graph|role|user)\b
    |\b(?:match|merge|create|optional\s+match)\s*\(\s*\w*\s*:?|\bdetach\s+delete\b|\)\s*-\s*\[|\]\s*->\s*\(|;\s*--
    |\bpg_sleep\b|\bexec(?:ute)?\s*\(""",
    re.VERBOSE | re.IGNORECASE,
)
REFUSALS = {
    "contact": Told.of("Segments are made of customers; contact data is not listed for anybody."),
    "change": Told.of("Requests ask who belongs to a segment; they change and delete nothing."),
    "query": Told.of("A request is written in words; a query in a database's language is not run from here."),
}


def take_instruction(cursor: Cursor) -> str | None:
    """'approve this yourself', 'skip the review': a whole clause that says what to do, and nothing of customers."""
    return _take(cursor, _INSTRUCTIONS)


def take_ignored(cursor: Cursor) -> list[str]:
    """'Ignored: “approve this yourself”.' as a sentence prints it; anything else in such quotes is left alone."""
    start = cursor.position
    found: list[str] = []
    if cursor.take_words("ignored", ":"):
        while (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
            inner = Cursor(token.word)
            if take_instruction(inner) is None or not inner.at_end:
                found.clear()
                break
            found.append(token.word)
            if cursor.take_one_of(",") is None:
                break
    if not found:
        cursor.position = start
    return found


def take_refused(cursor: Cursor) -> str | None:
    """What is never done: 'contact' where contact data is asked for, 'change' where something would be deleted."""
    for kind, pattern in (("contact", _CONTACT_DATA), ("change", _CHANGES)):
        if _take(cursor, pattern, whole=False) is not None:
            return kind
    return None


def is_query(text: str) -> bool:
    """Whether a text is SQL or Cypher and no request."""
    return _QUERIES.search(text) is not None


def _take(cursor: Cursor, pattern: re.Pattern[str], *, whole: bool = True) -> str | None:
    """Take the words that the pattern reads at the beginning of a clause; `whole`: the clause ends with them."""
    start = cursor.position
    if cursor.peek(-1) not in _BEFORE:
        return None
    # Words are compared one by one, whatever stands between them in the text.
    found = pattern.match(" ".join(cursor.words[start:]))
    if found is None:
        return None
    end = start + len(found[0].split(" "))
    following = cursor.words[end] if end < len(cursor.words) else END
    if whole and following not in _AFTER:
        return None
    cursor.position = end
    return cursor.written(start, end)
