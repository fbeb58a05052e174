"""From a plan to canonical, parameterised Cypher in the forms that Apache AGE runs fast.

A plan's conditions become one chain that filters the customer `c`. Each leaf has one of the shapes of `shapes`, which
knows how it is required, and how it leaves a flag or a number where `not`, `or` or a count that may be zero needs
one. `attributes` are the conditions on a customer alone, `events` the patterns of what was done, `leaves` and
`relations` make a leaf's shape, `chain` joins shapes, `sorting` orders, `compiler` puts the query together and
`values` names the parameters. No pattern has a variable length or more than three hops, and nothing in the text
depends on as-of: an approval binds the text. The tree is printed by the gate's printer, so that the gate gives the
text back unchanged. `docs/reference/plan-language.md` has the table of leaves.
"""

from leo_activation.segments.cut import Cut
from leo_activation.segments.cypher.compiler import CompiledCypher, compile_plan, phrases_of

__all__ = ["CompiledCypher", "Cut", "compile_plan", "phrases_of"]
