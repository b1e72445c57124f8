"""What a report says in words."""

from apps.evaluation.report import as_page, as_text

WHY = "It needs 34.0 GB for 40,000 films, here are 12.0 GB for it."
FIGURES = {
    "ndcg_at_10": [0.1, 0.0, 0.2],
    "hit_rate_at_10": [0.1, 0.0, 0.2],
    "recall_at_20": [0.1, 0.0, 0.2],
    "coverage_at_10": 0.1,
    "novelty_at_10": [0.1, 0.0, 0.2],
    "diversity_at_10": [0.1, 0.0, 0.2],
}
SPLIT = {
    "split": "last",
    "people": 20,
    "known": 1_000,
    "systems": {"blend": FIGURES},
    "ahead": [{"of": "blend", "above": "ALS", "ndcg_at_10": [0.02, 0.01, 0.03]}],
    "best_baseline": "ALS",
    "left_out": {"EASE": WHY},
}
REPORT = {
    "data": "ml",
    "at": "2026-01-01",
    "ratings": 1_020,
    "people": 20,
    "films": 40_000,
    "shown": [SPLIT],
    "stars": {},
}


def test_a_system_that_was_left_out_is_told_with_the_reason() -> None:
    lines = [*as_text(REPORT)]
    told = f"EASE was left out, so the best baseline may be another. {WHY}"
    assert told in lines
    assert told in as_page(REPORT)


def test_what_is_ahead_is_told_with_its_interval() -> None:
    told = "NDCG@10 of blend − ALS, the best baseline: +0.0200 (+0.0100 to +0.0300, 95 % of"
    assert any(line.startswith(told) for line in as_text(REPORT))
