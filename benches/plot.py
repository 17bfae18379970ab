#!/usr/bin/env python3
"""Our medians beside a peer's, from criterion's output: an SVG, or a table with --table.

    python3 benches/plot.py target/criterion benches/peer.txt ifma adx portable > performance.svg

A line of the peer's file is a bench id and microseconds; # begins a comment. The names after it
are criterion's baselines (--save-baseline), one bar each.
"""

import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

COLOURS = ["#1b6ca8", "#59a14f", "#b6992d", "#8c8c8c"]
LEFT, WIDTH, BAR, GAP, TOP = 220, 480, 9, 12, 48


def peer_times(path):
    lines = (line.split("#")[0].split() for line in open(path, encoding="utf-8"))
    return {fields[0]: float(fields[1]) for fields in lines if fields}


def our_times(criterion, baseline):
    """Microseconds of each id of a baseline."""
    times = {}
    for path in pathlib.Path(criterion).glob(f"**/{baseline}/benchmark.json"):
        id = json.loads(path.read_text())["full_id"]
        estimates = json.loads(path.with_name("estimates.json").read_text())
        times[id] = estimates["median"]["point_estimate"] / 1000
    return times


def text(microseconds):
    if microseconds is None:
        return "–"
    for unit, factor in (("ms", 1000), ("µs", 1), ("ns", 0.001)):
        if microseconds >= factor or unit == "ns":
            return f"{microseconds / factor:.3g} {unit}" if microseconds < 999 * factor else \
                f"{microseconds / factor:.0f} {unit}"


def table(peer, ours):
    print("| operation | peer |" + "".join(f" {name} | ratio |" for name in ours))
    print("|---|--:|" + "--:|--:|" * len(ours))
    for id in sorted(set().union(*ours.values())):
        cells = []
        for times in ours.values():
            ratio = f"{peer[id] / times[id]:.2f}" if id in peer and id in times else "–"
            cells.append(f" {text(times.get(id))} | {ratio} |")
        print(f"| `{id}` | {text(peer.get(id))} |" + "".join(cells))


def svg(peer, ours):
    ids = [id for id in peer if any(id in times for times in ours.values())]
    series = [*ours.items(), ("peer", peer)]
    values = [times[id] for _, times in series for id in ids if id in times]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    x = lambda value: LEFT + WIDTH * (math.log10(value) - low) / (high - low)
    block = BAR * len(series) + GAP
    height = TOP + block * len(ids)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 80}" '
          f'height="{height + 10}" font-family="sans-serif" font-size="11">')
    print('<rect width="100%" height="100%" fill="white"/>')
    for i, (name, _) in enumerate(series):
        at = LEFT + 100 * i
        print(f'<rect x="{at}" y="8" width="9" height="9" fill="{COLOURS[i - len(series)]}"/>'
              f'<text x="{at + 14}" y="17">{escape(name)}</text>')
    for power in range(low, high + 1):
        at = x(10**power)
        print(f'<path d="M{at:.0f} {TOP - 8}V{height}" stroke="#ddd"/>'
              f'<text x="{at:.0f}" y="{TOP - 12}" text-anchor="middle">{text(10**power)}</text>')
    for row, id in enumerate(ids):
        y = TOP + block * row
        middle = y + BAR * len(series) / 2 + 4
        print(f'<text x="{LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(id)}</text>')
        for i, (_, times) in enumerate(series):
            if id in times:
                end = x(times[id])
                print(f'<rect x="{LEFT}" y="{y + BAR * i}" width="{end - LEFT:.1f}" '
                      f'height="{BAR - 1}" fill="{COLOURS[i - len(series)]}"/>'
                      f'<text x="{end + 4:.1f}" y="{y + BAR * i + 8}" font-size="9">'
                      f'{text(times[id])}</text>')
    print("</svg>")


def main():
    arguments = [a for a in sys.argv[1:] if a != "--table"]
    if len(arguments) < 3:
        sys.exit(__doc__)
    criterion, peer, *baselines = arguments
    ours = {name: our_times(criterion, name) for name in baselines}
    (table if "--table" in sys.argv else svg)(peer_times(peer), ours)


main()
