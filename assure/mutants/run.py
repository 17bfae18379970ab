#!/usr/bin/env python3
"""Whether the tests notice a change of the code: mutants as cargo-mutants lists them, all built into
one copy of the crate, of which each is then tried with the tests that reach it.

    run.py OUT                  what SCOPE says: decoding, comparing and checking in full, arithmetic by a
                                sample
    run.py OUT --since REV      of what changed since a revision, those that there is time for, by lot

OUT is a folder for the copy and what is built of it. Prints a line for each mutant that no test noticed; it
is an error if accepted.txt doesn't list it with the reason, and if that lists what is noticed. The
last line is the figure.
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "assure/mutants"
# What stands for an id in the sources, and for none in a run that records which places a test reaches.
MARK, RECORD = 900_000_000, 1

# The first that matches a file decides: no mutants, all, or one of so many.
SCOPE = [
    # Not built here, or not for use: the marks for valgrind, the glue of benchmarks.
    (r"src/ct/poison\.rs|src/hazmat/bench\.rs", 0),
    # Tests.
    (r"src/fault/injection\.rs|src/.*/faults\.rs|src/(cases|tables)\.rs", 0),
    # AVX-512, which not every CPU runs.
    (r"src/.*/(ifma|wide|eight)(/.*)?\.rs", 0),
    # Arithmetic, where all that is wrong breaks the vectors.
    (r"src/(field|divsteps|jacobian|pairing|torus|words)(/.*)?\.rs", 12),
    (r"src/curve/(comb|edwards)(/.*)?\.rs", 12),
    (r"src/p256(/.*)?\.rs", 12),
    (r"src/.*", 1),
]
# Of what is sampled otherwise, functions that decode, compare or check: all.
CHECKS = re.compile(r"(^|::)(try_from|from_(be_)?(bytes|slice)|decode|ct_eq|eq|ct_is_.*|is_.*|has_.*|"
                    r"sum_has_x.*|sums_have.*|to_(be_)?bytes|reduce)$")
# Tests that read the sources and not what they do, and those that repeat what others do.
NOT_RUN = re.compile(r"floors .*|vectors (every_known_answer_ran|the_appendices.*|each_is_refused.*)")
# A mutant is tried with the tests that reach it, quick ones first, until they have taken so many
# seconds without it.
ENOUGH = 60
# Of a change: so many mutants, tried for so many seconds, with tests that take no longer than so many.
MOST, TRYING, LONGEST = 40, 120, 5


def command(*words, **options):
    return subprocess.run(words, check=True, text=True, cwd=ROOT, stdout=subprocess.PIPE, **options).stdout


def at_once(function, *arguments):
    """What it gives for each, worked out on all cores."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, *arguments))


def unlined(name):
    """The name without line and column, which other changes move."""
    return re.sub(r"^([^:]*):\d+:\d+: ", r"\1: ", name)


def lot(mutant):
    """Drawn by its own name alone."""
    return hashlib.sha256(unlined(mutant["name"]).encode()).digest()


def renamed(text):
    """The same to the compiler, but constructors aren't called `new`, which cargo-mutants leaves alone."""
    return re.sub(r"\bfn new\b", "fn r#new", text)


def staged(out):
    """The files of the crate, in a copy."""
    stage = out / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    for name in command("git", "ls-files", "-co", "--exclude-standard").split("\n") + ["Cargo.lock"]:
        if re.match(r"(src|tests|examples|benches|test-vectors)/|Cargo\.|README", name):
            update(ROOT / name, stage / name)
    command("sed", "-E", "-i", "-f", ROOT / "assure/machines/tests.sed", stage / "Cargo.toml")
    for path in (stage / "src").rglob("*.rs"):
        path.write_text(renamed(path.read_text()))
    return stage


def update(source, target):
    """Copies a file that differs, so that what is the same isn't built again."""
    if not target.exists() or source.read_bytes() != target.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def chosen(out, since):
    """The mutants to try, by ids from 1 on."""
    listing = ["cargo", "mutants", "--list", "--json", "--dir", staged(out)]
    if since:
        (out / "diff").write_text(renamed(command("git", "diff", "--relative", since, "--", "src")))
        listing += ["--in-diff", out / "diff"]
    mutants = []
    for mutant in json.loads(command(*listing) or "[]"):
        mutant["name"] = mutant["name"].replace("r#new", "new")
        one_of = next(n for pattern, n in SCOPE if re.fullmatch(pattern, mutant["file"]))
        function = (mutant["function"] or {}).get("function_name", "")
        if one_of and (since or CHECKS.search(function) or lot(mutant)[0] < 256 // one_of):
            mutants.append(mutant)
    if since and len(mutants) > MOST:
        print(f"{len(mutants)} mutants in what changed, of which {MOST} are drawn")
        mutants = sorted(mutants, key=lot)[:MOST]
    return dict(enumerate(mutants, 1))


def rewritten(out, mutants, constant):
    """Lays the crate in out/tree, with the mutants built in. For each the first id of its place, but for those
    without a place."""
    stage, listed, tree = staged(out), out / "list.json", out / "tree"
    entries = []
    for id, mutant in mutants.items():
        start = (mutant["function"] if mutant["genre"] == "FnValue" else mutant)["span"]["start"]
        place = start["line"], start["column"] - 1, mutant["genre"]
        entries.append((mutant["file"], place, (id, mutant["replacement"])))
    listed.write_text(json.dumps(entries))
    # What asks for the active mutant needs std, which the crate has with all its features.
    update(HERE / "switch.rs", stage / "src/mutated.rs")
    with (stage / "src/lib.rs").open("a") as lib:
        lib.write("mod mutated;\n")
    command(out / "injector/debug/mutants", stage, listed, *sorted(constant))
    files = {path.relative_to(stage) for path in stage.rglob("*") if path.is_file()}
    for path in tree.rglob("*"):
        if path.is_file() and path.relative_to(tree) not in files:
            path.unlink()
    places = {}
    for path in files:
        update(stage / path, tree / path)
        if path.parts[0] == "src" and path.suffix == ".rs":
            for asked, id in re.findall(r"at \((9\d{8})u32\)|[!=]= (9\d{8})u32", (tree / path).read_text()):
                first = int(asked or first)
                if id:
                    places[int(id) - MARK] = first
    return places


def blamed(tree, messages):
    """The ids of the mutants that the compiler's errors stand in; the names of functions that have to be constant."""
    ids, constant = set(), set()
    for message in (m["message"] for m in messages if m["reason"] == "compiler-message"):
        if message["level"] != "error":
            continue
        name = re.match(r"cannot call non-const [a-z ]*`(?:.*::)?(?:r#)?(\w+)(?:::<.*>)?`", message["message"])
        if name:
            there = [span["file_name"] for child in message["children"] for span in child["spans"]
                     if "is not const" in child["message"]]
            constant |= {f"{file}:{name.group(1)}" for file in there or [""]}
            continue
        for span in message["spans"]:
            if span["is_primary"]:
                before = (tree / span["file_name"]).read_bytes()[:span["byte_start"]]
                # Each changed expression, and what follows the last, begins with its id.
                ids.update(int(id) - MARK for id in re.findall(rb"(9\d{8})u32 [{;]", before)[-1:])
    return ids - {0}, constant


def built(out, mutants):
    """The test binaries with all mutants that compile; the places of these, and the ids of those that don't."""
    tree, unviable, constant = out / "tree", set(), set()
    command("cargo", "build", "--locked", "-q", "--manifest-path", HERE / "Cargo.toml", "--target-dir", out / "injector")
    while True:
        included = {id: mutant for id, mutant in mutants.items() if id not in unviable}
        places = rewritten(out, included, constant)
        run = subprocess.run(
            ["cargo", "test", "--no-run", "--lib", "--tests", "--profile", "strength", "--all-features",
             "--message-format=json", "--target-dir", out / "target"], cwd=tree, text=True,
            env={**os.environ, "RUSTFLAGS": "--cap-lints allow"}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        messages = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
        if run.returncode == 0:
            binaries = [(m["target"]["name"], m["executable"]) for m in messages
                        if m["reason"] == "compiler-artifact" and m["profile"]["test"] and m["executable"]]
            return binaries, places, unviable
        ids, names = blamed(tree, messages)
        print(f"{len(ids)} don't compile, {len(names)} functions have to be constant", flush=True)
        if ids <= unviable and names <= constant:
            sys.exit("\n".join(["errors of no mutant:"] + [m["message"]["rendered"] for m in messages if "message" in m]))
        unviable |= ids
        constant |= names


def tried(tree, test, mutant, seconds, record=subprocess.DEVNULL):
    """Whether a test passes with this mutant active; None if it takes too long."""
    _, path, name = test
    environment = {**os.environ, "MUTANT": str(mutant), "PROPTEST_RNG_SEED": "6508", "RUST_BACKTRACE": "0",
                   "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1"}
    try:
        run = subprocess.run([path, "--exact", name, "--test-threads=1"], cwd=tree, env=environment,
                             stdin=record, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=seconds,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30)))
    except subprocess.TimeoutExpired:
        return None
    return run.returncode == 0 and "1 passed" in run.stdout


def recorded(tree, binaries, limit):
    """For each place the tests that reach it, with the seconds each takes. Tests that take longer than `limit` aren't
    used."""
    tests = []
    for name, path in binaries:
        listing = [path, "--list", "--format=terse"]
        ignored = subprocess.run([*listing, "--ignored"], check=True, text=True, cwd=tree, stdout=subprocess.PIPE).stdout
        lines = subprocess.run(listing, check=True, text=True, cwd=tree, stdout=subprocess.PIPE).stdout.splitlines()
        for test in (line.removesuffix(": test") for line in lines if line.endswith(": test")):
            if f"{test}: test" not in ignored.splitlines() and not NOT_RUN.fullmatch(f"{name} {test}"):
                tests.append((name, path, test))

    def record(test):
        with tempfile.TemporaryFile() as reached:
            start = time.monotonic()
            passes = tried(tree, test, RECORD, limit, reached)
            took = time.monotonic() - start
            reached.seek(0)
            return passes, took, memoryview(reached.read()).cast("I").tolist()

    reaching = collections.defaultdict(list)
    for test, (passes, took, places) in zip(tests, at_once(record, tests)):
        if not passes:
            why = "fails without a mutant" if passes is False else "takes too long"
            print(f"{why}, and isn't used: {test[0]} {test[2]}", flush=True)
            continue
        for place in places:
            reaching[place].append((test, took))
    print(f"{len(tests)} tests", flush=True)
    return reaching


def outcome(tree, id, mutant, reaching):
    """What became of a mutant."""
    module = mutant["file"].removeprefix("src/").removesuffix(".rs").replace("/", "::")
    spent = 0
    # The tests of the module itself first.
    for test, seconds in sorted(reaching, key=lambda t: (not t[0][2].startswith(module), t[1])):
        if spent + seconds > ENOUGH:
            break
        if not tried(tree, test, MARK + id, 30 + 10 * seconds):
            return "noticed"
        spent += seconds
    return "missed" if reaching else "unreached"


def accepted():
    """Of accepted.txt, how many mutants of a name may survive, and the names that a test may notice."""
    entries, late = collections.Counter(), set()
    ifma = "avx512ifma" in Path("/proc/cpuinfo").read_text().split()
    for line in (HERE / "accepted.txt").read_text().splitlines():
        if line and not line.startswith(("#", " ")):
            needs, times, name = line.split(" ", 2)
            if needs in ("any", "late", "avx512" if ifma else "no-avx512"):
                entries[name] = int(times)
                if needs == "late":
                    late.add(name)
    return entries, late


def main():
    out = Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    since = sys.argv[3] if sys.argv[2:3] == ["--since"] else None
    mutants = chosen(out, since)
    if not mutants:
        print("no mutant in what changed")
        return
    binaries, places, unviable = built(out, mutants)
    reaching = recorded(out / "tree", binaries, LONGEST if since else 1800)
    deadline = time.monotonic() + TRYING if since else float("inf")

    def attempt(id):
        late = time.monotonic() > deadline
        result = "untried" if late else outcome(out / "tree", id, mutants[id], reaching[places[id]])
        if result != "noticed":
            print(f"{result}: {mutants[id]['name']}", flush=True)
        return result

    results = at_once(attempt, places)
    survivors = [mutants[id]["name"] for id, result in zip(places, results) if result in ("missed", "unreached")]
    allowed, late = accepted()
    found = collections.Counter(map(unlined, survivors))
    refused = [name for name in survivors if found[unlined(name)] > allowed[unlined(name)]]
    for name in refused:
        print(f"not noticed, and not accepted: {name}")
    # A part of the mutants doesn't say that the others are noticed.
    stale = [] if since else [name for name, times in allowed.items() if found[name] < times and name not in late]
    for name in stale:
        print(f"accepted, but {found[name]} of {allowed[name]} survive: {name}")
    untried = results.count("untried")
    print(f"{results.count('noticed')} of {len(places)} mutants noticed, {len(survivors) - len(refused)} accepted with a "
          f"reason; {len(unviable)} don't compile, {len(mutants) - len(places) - len(unviable)} can't be built in"
          + f", {untried} for which there was no time" * bool(untried)
          + f"; {len(refused)} not accepted" * bool(refused)
          + f"; {len(stale)} accepted ones don't survive" * bool(stale))
    sys.exit(bool(refused or stale))


main()
