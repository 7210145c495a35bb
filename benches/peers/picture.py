"""A run's result in, the picture of it out: CPU seconds a tool as bars, what each found beside them, as SVG.

usage: picture.py RUN.json [OUT.svg]
"""

import html
import json
import statistics
import sys
from pathlib import Path

WIDTH, ROW, TOP = 760, 30, 58
# Where the bars begin and how long the longest is; the numbers stand right of it.
LEFT, LONGEST = 190, 330

# Colors that stand out on white and on black; text takes the color of the reader's theme.
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .faint { fill: #57606a; font-size: 12px }
  .ours { fill: #0969da } .peer { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .faint { fill: #9198a1 } .ours { fill: #4493f8 } .peer { fill: #656c76 }
  }
"""


def picture(result):
    rows = rows_of(result)
    corpus, date = result["corpus"], result["date"]
    most = max(seconds for _, seconds, _ in rows)
    height = TOP + ROW * len(rows) + 14
    title = f"CPU seconds for {corpus['articles']:,} articles ({corpus['bytes'] / 1e6:,.0f} MB)"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        f' role="img" aria-label="{html.escape(label(title, rows))}">',
        f"<style>{STYLE}</style>",
        f'<text x="10" y="22">{title}: less is better</text>',
        f'<text class="faint" x="10" y="42">median of the rounds of {date}; recall and precision of pairs, Jaccard 0.7</text>',
    ]
    for place, (name, seconds, found) in enumerate(rows):
        y = TOP + ROW * place
        length = max(1, LONGEST * seconds / most)
        color = "ours" if name.startswith("wirecopy") else "peer"
        lines += [
            f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end">{html.escape(name)}</text>',
            f'<rect class="{color}" x="{LEFT}" y="{y + 3}" width="{length:.1f}" height="20" rx="2"/>',
            f'<text x="{LEFT + length + 8:.1f}" y="{y + 17}">{seconds:.1f} s'
            f'<tspan class="faint" dx="10">{found}</tspan></text>',
        ]
    return "\n".join(lines + ["</svg>"]) + "\n"


def rows_of(result):
    """Each tool: its name, its median of CPU seconds, and what it found, in words."""
    rows = []
    for tool in result["tools"]:
        name = tool["name"]
        seconds = statistics.median(run["cpu_seconds"] for run in result["runs"] if run["tool"] == name)
        score = result["scores"][name]
        if tool.get("another_question"):
            found = "another question"
        elif score.get("recall") is None or score.get("precision") is None:
            found = f"{score['pairs']:,} pairs"
        else:
            found = f"recall {hundredths(score['recall'])}, precision {hundredths(score['precision'])}"
        rows.append((name, seconds, found))
    return rows


def hundredths(share):
    """To the nearest, but no less than all is 1.00."""
    return f"{min(round(share, 2), 0.99) if share < 1 else 1:.2f}"


def label(title, rows):
    return title + ": " + "; ".join(f"{name} {seconds:.1f} s, {found}" for name, seconds, found in rows)


def main(run, out=None):
    result = json.loads(Path(run).read_text(encoding="utf-8"))
    Path(out or Path(run).with_suffix(".svg")).write_text(picture(result), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
