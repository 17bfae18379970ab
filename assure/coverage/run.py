#!/usr/bin/env python3
"""Which lines of src/ the tests execute, on the arithmetic that runs here by itself and on the
portable one.

    run.py OUT WANTED

OUT is a folder for what is built, WANTED a percentage. Lines of tests don't count, nor do functions
that are evaluated at compile time, nor, where the CPU has no AVX-512 IFMA, the files that need it,
which are then named. Prints the lines that weren't executed, by file; the last line is the figure.
"""

import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What only AVX-512 IFMA executes.
WIDE = re.compile(r"src/.*/(ifma|wide|eight)(/.*)?\.rs")
# The marks for valgrind, which only that build has.
NOT_BUILT = re.compile(r"src/ct/poison\.rs")
# Functions that fill tables and constants while the crate is compiled.
COMPILE_TIME = {
    "src/curve/comb.rs": ["from_table"],
    "src/eccsi/curve/comb.rs": ["all_set", "from_table"],
    "src/eccsi/curve/residue.rs": ["double_256_times", "from_integer"],
    "src/eccsi/curve/table.rs": ["entry", "limbs"],
    "src/field/fp.rs": ["from_table", "from_u64"],
    "src/field/kernel/portable.rs": ["new"],
    "src/pairing/miller/windows.rs": ["bit", "recode"],
    "src/torus/comb.rs": ["from_table"],
}
# Of the tests, those that reach the portable arithmetic and what chooses it.
PORTABLE = ["--test", "eccsi", "--test", "golden", "--test", "values"]

# Reads the sources, and executes none.
NOT_RUN = {"floors"}


def tool(name):
    """LLVM's tools of the version that rustc has."""
    text = subprocess.run(["rustc", "-vV"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return name + "-" + re.search(r"LLVM version: (\d+)", text).group(1)


def executed(out, name, flags, tests):
    """Builds and runs tests: the binaries, and the profiles they left."""
    profiles = out / name
    profiles.mkdir(parents=True, exist_ok=True)
    for old in profiles.glob("*.profraw"):
        old.unlink()
    environment = {**os.environ, "RUSTFLAGS": f"-Cinstrument-coverage {flags}"}
    words = ["cargo", "test", "--locked", "--profile", "strength", "--all-features", *tests, "--no-run",
             "--message-format=json", "--target-dir", out / "target"]
    text = subprocess.run(words, check=True, text=True, cwd=ROOT, env=environment,
                          stdout=subprocess.PIPE).stdout
    messages = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    binaries = [m["executable"] for m in messages if m["reason"] == "compiler-artifact"
                and m["profile"]["test"] and m["executable"] and m["target"]["name"] not in NOT_RUN]
    for number, binary in enumerate(binaries):
        environment["LLVM_PROFILE_FILE"] = str(profiles / f"{number}.profraw")
        subprocess.run([binary, "--quiet"], check=True, cwd=ROOT, env=environment)
    return binaries, list(profiles.glob("*.profraw"))


def counts(lcov):
    """How often each line of each file ran, the most over all binaries."""
    files = collections.defaultdict(lambda: collections.defaultdict(int))
    name = None
    for line in lcov.splitlines():
        if line.startswith("SF:"):
            path = Path(line[3:])
            name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else None
        elif line.startswith("DA:") and name:
            number, count = line[3:].split(",")[:2]
            files[name][int(number)] = max(files[name][int(number)], int(count))
    return files


def item(lines, start):
    """The numbers of the lines of an item that starts at an index: to its closing brace, or ;."""
    depth, opened = 0, False
    for index in range(start, len(lines)):
        depth += lines[index].count("{") - lines[index].count("}")
        opened = opened or "{" in lines[index]
        if opened and depth <= 0 or not opened and lines[index].rstrip().endswith(";"):
            return set(range(start + 1, index + 2))
    return set(range(start + 1, len(lines) + 1))


def left_out(name, source):
    """The numbers of lines that don't count: of tests, and of what runs at compile time."""
    lines, found = source.splitlines(), set()
    for index, line in enumerate(lines):
        if line.strip().startswith("#[cfg(test)]"):
            found |= item(lines, index)
        named = re.match(r"\s*(?:pub(?:\([a-z :]*\))? )?const fn (\w+)", line)
        if named and named.group(1) in COMPILE_TIME.get(name, []):
            found |= item(lines, index)
    return found


def ranges(numbers):
    """1, 2, 3, 7 as 1-3, 7."""
    out = []
    for number in sorted(numbers):
        if out and number == out[-1][1] + 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def main():
    out, wanted = Path(sys.argv[1]).resolve(), float(sys.argv[2])
    binaries, profiles = executed(out, "detected", "", ["--lib", "--tests"])
    more = executed(out, "portable", '--cfg eccsi_sakke_backend="portable"', PORTABLE)
    binaries, profiles = binaries + more[0], profiles + more[1]
    merged = out / "all.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", *profiles, "-o", merged], check=True)
    objects = [word for binary in binaries for word in ("-object", binary)]
    lcov = subprocess.run(
        [tool("llvm-cov"), "export", "--format=lcov", f"-instr-profile={merged}", *objects,
         "--ignore-filename-regex=/registry/|/rustc/|/tests/|/examples/"],
        check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    ifma = "avx512ifma" in Path("/proc/cpuinfo").read_text().split()
    covered, total, wide = 0, 0, []
    for name, lines in sorted(counts(lcov).items()):
        if not name.startswith("src/") or name.endswith("/tests.rs") or NOT_BUILT.fullmatch(name):
            continue
        if not ifma and WIDE.fullmatch(name):
            wide.append(name)
            continue
        skipped = left_out(name, (ROOT / name).read_text())
        lines = {number: count for number, count in lines.items() if number not in skipped}
        missed = [number for number, count in lines.items() if count == 0]
        covered += len(lines) - len(missed)
        total += len(lines)
        if missed:
            print(f"{name}: {len(missed)} of {len(lines)} not executed: {ranges(missed)}")
    if wide:
        print("left out, for this CPU has no AVX-512 IFMA:", ", ".join(wide))
    figure = 100 * covered / total if total else 0
    print(f"{figure:.2f} % of {total} lines"
          + (f", without {len(wide)} files for AVX-512, which this CPU lacks" if wide else ""))
    sys.exit(figure < wanted)


main()
