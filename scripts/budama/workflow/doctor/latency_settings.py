"""Whether latency can be measured as the config wants it."""

from collections import defaultdict

from budama.config.latency import Latency
from budama.config.schema import Config
from budama.latency.requirements import needs_driver
from budama.workflow.doctor.findings import Able, Finding, cannot, fine, listed, note
from budama.workflow.doctor.users import told_to, users_of

AREA = "latency"


def latency_findings(config: Config, able: Able) -> list[Finding]:
    """Compare the tasks' ``latency`` with the providers that run here."""
    groups: dict[str, list[str]] = defaultdict(list)
    settings = {}
    for task, scenarios in users_of(config, lambda scenario: [scenario.task]).items():
        own = config.latency_of(task)
        key = own.model_dump_json()
        settings[key] = own
        groups[key] += scenarios
    return [
        finding
        for key, own in settings.items()
        for finding in told_to(config, groups[key], _judged(own, able))
    ]


def _judged(latency: Latency, able: Able) -> list[Finding]:
    provider = next((name for name in latency.providers if name in able.providers), None)
    if provider is None:
        seen = f"latency.providers: none of {listed(latency.providers)} runs here"
        advice = "see why above; or allow another, such as CPU"
        return [cannot(AREA, seen, advice)]
    passed_over = latency.providers[: latency.providers.index(provider)]
    seen = f"{provider} is timed"
    first = fine(AREA, seen)
    if passed_over:
        first = note(AREA, f"{seen}, because {listed(passed_over)} does not run here")
    return [first, *_precisions(latency, provider, able), *_threads(latency, provider, able)]


def _precisions(latency: Latency, provider: str, able: Able) -> list[Finding]:
    lacking = [name for name in latency.precisions if name not in able.providers[provider]]
    if not lacking:
        return []
    seen = f"latency.precisions: {provider} does not run {listed(lacking)} here"
    advice = "leave it out, or use a GPU" if lacking == ["tf32"] else "leave it out"
    return [cannot(AREA, seen, advice)]


def _threads(latency: Latency, provider: str, able: Able) -> list[Finding]:
    if needs_driver(provider) or latency.threads <= able.cores:
        return []
    seen = f"latency.threads is {latency.threads}, and {able.cores} core(s) may be used"
    return [cannot(AREA, seen, "threads that wait for each other would be timed: set it lower")]
