"""Follow-ups by grammar: words that change the plan at hand, in English and Vietnamese (`docs/concepts/follow-ups.md`).

`reviser` is the entry, `words` what each language says, `clauses` which edit a clause asks for, `fragments` reads the
rest by the grammars of requests, `edits` and `places` change the tree, `changes` names what changed, `answers` joins an
answer with the request that was asked back.
"""

from leo_activation.segments.follow_ups.reviser import GrammarReviser

__all__ = ["GrammarReviser"]
