"""What a verification answers, step by step."""

from registry.hcert import Reason, Step, Verdict, Verification

STEPS = ["prefix", "base45", "inflate", "cose", "claims", "key", "signature", "key_usage", "time", "content"]


def assert_stops(verification: Verification, step: Step, reason: Reason, verdict: Verdict = Verdict.NOT_VALID) -> None:
    """Everything before the step has passed, nothing after it was reached."""
    index = STEPS.index(step)
    answers = [True] * index + [False] + [None] * (len(STEPS) - index - 1)
    assert verification.steps == dict(zip(STEPS, answers, strict=True))
    assert (verification.reason, verification.verdict) == (reason, verdict)
