"""The keys under which it is kept in a person's `stored_data` how their visits went."""

from __future__ import annotations

COMPLETION = "completion"
"""How their visit ended: outcome, code, when, seconds waited, and pay for that in pence or cents."""

EARLIER_VISITS = "earlier_visits"
"""The links they came by before the newest one, each with how that ended; the oldest first."""

ENTRY = "entry"
"""The parameters of a link; that of an earlier visit stands under it beside its `completion`."""

DEVICE = "device"
"""With what they came last: its `kind` and its `browser`, where a config asks for some."""

SHOWS_FORMS = "shows_forms"
"""Whether their screen could show forms when they came last, where a config has forms: for while they are away."""

VISIT = "visit"
"""What has happened in a visit that goes on."""

VISIT_OUTCOME = "visit_outcome"
"""How their visit is to end, whatever happens: for the author's code to set."""

VISIT_PART = "visit_part"
"""How what they are in has ended for them, in their `data`: for a world to set, such as one that asks a form."""
