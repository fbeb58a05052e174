"""The audit log: what people and programs did, kept so that a change of it afterwards is seen.

`sealing` moves what the tables' triggers noted into the log and anchors its head in a file; `verifying` reads log and
anchor and tells what was altered, deleted, reordered or cut off. `docs/concepts/audit.md` says what is in it.
"""

from leo_activation.audit.anchors import Anchor, AnchorFile
from leo_activation.audit.entries import Entry, entries_about, pseudonym
from leo_activation.audit.sealing import Sealed, seal
from leo_activation.audit.verifying import Finding, FindingKind, Verified, verify

__all__ = [
    "Anchor",
    "AnchorFile",
    "Entry",
    "Finding",
    "FindingKind",
    "Sealed",
    "Verified",
    "entries_about",
    "pseudonym",
    "seal",
    "verify",
]
