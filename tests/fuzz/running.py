"""One run of schemathesis over a specification, and what it found."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import schemathesis
from schemathesis import Case
from schemathesis.engine import events, from_schema

SEED = int(os.environ.get("FUZZ_SEED", "1"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "50"))
"""Random requests for each route, beside those that every boundary of the schema gets."""


def findings(
    specification: dict[str, Any],
    url: str,
    *,
    token: Callable[[Case], str],
    mend: Callable[[Case], None],
    **config: Any,
) -> list[str]:
    """Each failure once a route, with the request that shows it; a route without 2xx is one.

    `token` signs a request in; `mend` gives it what no schema can say. `config` is of schemathesis.
    """
    given = {
        "seed": SEED,
        "base-url": url,
        "continue-on-failure": True,
        "request-timeout": 600,  # pytest ends what hangs; ten seconds may be a busy machine
        "generation": {"max-examples": EXAMPLES, "database": "none"},
        **config,
    }
    plain = json.loads(json.dumps(specification, default=str))
    schema = schemathesis.openapi.from_dict(plain, config=schemathesis.Config.from_dict(given))

    @schema.auth(refresh_interval=None)
    class Bearer:
        def get(self, case: Case, context: object) -> str:
            return token(case)

        def set(self, case: Case, data: str, context: object) -> None:
            case.headers["Authorization"] = f"Bearer {data}"
            mend(case)  # here and not in a hook: what a hook writes is judged by the schema again

    return _unlike(from_schema(schema).execute())


def _unlike(stream: Iterator[events.EngineEvent]) -> list[str]:
    found: dict[tuple[str, str], str] = {}
    succeeded: Counter[str] = Counter()
    for event in stream:
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            found.setdefault((event.label, type(event.value).__name__), str(event.value))
        if isinstance(event, events.ScenarioFinished):
            label = event.recorder.label
            succeeded[label] += _successes(event.recorder)
            for title, text in _failures(event.recorder):
                found.setdefault((label, title), text)
    found |= {(label, "Never succeeds"): "" for label, times in succeeded.items() if not times}
    return [f"{label}: {title}\n{text}" for (label, title), text in sorted(found.items())]


def _successes(recorder: Any) -> int:
    answers = (interaction.response for interaction in recorder.interactions.values())
    return sum(answer is not None and 200 <= answer.status_code < 300 for answer in answers)


def _failures(recorder: Any) -> Iterator[tuple[str, str]]:
    for case_id, checks in recorder.checks.items():
        response = recorder.find_response(case_id=case_id)
        answer = f"{response.status_code} {response.text[:500]}" if response else ""
        for info in (check.failure_info for check in checks if check.failure_info is not None):
            yield info.failure.title, f"{info.failure.message}\n{info.code_sample}\n{answer}"
