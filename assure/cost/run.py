#!/usr/bin/env python3
"""run.py PROGRAM TABLE: counts the instructions that a message costs its receiver.

Runs the program under callgrind, which counts each call of `measured` by itself, and writes the table. The run fails if
a decoder takes more instructions for each octet than a constant, or more the longer the message is. It also fails if
the control isn't found.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# The most instructions for each octet of a message, which is hashed twice, and of a document, and the factor by which
# they may grow at twice the size.
MESSAGE, DOCUMENT, GROWTH = 200, 2000, 1.25


def counted(program):
    """The lines of the program in their order, each with the cost of its call."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        command = ["valgrind", "-q", "--tool=callgrind", "--toggle-collect=cost::measured",
                   "--dump-after=cost::measured", f"--callgrind-out-file={out}", program]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        dumps = sorted(pathlib.Path(folder).glob("out.*"), key=lambda path: int(path.suffix[1:]))
        totals = [int(re.search(r"^totals: (\d+)", dump.read_text(), re.M)[1]) for dump in dumps]
    lines = [line.split("\t") for line in printed.splitlines()]
    assert len(totals) >= len(lines), f"{len(totals)} counts of {len(lines)} calls"
    return [(what, int(octets), total) for (what, octets), total in zip(lines, totals)]


def main():
    program, table = sys.argv[1:]
    sizes = {}
    for what, octets, total in counted(program):
        sizes.setdefault(what, []).append((octets, total))
    rows, failed, controls, worst = [], [], 0, 0
    for what, costs in sizes.items():
        octets, total = costs[-1]
        if len(costs) == 1:
            rows.append(f"| {what} | {octets:,} | {total:,} | |")
            print(rows[-1])
            continue
        (n1, i1), (n2, i2), (n3, i3) = costs
        lower, upper = (i2 - i1) / (n2 - n1), (i3 - i2) / (n3 - n2)
        most = DOCUMENT if what.startswith("XML") else MESSAGE
        is_linear = upper <= most and upper <= GROWTH * lower + 5
        if what.startswith("control: "):
            controls += not is_linear
            print(f"{what}: {upper:.0f} instructions for each octet, found: {not is_linear}")
            continue
        worst = max(worst, upper)
        if not is_linear:
            failed.append(what)
        rows.append(f"| {what} | {octets:,} | {total:,} | {upper:.0f} |")
        print(rows[-1])
    pathlib.Path(table).write_text("\n".join([
        "| what is done with what | octets | instructions | for each octet more |",
        "|---|--:|--:|--:|",
        *rows,
    ]) + "\n")
    if failed or controls != 1:
        print(f"beyond its bound: {failed}, controls found: {controls} of 1")
        return 1
    print(f"{len(rows)} messages and documents, {worst:.0f} instructions for each octet at most, 1 control")
    return 0


sys.exit(main())
