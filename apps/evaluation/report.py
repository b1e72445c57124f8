"""The report: as JSON, as a table on the terminal, and as a page with plots."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

Json = dict[str, Any]

COLUMNS: Mapping[str, str] = {
    "ndcg_at_10": "NDCG@10",
    "hit_rate_at_10": "HR@10",
    "recall_at_20": "Recall@20",
    "coverage_at_10": "coverage",
    "novelty_at_10": "novelty (bits)",
    "diversity_at_10": "diversity",
}

BAR, LEFT, WIDTH = 22, 190, 640
"""Pixels: the height of a bar's row, the room for its name, and the width of a plot."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Evaluation on {data}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto }}
table {{ border-collapse: collapse }} td, th {{ padding: .15rem .8rem; text-align: right }}
td:first-child, th:first-child {{ text-align: left }} tr:nth-child(even) {{ background: #f3f3f3 }}
rect {{ fill: #9ab8d8 }} rect.blend {{ fill: #1f5fa8 }} svg text {{ font-size: 12px }}
</style></head><body><h1>How good the recommendations are, on {data}</h1>
<p>{about}</p>
{body}
</body></html>
"""


def write(report: Json, folder: Path) -> list[Path]:
    """`report.json` and `report.html`."""
    folder.mkdir(parents=True, exist_ok=True)
    told, page = folder / "report.json", folder / "report.html"
    told.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    page.write_text(as_page(report), encoding="utf-8")
    return [told, page]


def as_text(report: Json) -> Iterator[str]:
    """Line by line, for a terminal; the tables are Markdown's."""
    for split in report["shown"]:
        yield f"\n{_heading(split)}\n"
        yield from _table(("system", *COLUMNS.values()), _rows(split))
        yield ""
        yield from _notes(split)
    if report["stars"]:
        yield "\nStars, five folds\n"
        yield from _table(("system", "RMSE", "MAE"), _star_rows(report))


def as_page(report: Json) -> str:
    """A page that needs nothing else."""
    body: list[str] = []
    for split in report["shown"]:
        body.append(f"<h2>{escape(_heading(split))}</h2>")
        body += [f"<p>{escape(note)}</p>" for note in _notes(split)]
        body += [
            f"<h3>{title}</h3>{_plot({n: s[key] for n, s in split['systems'].items()})}"
            for key, title in COLUMNS.items()
        ]
        body.append(_html_table(("system", *COLUMNS.values()), _rows(split)))
    if report["stars"]:
        body.append("<h2>Stars, five folds</h2>")
        body += [
            f"<h3>{key.upper()}</h3>{_plot({n: s[key] for n, s in report['stars'].items()})}"
            for key in ("rmse", "mae")
        ]
        body.append(_html_table(("system", "RMSE", "MAE"), _star_rows(report)))
    about = (
        f"{report['ratings']:,} ratings of {report['people']:,} people on {report['films']:,} "
        f"films; measured on {report['at']}."
    )
    return PAGE.format(data=escape(report["data"]), about=about, body="\n".join(body))


def _heading(split: Json) -> str:
    return f"{split['split']}: {split['people']} people, {split['known']:,} ratings known"


def _notes(split: Json) -> Iterator[str]:
    for ahead in split["ahead"]:
        mean, low, high = ahead["ndcg_at_10"]
        is_best = ahead["above"] == split.get("best_baseline")
        yield (
            f"NDCG@10 of {ahead['of']} − {ahead['above']}{', the best baseline' * is_best}: "
            f"{mean:+.4f} ({low:+.4f} to {high:+.4f}, 95 % of paired resamples)"
        )
    for name, why in split.get("left_out", {}).items():
        yield f"{name} was left out, so the best baseline may be another. {why}"


def _rows(split: Json) -> list[list[str]]:
    return [
        [name, *(_told(figures[key]) for key in COLUMNS)]
        for name, figures in split["systems"].items()
    ]


def _star_rows(report: Json) -> list[list[str]]:
    return [[n, f"{s['rmse']:.4f}", f"{s['mae']:.4f}"] for n, s in report["stars"].items()]


def _told(figure: Any) -> str:
    if isinstance(figure, float):
        return f"{figure:.3f}"
    mean, low, high = figure
    return f"{mean:.3f} ({low:.3f}–{high:.3f})"


def _table(head: tuple[str, ...], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _html_table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    cells = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{cells}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _plot(figures: Mapping[str, Any]) -> str:
    """A bar for each system; a line through its end shows the interval, if there is one."""
    bounds = {n: (f, f, f) if isinstance(f, float) else tuple(f) for n, f in figures.items()}
    scale = (WIDTH - LEFT - 60) / max(max(high for _, _, high in bounds.values()), 1e-9)
    drawn = [
        _bar(place * BAR, name, [LEFT + value * scale for value in of], of[0])
        for place, (name, of) in enumerate(bounds.items())
    ]
    return f'<svg width="{WIDTH}" height="{BAR * len(drawn)}" role="img">{"".join(drawn)}</svg>'


def _bar(top: int, name: str, at: list[float], value: float) -> str:
    end, low, high = at
    middle = top + BAR // 2
    kind = "blend" if name.startswith(("blend", "predicted_stars")) else "other"
    return (
        f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="{top + 3}" width="{end - LEFT:.1f}"'
        f' height="{BAR - 6}"/>'
        f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#333"/>'
        f'<text x="{high + 6:.1f}" y="{middle + 4}">{value:.3f}</text>'
    )
