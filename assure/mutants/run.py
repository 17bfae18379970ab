#!/usr/bin/env python3
"""Checks that the tests notice a change of the code. cargo-mutants lists the mutants. All of them are built into one
copy of the crate, and each is then tried with the tests that reach it.

    run.py OUT                  the mutants that SCOPE chooses: all of what decodes, compares and checks, and a sample
                                of the arithmetic
    run.py OUT --since REV      mutants of what changed since a revision, as many as there is time for, drawn by lot
    run.py --names              only whether the lists name what the sources define

OUT is a folder for the copy and its builds. A line is printed for each mutant that no test noticed. It is an error if
accepted.txt doesn't list such a mutant with the reason, or if it lists one that a test notices. The last line is the
figure.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import names

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "assure/mutants"
# The number of a mutant in the sources is MARK plus its id. RECORD stands for no mutant, in a run that records which
# places a test reaches.
MARK, RECORD = 900_000_000, 1

# The first pattern that matches a file decides: no mutants for 0, all for 1, and else one of so many.
SCOPE = [
    # The marks for valgrind, which are not built here, and the functions that only benchmarks call.
    (r"src/ct/poison\.rs|src/hazmat/bench\.rs", 0),
    # Tests.
    (r"src/fault/injection\.rs|src/.*/faults\.rs|src/(cases|tables)\.rs", 0),
    # AVX-512, which not every CPU runs.
    (r"src/.*/ifma(/.*)?\.rs", 0),
    # Arithmetic, in which every error breaks the vectors.
    (r"src/(field|divsteps|jacobian|pairing|torus|words)(/.*)?\.rs", 12),
    (r"src/curve/(comb|edwards)(/.*)?\.rs", 12),
    (r"src/p256(/.*)?\.rs", 12),
    (r"src/.*", 1),
]
# Functions that decode, compare or check, of which all mutants are tried in files that are sampled otherwise.
CHECKS = ["try_from", "from_(be_)?bytes", "decode", "ct_eq", "eq", "is_.*", "has_.*", "sum_has_x.*", "sums_have.*",
          "to_(be_)?bytes", "reduce"]
# Test files, and tests in them, that only read the sources or repeat what others do.
NOT_RUN = [("floors", ".*"), ("errors", "the_guide_says.*"), ("vectors", "every_known_answer_ran"),
           ("vectors", "the_appendices.*"), ("vectors", "each_is_refused.*")]
# Names that the check of names must miss in the sources: mutants, and a pattern for files.
CONTROLS = ["src/no_such_file.rs: replace | with ^ in teeth", "src/digits.rs: replace | with ^ in no_such_function",
            "src/digits.rs: replace NoSuchType::teeth -> bool with true"]
CONTROL_FILE = r"src/(curve|no_such_folder)/.*\.rs"
# A mutant is tried with the tests that reach it, quick ones first. A test is left out if it would take longer than what
# is left of so many seconds. The seconds are those that the tests take without the mutant.
ENOUGH = 60
# The limits for the mutants of a change: their number, the seconds in which a trial may start, and the most seconds
# that a test may take.
MOST, TRYING, LONGEST = 40, 120, 5


def command(*words, **options):
    return subprocess.run(words, check=True, text=True, cwd=ROOT, stdout=subprocess.PIPE, **options).stdout


def at_once(function, *arguments):
    """The results of a function for each of its arguments, computed on all cores."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, *arguments))


def unlined(name):
    """The name of a mutant without line and column, which other changes move."""
    return re.sub(r"^([^:]*):\d+:\d+: ", r"\1: ", name)


def lot(mutant):
    """A number for the drawing of lots, which depends only on the mutant's own name."""
    return hashlib.sha256(unlined(mutant["name"]).encode()).digest()


def renamed(text):
    """The same source to the compiler, but without the name `new`, of which cargo-mutants makes no mutants."""
    return re.sub(r"\bfn new\b", "fn r#new", text)


def staged(out):
    """Makes a copy of the crate's files, and returns its folder."""
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
    """Copies a file if it differs, so that cargo doesn't build again what is the same."""
    if not target.exists() or source.read_bytes() != target.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def is_check(function):
    return any(re.fullmatch(check, function.split("::")[-1]) for check in CHECKS)


def chosen(out, since):
    """The mutants to try, numbered from 1."""
    listing = ["cargo", "mutants", "--list", "--json", "--dir", staged(out)]
    if since:
        (out / "diff").write_text(renamed(command("git", "diff", "--relative", since, "--", "src")))
        listing += ["--in-diff", out / "diff"]
    mutants = []
    for mutant in json.loads(command(*listing) or "[]"):
        mutant["name"] = mutant["name"].replace("r#new", "new")
        one_of = next(n for pattern, n in SCOPE if re.fullmatch(pattern, mutant["file"]))
        function = (mutant["function"] or {}).get("function_name", "")
        if one_of and (since or is_check(function) or lot(mutant)[0] < 256 // one_of):
            mutants.append(mutant)
    if since and len(mutants) > MOST:
        print(f"{len(mutants)} mutants in what changed, of which {MOST} are drawn")
        mutants = sorted(mutants, key=lot)[:MOST]
    return dict(enumerate(mutants, 1))


def rewritten(out, mutants, constant):
    """Writes the crate with the mutants built in to out/tree. Returns the first id of each mutant's place, except for
    mutants that have no place."""
    stage, listed, tree = staged(out), out / "list.json", out / "tree"
    entries = []
    for id, mutant in mutants.items():
        start = (mutant["function"] if mutant["genre"] == "FnValue" else mutant)["span"]["start"]
        place = start["line"], start["column"] - 1, mutant["genre"]
        entries.append((mutant["file"], place, (id, mutant["replacement"])))
    listed.write_text(json.dumps(entries))
    # The code that asks for the active mutant needs std, which the crate has with all its features.
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
    """The ids of the mutants with errors of the compiler, and the names of functions that must stay constant."""
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
                # Each changed expression begins with its id, and so does the code after the last.
                ids.update(int(id) - MARK for id in re.findall(rb"(9\d{8})u32 [{;]", before)[-1:])
    return ids - {0}, constant


def built(out, mutants):
    """The test binaries with all mutants that compile, their places, and the ids of those that don't compile."""
    tree, unviable, constant = out / "tree", set(), set()
    command("cargo", "build", "--locked", "-q", "--manifest-path", HERE / "Cargo.toml",
            "--target-dir", out / "injector")
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
        ids, functions = blamed(tree, messages)
        print(f"{len(ids)} don't compile, {len(functions)} functions have to be constant", flush=True)
        if ids <= unviable and functions <= constant:
            errors = [m["message"]["rendered"] for m in messages if "message" in m]
            sys.exit("\n".join(["errors of no mutant:", *errors]))
        unviable |= ids
        constant |= functions


def tried(tree, test, mutant, seconds, record=subprocess.DEVNULL):
    """Whether a test passes with this mutant active; None if it takes too long."""
    _, path, name = test
    environment = {**os.environ, "MUTANT": str(mutant), "PROPTEST_RNG_SEED": "6508", "RUST_BACKTRACE": "0",
                   "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1"}
    try:
        run = subprocess.run([path, "--exact", name, "--test-threads=1"], cwd=tree, env=environment,
                             stdin=record, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             timeout=seconds,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30)))
    except subprocess.TimeoutExpired:
        return None
    return run.returncode == 0 and "1 passed" in run.stdout


def is_left_out(file, test):
    return any(file == of and re.fullmatch(pattern, test) for of, pattern in NOT_RUN)


def recorded(tree, binaries, limit):
    """The tests that reach each place, with the seconds that each test takes. A test that takes longer than `limit`
    seconds isn't used."""
    tests = []
    for name, path in binaries:
        listing = [path, "--list", "--format=terse"]
        ignored = subprocess.run([*listing, "--ignored"], check=True, text=True, cwd=tree,
                                 stdout=subprocess.PIPE).stdout
        lines = subprocess.run(listing, check=True, text=True, cwd=tree, stdout=subprocess.PIPE).stdout.splitlines()
        for test in (line.removesuffix(": test") for line in lines if line.endswith(": test")):
            if f"{test}: test" not in ignored.splitlines() and not is_left_out(name, test):
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
            continue
        if not tried(tree, test, MARK + id, 30 + 10 * seconds):
            return "noticed"
        spent += seconds
    return "missed" if reaching else "unreached"


def accepted():
    """How many mutants of each name accepted.txt lets survive, and the names that a test may notice nevertheless."""
    entries, late = collections.Counter(), set()
    ifma = "avx512ifma" in Path("/proc/cpuinfo").read_text().split()
    for needs, times, name in lines_accepted():
        if needs in ("any", "late", "avx512" if ifma else "no-avx512"):
            entries[name] = int(times)
            if needs == "late":
                late.add(name)
    return entries, late


def lines_accepted():
    lines = (HERE / "accepted.txt").read_text().splitlines()
    return [line.split(" ", 2) for line in lines if line and not line.startswith(("#", " "))]


def is_of_sources(mutant):
    """Whether the file and the function of a mutant exist."""
    file, change = mutant.split(": ", 1)
    within = re.search(r".* in (.*)$", change) or re.match(r"replace (.*?)(?: -> .*)? with ", change)
    types, _, function = within[1].rpartition("::")
    if not (ROOT / file).is_file():
        return False
    text = (ROOT / file).read_text()
    return names.defines(text, function) and all(kind in text for kind in re.findall(r"\b[A-Z]\w+", types))


def check_names():
    """Ends the run unless the lists name what the sources define. Returns how many names they hold."""
    files = [str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.rs")]
    sources = [(ROOT / file).read_text() for file in files]
    matches_a_file = lambda pattern: any(re.fullmatch(pattern, file) for file in files)
    scope = [one for pattern, _ in SCOPE for one in names.alternatives(pattern)]
    mutants = [name for _, _, name in lines_accepted()]
    missing = [name for name in mutants if not is_of_sources(name)]
    missing += [pattern for pattern in scope if not matches_a_file(pattern)]
    missing += [check for check in CHECKS if not any(names.defines(text, check) for text in sources)]
    missing += [f"{file} {test}" for file, test in NOT_RUN
                if not names.defines((ROOT / f"tests/{file}.rs").read_text(), test.replace(".*", r"\w*"))]
    for name in missing:
        print(f"a list names what the sources don't define: {name}")
    found = [name for name in CONTROLS if not is_of_sources(name)]
    found += [one for one in names.alternatives(CONTROL_FILE) if not matches_a_file(one)]
    if missing or len(found) != len(CONTROLS) + 1:
        sys.exit(f"{len(missing)} names without a source, {len(found)} of {len(CONTROLS) + 1} controls found")
    patterns = len(scope) + len(CHECKS) + len(NOT_RUN)
    return f"{len(mutants)} mutants and {patterns} patterns, {len(found)} controls found"


def main():
    checked = check_names()
    if sys.argv[1:] == ["--names"]:
        print(checked)
        return
    out = Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    since = sys.argv[3] if sys.argv[2:3] == ["--since"] else None
    mutants = chosen(out, since)
    if not mutants:
        print("no mutant in what changed")
        return
    listed = {unlined(mutant["name"]) for mutant in mutants.values()}
    gone = [] if since else [name for _, _, name in lines_accepted() if name not in listed]
    if gone:
        sys.exit("\n".join(["accepted, but there is no such mutant:", *gone]))
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
    # Some of the mutants alone don't tell which others survive.
    stale = [] if since else [name for name, times in allowed.items() if found[name] < times and name not in late]
    for name in stale:
        print(f"accepted, but {found[name]} of {allowed[name]} survive: {name}")
    untried = results.count("untried")
    print(f"{results.count('noticed')} of {len(places)} mutants noticed, {len(survivors) - len(refused)} accepted with"
          f" a reason; {len(unviable)} don't compile, {len(mutants) - len(places) - len(unviable)} can't be built in"
          + f", {untried} for which there was no time" * bool(untried)
          + f"; {len(refused)} not accepted" * bool(refused)
          + f"; {len(stale)} accepted ones don't survive" * bool(stale))
    sys.exit(bool(refused or stale))


main()
