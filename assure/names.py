"""Whether the lists in assure/ name what the sources define. A list does not notice by itself that a function is
renamed or moves to another file."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CRATES = {"eccsi_sakke": ROOT / "src", "poison": ROOT / "assure/poison/src"}


def alternatives(pattern):
    """The patterns that a pattern stands for, each without a `|`."""
    group = re.search(r"\(([^()]*\|[^()]*)\)", pattern)
    if not group:
        return pattern.split("|")
    before, after = pattern[:group.start()], pattern[group.end():]
    return [one for word in group[1].split("|") for one in alternatives(before + word + after)]


def defines(text, function):
    """Whether a source defines a function whose whole name the pattern matches."""
    return re.search(rf"\bfn (r#)?{function}\b", text) is not None


def is_defined(pattern):
    """Whether a pattern for demangled names, without a `|`, names a module, type or function of the sources."""
    path = re.sub(r"\( as \.\*\)\?|<\.\*>|[$^<>]|\\b| as ", "", pattern)
    first, *rest = (word for word in path.split("::") if word)
    if first == "core":
        return True
    folder = module = CRATES.get(first, ROOT / "src")
    sources = [path.read_text() for path in folder.rglob("*.rs")]
    # What has no path is the end of a name.
    if first not in CRATES:
        return any(defines(text, r"\w*" + first) for text in sources)
    while rest and (module / rest[0]).with_suffix(".rs").exists():
        module /= rest.pop(0)
    if not rest:
        return module != folder
    if module == folder:
        return False
    text = module.with_suffix(".rs").read_text()
    kind, function = rest[0], rest[-1] + ("" if pattern.endswith(("$", r"\b", "::", "::<")) else r"\w*")
    declares = re.search(rf"\b(struct|enum|trait|type) {kind}\b", text) is not None
    if len(rest) == 1:
        return declares or defines(text, function)
    # Other files of the crate define functions of a type too.
    return len(rest) == 2 and declares and any(kind in text and defines(text, function) for text in sources)


def unknown(patterns):
    """The patterns that name nothing in the sources, even if one of their alternatives does."""
    return [pattern for pattern in patterns if not all(map(is_defined, alternatives(pattern)))]
