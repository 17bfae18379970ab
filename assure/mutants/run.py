#!/usr/bin/env python3
"""Whether the tests notice a change of the code: mutants as cargo-mutants lists them, all built into
one copy of the crate, of which each is then tried with the tests that reach it.

    run.py OUT                  what SCOPE says: decoding, comparing and checking in full, arithmetic by a
                                sample
    run.py OUT --resume         the same, without those tried before
    run.py OUT --since REV      of what changed since a revision, those that there is time for, by lot

OUT is a folder for the copy and the results. Prints a line for each mutant that no test noticed; it
is an error if accepted.txt doesn't list it with the reason, and if that lists what is noticed. The
last line is the figure.
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "assure/mutants"
RECORD = "4294967294"
MARK = 900_000_000

# The first that matches a file decides: no mutants, all, or one of so many.
SCOPE = [
    # Not built here, or not for use: the marks for valgrind, the glue of benchmarks.
    (r"src/ct/poison\.rs|src/hazmat/bench\.rs", 0),
    # Tests.
    (r"src/fault/injection\.rs|src/.*/faults\.rs|src/cases\.rs", 0),
    # AVX-512, which not every CPU runs.
    (r"src/.*/(ifma|wide|eight)(/.*)?\.rs", 0),
    # Arithmetic, where all that is wrong breaks the vectors.
    (r"src/(field|divsteps|pairing|torus|words)(/.*)?\.rs", 12),
    (r"src/curve/(comb|edwards)(/.*)?\.rs", 12),
    (r"src/eccsi/curve(/.*)?\.rs", 12),
    (r"src/.*", 1),
]
# Of what is sampled otherwise, functions that decode, compare or check: all.
CHECKS = re.compile(r"(^|::)(try_from|from_(be_)?(bytes|slice)|decode|ct_eq|eq|ct_is_.*|is_.*|has_.*|"
                    r"sum_has_x.*|sums_have.*|to_(be_)?bytes|reduce)$")
SEED = 6508
PROFILE = "strength"
# Tests that read the sources and not what they do, and those that repeat what others do.
NOT_RUN = re.compile(r"floors .*|vectors (every_known_answer_ran|the_appendices.*|each_is_refused.*)")
# A mutant is tried with the tests that reach it, quick ones first, until they have taken so many
# seconds without it.
ENOUGH = float(os.environ.get("ENOUGH", "60"))
WORKERS = int(os.environ.get("WORKERS", "2"))
# Of a change: so many mutants, tried for so many seconds, with tests that take no longer than so many.
MOST, TRYING, LONGEST = 40, 120, 5


def command(*words, **options):
    return subprocess.run(words, check=True, text=True, cwd=ROOT, **options)


def one_of(mutant):
    return next(n for pattern, n in SCOPE if re.fullmatch(pattern, mutant["file"]))


def numbered(mutants):
    """With ids from 1 on."""
    for id, mutant in enumerate(mutants, 1):
        mutant.pop("diff")
        mutant["id"] = id
    return mutants


def staged(out):
    """The files of the crate, in a copy where constructors aren't called `new`, which cargo-mutants
    leaves alone, but `r#new`, which is the same to the compiler."""
    stage = out / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    names = command("git", "ls-files", "-co", "--exclude-standard", stdout=subprocess.PIPE).stdout
    for name in names.split("\n") + ["Cargo.lock"]:
        if re.match(r"(src|tests|examples|benches|test-vectors)/|Cargo\.|README", name):
            update(ROOT / name, stage / name)
    command("sed", "-E", "-i", "-f", ROOT / "assure/machines/tests.sed", stage / "Cargo.toml")
    for path in (stage / "src").rglob("*.rs"):
        path.write_text(re.sub(r"\bfn new\b", "fn r#new", path.read_text()))
    return stage


def listed(out):
    """All mutants, in the order of cargo-mutants."""
    text = command("cargo", "mutants", "--list", "--json", "--dir", staged(out),
                   stdout=subprocess.PIPE).stdout
    mutants = json.loads(text)
    for mutant in mutants:
        mutant["name"] = mutant["name"].replace("r#new", "new")
    return mutants


def in_scope(out):
    """What SCOPE chooses, what is tried the quickest first. Whether one is drawn depends on its own name
    alone."""
    chosen = []
    for mutant in listed(out):
        digest = hashlib.sha256(unlined(mutant["name"]).encode()).digest()
        function = (mutant["function"] or {}).get("function_name", "")
        mutant["sampled"] = one_of(mutant) > 1 and not CHECKS.search(function)
        if one_of(mutant) and (not mutant["sampled"] or digest[0] < 256 // one_of(mutant)):
            chosen.append(mutant)
    return sorted(numbered(chosen),
                  key=lambda m: (m["sampled"], not re.match("src/(mikey|mission|identifier|error)", m["file"]),
                                 not re.match("src/(eccsi|sakke)", m["file"])))


def changed(out, revision):
    """Those in the lines that changed since a revision, in the order of their lots."""
    run = subprocess.run(["git", "diff", "--relative", "-U0", revision, "--", "src"], text=True, cwd=ROOT,
                         stdout=subprocess.PIPE)
    lines, name = set(), None
    for line in run.stdout.splitlines():
        if line.startswith("+++ b/"):
            name = line[6:]
        hunk = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if hunk:
            start, count = int(hunk[1]), int(hunk[2] or 1)
            # What was deleted lies between two lines.
            lines |= {(name, number) for number in range(start, start + max(count, 2 - count))}
    if run.returncode:
        print(f"there is no {revision} to compare with")
    if not lines:
        return []

    def touched(mutant):
        span = mutant["span"]
        return any((mutant["file"], number) in lines
                   for number in range(span["start"]["line"], span["end"]["line"] + 1))

    found = [mutant for mutant in listed(out) if one_of(mutant) and touched(mutant)]
    # In the order of their places, as `attempted` takes the first of each for all.
    drawn = random.Random(SEED).sample(range(len(found)), min(MOST, len(found)))
    chosen = [found[index] for index in sorted(drawn)]
    if len(chosen) < len(found):
        print(f"{len(found)} mutants in what changed, of which {MOST} are drawn")
    for mutant in chosen:
        mutant["sampled"] = False
    return numbered(chosen)


def place(mutant):
    # Of the fields that a struct expression may lose, the first one's place is that of all.
    whole = mutant["genre"] == "FnValue" or "delete field" in mutant["name"]
    span = mutant["function"]["span"] if whole else mutant["span"]
    return mutant["file"], span["start"]["line"], span["start"]["column"], mutant["genre"]


def update(source, target):
    """Copies a file that differs, so that what is the same isn't built again."""
    if not target.exists() or source.read_bytes() != target.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def rewritten(out, mutants, constant):
    """Lays the crate in out/tree, with the mutants built in; the ids of those without a place."""
    stage, list_ = staged(out), out / "list.json"
    list_.write_text(json.dumps(mutants))
    text = command(out / "injector/debug/mutants", stage, list_, *sorted(constant),
                   stdout=subprocess.PIPE).stdout
    files = {path.relative_to(stage) for path in stage.rglob("*") if path.is_file()}
    for path in (out / "tree").rglob("*"):
        if path.is_file() and path.relative_to(out / "tree") not in files:
            path.unlink()
    for path in files:
        update(stage / path, out / "tree" / path)
    return {int(word) for word in text.split()}


def alternatives(text):
    """For each id in a rewritten source, where its alternative stands."""
    spans = []
    for found in re.finditer(r"== (9\d{8})u32 (\{)", text):
        depth, at = 0, found.start(2)
        while True:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
            if depth == 0:
                break
        spans.append((found.start(2), at, int(found.group(1)) - MARK))
    return spans


def cargo(tree, *words):
    environment = {**os.environ, "RUSTFLAGS": "--cap-lints allow"}
    return subprocess.run(
        ["cargo", *words, "--profile", PROFILE, "--all-features", "--message-format=json",
         "--target-dir", tree.parent / "target"],
        cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def blamed(tree, output):
    """The ids of the alternatives that the compiler's errors stand in; the names of functions that
    have to be constant; other errors."""
    ids, constant, elsewhere, spans = set(), set(), [], {}
    for line in output.splitlines():
        message = json.loads(line).get("message") if line.startswith("{") else None
        if not isinstance(message, dict) or message.get("level") != "error":
            continue
        name = re.match(r"cannot call non-const [a-z ]*`(?:.*::)?(?:r#)?(\w+)(?:::<.*>)?`", message["message"])
        if name:
            there = [span["file_name"] for child in message["children"] for span in child["spans"]
                     if "is not const" in child["message"]]
            constant |= {f"{file}:{name.group(1)}" for file in there or [""]}
            continue
        found = []
        for span in message["spans"]:
            if span["is_primary"]:
                name = span["file_name"]
                if name not in spans:
                    octets = (tree / name).read_bytes()
                    spans[name] = alternatives(octets.decode("latin1"))
                inside = [(end - start, id) for start, end, id in spans[name]
                          if start <= span["byte_start"] < end]
                if inside:
                    found.append(min(inside)[1])
        ids.update(found)
        if not found and message["spans"]:
            elsewhere.append(message["rendered"][:2000])
    return ids, constant, elsewhere


def executables(output):
    """The test binaries: name and path."""
    messages = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [(m["target"]["name"], m["executable"]) for m in messages
            if m["reason"] == "compiler-artifact" and m["profile"]["test"] and m["executable"]]


def injected(out, mutants):
    """The test binaries with all mutants that compile; those without a place, and those that don't
    compile."""
    tree = out / "tree"
    known = out / "known.json"
    names, constant = json.loads(known.read_text()) if known.exists() else ([], [])
    unviable = {mutant["id"] for mutant in mutants if mutant["name"] in names}
    constant = set(constant)
    by_id = {mutant["id"]: mutant for mutant in mutants}
    while True:
        included = [m for m in mutants if m["id"] not in unviable]
        unplaced = rewritten(out, included, constant)
        run = cargo(tree, "test", "--no-run", "--lib", "--tests")
        if run.returncode == 0:
            return executables(run.stdout), unplaced, unviable
        ids, names, elsewhere = blamed(tree, run.stdout)
        print(f"{len(ids)} don't compile, {len(names)} functions have to be constant", flush=True)
        if not ids - unviable and not names - constant:
            sys.exit("errors of no mutant:\n" + "\n".join(elsewhere[:10]))
        unviable |= ids
        constant |= names
        known.write_text(json.dumps([sorted(by_id[id]["name"] for id in unviable), sorted(constant)]))


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))


def tried(tree, test, mutant, seconds, reached=""):
    """Whether a test passes with this mutant active; None if it takes too long."""
    _, path, name, _ = test
    environment = {**os.environ, "MUTANT": str(mutant), "REACHED": str(reached),
                   "PROPTEST_RNG_SEED": str(SEED), "RUST_BACKTRACE": "0",
                   "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1"}
    try:
        run = subprocess.run([path, "--exact", name, "--test-threads=1"], cwd=tree, env=environment,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             timeout=seconds, preexec_fn=limited)
    except subprocess.TimeoutExpired:
        return None
    return run.returncode == 0 and "1 passed" in run.stdout


def recorded(out, tree, binaries, limit):
    """The tests as (binary, path, name), for each how long it takes, and for each place those that
    reach it. What was found of a binary before is kept. Tests that take longer than `limit` aren't
    used."""
    known_path = out / "recorded.json"
    known = json.loads(known_path.read_text()) if known_path.exists() else {}
    tests = []
    for name, path in binaries:
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        text = subprocess.run([path, "--list", "--format=terse"], check=True, text=True, cwd=tree,
                              stdout=subprocess.PIPE).stdout
        ignored = subprocess.run([path, "--list", "--format=terse", "--ignored"], check=True, text=True,
                                 cwd=tree, stdout=subprocess.PIPE).stdout.splitlines()
        for line in text.splitlines():
            test = line.removesuffix(": test")
            if test != line and line not in ignored and not NOT_RUN.fullmatch(f"{name} {test}"):
                tests.append((name, path, test, f"{digest} {test}"))
    tests_known = {key: known[key] for *_, key in tests if key in known}

    def record(number):
        test = tests[number]
        if test[3] not in tests_known:
            reached, start = out / f"reached-{number}", time.monotonic()
            passes = tried(tree, test, RECORD, limit, reached)
            took = time.monotonic() - start
            ids = [int(id) for id in reached.read_text().split()] if reached.exists() else []
            reached.unlink(missing_ok=True)
            tests_known[test[3]] = passes, took, ids
            known_path.write_text(json.dumps(dict(tests_known)))

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(record, range(len(tests))))
    durations, reaching = {}, collections.defaultdict(list)
    for number, (name, _, test, key) in enumerate(tests):
        passes, durations[number], ids = tests_known[key]
        if not passes:
            why = "fails without a mutant" if passes is False else "takes too long"
            print(f"{why}, and isn't used: {name} {test}", flush=True)
            continue
        for id in ids:
            reaching[id].append(number)
    return tests, durations, reaching


def outcome(tree, mutant, tests, durations, reaching):
    """What became of a mutant, and the test that noticed it."""
    module = mutant["file"].removeprefix("src/").removesuffix(".rs").replace("/", "::")
    spent = 0
    # Those of the module itself first.
    for number in sorted(reaching, key=lambda n: (not tests[n][2].startswith(module), durations[n])):
        if spent + durations[number] > ENOUGH:
            return "missed", f"after {spent:.0f} s"
        passes = tried(tree, tests[number], mutant["id"], 30 + 10 * durations[number])
        if passes is None:
            return "timeout", tests[number][2]
        if not passes:
            return "caught", tests[number][2]
        spent += durations[number]
    return ("missed" if reaching else "unreached"), ""


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


def unlined(name):
    """The name without line and column, which other changes move."""
    return re.sub(r"^([^:]*):\d+:\d+: ", r"\1: ", name)


def attempted(out, mutants, since, resume):
    """Builds the mutants in and tries them: those without a place, those that don't compile, and by
    name what became of the others."""
    tree = out / "tree"
    tree.mkdir(parents=True, exist_ok=True)
    command("cargo", "build", "--locked", "-q", "--manifest-path", HERE / "Cargo.toml", "--target-dir", out / "injector")
    binaries, unplaced, unviable = injected(out, mutants)
    print(f"{len(mutants)} mutants; {len(unplaced)} have no place, {len(unviable)} don't compile", flush=True)
    tests, durations, reaching = recorded(out, tree, binaries, LONGEST if since else 1800)
    print(f"{len(durations)} tests, {sum(durations.values()):.0f} s", flush=True)

    at_place = collections.defaultdict(list)
    for mutant in mutants:
        if mutant["id"] not in unviable | unplaced:
            at_place[place(mutant)].append(mutant["id"])
    results_path = out / "results.jsonl"
    done = {}
    if resume and results_path.exists():
        done = {r["name"]: r for r in map(json.loads, results_path.read_text().splitlines())}
    results = open(results_path, "a" if done else "w", encoding="utf-8")
    todo = [m for m in mutants if m["id"] not in unplaced | unviable and m["name"] not in done]
    deadline = time.monotonic() + TRYING if since else float("inf")

    def attempt(mutant):
        if time.monotonic() > deadline:
            return mutant, "untried", ""
        reached_by = reaching[at_place[place(mutant)][0]]
        return mutant, *outcome(tree, mutant, tests, durations, reached_by)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for mutant, result, test in pool.map(attempt, todo):
            done[mutant["name"]] = {"name": mutant["name"], "result": result, "test": test,
                                    "sampled": mutant["sampled"]}
            results.write(json.dumps(done[mutant["name"]]) + "\n")
            results.flush()
            if result in ("missed", "unreached", "untried"):
                print(f"{result}: {mutant['name']}", flush=True)
    return unplaced, unviable, done


def main():
    out = Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    since = sys.argv[3] if sys.argv[2:3] == ["--since"] else None
    mutants = changed(out, since) if since else in_scope(out)
    if not mutants:
        print("no mutant in what changed")
        return
    unplaced, unviable, done = attempted(out, mutants, since, "--resume" in sys.argv)

    survivors = [r["name"] for r in done.values() if r["result"] in ("missed", "unreached")]
    allowed, late = accepted()
    found = collections.Counter(map(unlined, survivors))
    refused = [name for name in survivors if found[unlined(name)] > allowed[unlined(name)]]
    for name in refused:
        print(f"not noticed, and not accepted: {name}")
    # A part of the mutants doesn't say that the others are noticed.
    stale = [] if since else [name for name, times in allowed.items() if found[name] < times and name not in late]
    for name in stale:
        print(f"accepted, but {found[name]} of {allowed[name]} survive: {name}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.0f} s of CPU")
    caught = sum(r["result"] in ("caught", "timeout") for r in done.values())
    untried = len(done) - caught - len(survivors)
    print(f"{caught} of {len(done)} mutants noticed, {len(survivors) - len(refused)} accepted with a reason; "
          f"{len(unviable)} don't compile, {len(unplaced)} can't be built in"
          + f", {untried} for which there was no time" * bool(untried)
          + f"; {len(refused)} not accepted" * bool(refused)
          + f"; {len(stale)} accepted ones don't survive" * bool(stale))
    sys.exit(bool(refused or stale))


main()
