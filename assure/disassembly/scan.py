#!/usr/bin/env python3
"""Searches the disassembly of a binary for what valgrind can't see: divisions, whose time depends on their operands,
and AVX-512 instructions, which valgrind can't execute.

    scan.py BINARY                  divisions, in a binary for x86 or for ARM
    scan.py --wide BINARY           divisions, and the routines that use zmm registers
    scan.py --vectors BINARY        divisions, and every routine in which the compiler uses vectors

A division is an error in a function of this crate, of a crate that it computes with, or of std made for one of their
types. So is a call of a routine that divides. No error is a division that ALLOWED names, nor one that gives the length
of an iterator.

In the routines with zmm registers, these are errors:
 * A jump or an address that depends on a value from a vector, or on a mask made by comparing vectors. Such values are
   followed through registers and the stack.
 * A gather or a scatter, unless its indices are made of constants and addresses.

Where the compiler made the vectors, a vector that was only loaded or stored counts no more than a general register that
carries the same octets. What was computed or compared in vectors counts, and COMPUTED names what is public of that.

The jumps that remain are those of counted loops, of lengths and of public digits. Registers are followed along every
path within one function. They are not followed through memory other than the stack, nor through what a called function
writes there. So this is a search and not a proof.

Each run must find what the controls of assure/poison contain: a division; with --wide also a branch and indices that
come from a vector; with --vectors also a branch on what the compiler compared in vectors. Each run also fails if
ALLOWED or COMPUTED names what the sources don't define.
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import names

OURS = ("eccsi_sakke", "crypto_bigint", "ctutils", "cmov", "sha1", "sha2", "hkdf", "hmac", "digest", "subtle",
        "aes", "aes_gcm", "aes_gcm_siv", "aes_kw", "ctr", "ghash", "polyval", "base64ct")

# Patterns for the names of functions that may divide, each with the reason. Where the size of code counts, the compiler
# divides by constants too.
ALLOWED = {
    r"^<eccsi_sakke::identifier::uid::KeyPeriods>::number$": "time and period are public",
    r"^<eccsi_sakke::identifier::uid::NtpTime>::": "a time is public",
    r"^eccsi_sakke::identifier::calendar::date$": "a time is public",
    r"^<eccsi_sakke::mikey::kms::User>::identifier$": "a time is public",
    r"^<eccsi_sakke::identifier::Identifier>::tel_monthly$": "the digits of a year and month",
    r"core::iter::adapters::step_by::StepBy": "the length of an iterator, divided by its step",
}
# Patterns for the names of routines that may decide by what they computed in vectors, each with the reason. A routine
# that also has secrets may do so only as often as a reviewer has looked at, which is the number.
COMPUTED = {
    r"_vartime\b": (None, "its name says that its inputs are public"),
    r"^eccsi_sakke::hazmat::hash_to_integer_range$": (None, "the modulus is public"),
    r"^eccsi_sakke::p256::wnaf::": (None, "a verification has public points and scalars"),
    r"^<eccsi_sakke::p256::Point>::is_sum$": (1, "the sum of two public points"),
    r"^<eccsi_sakke::p256::comb::Comb<.*>>::add_mul_on": (None, "a verification adds public points"),
    r"^<eccsi_sakke::jacobian::Jacobian<.*>>::double_if_equal$": (None, "a verification adds public points"),
    r"^<eccsi_sakke::p256::Point>::from_bytes$": (None, "a public key or PVT"),
    r"^<eccsi_sakke::eccsi::verifying::VerifyingKey>::verify_parts$": (2, "scalars that anybody can compute"),
    r"^<eccsi_sakke::eccsi::signing::SigningKey>::validated$": (1, "HS, which anybody can compute"),
    r"^<eccsi_sakke::eccsi::signature::Signature( as .*)?>::": (None, "a signature is public"),
    r"^<eccsi_sakke::eccsi::signing::SigningKey>::sign_with$": (1, "whether r, about to be sent, is 0"),
    r"^<eccsi_sakke::mikey::i_message::IMessage>::decode_": (None, "a message that anybody sees"),
    r"^<eccsi_sakke::mikey::psk::message::PskMessage>::parse$": (None, "a message that anybody sees"),
    r"^<eccsi_sakke::mission_critical::key::Key>::(new|from_message)\b": (1, "whether RAND, which is sent, is zeros"),
    r"^eccsi_sakke::mission_critical::key::checked_rand$": (1, "whether RAND, which is sent, is zeros"),
    r"^<eccsi_sakke::mission_critical::reception::profiled::Profiled>::decode$": (None, "a message that anybody sees"),
    r"^eccsi_sakke::mikey::psk::verification::verify_response$": (2, "how many payloads a message has"),
    r"^<eccsi_sakke::mikey::replay::MemoryCache as ": (None, "digests of messages that anybody sees"),
    r"^<eccsi_sakke::mission_critical::delivery::Delivery>::message": (1, "identifiers and KPAKs are compared"),
    r"^<eccsi_sakke::mission_critical::session::GroupSession>::received$": (1, "whether a key has a salt, by its type"),
    r"^eccsi_sakke::mikey::keys::hmac": (6, "how full the block is, by the message's length"),
    r"^<eccsi_sakke::stored::fields::Writer>::written::<": (5, "how many octets are wiped"),
    r"^poison::stored::again::<": (1, "the owner of a record, which is not encrypted"),
    r"^<eccsi_sakke::mission_critical::store::MemoryStore>::make_room$": (None, "names and times of keys are public"),
    r"^<eccsi_sakke::pairing::prepared::monic::Monic<.*>>::times_over$": (36, "the orders of polynomials"),
}


def may_decide(name, found):
    """Whether COMPUTED names all that a routine was found to do."""
    for computed, (most, _) in COMPUTED.items():
        if re.search(computed, name):
            return most is None or len(found) <= most
    return False


# Functions of std in which a difference of two addresses may be divided by the size of an item, which gives a length.
LENGTHS = re.compile(r"<(core::(iter|slice::iter)|alloc::vec)::")

CONTROLS = {"poison::controls::division": "div"}
CONTROLS_WIDE = {
    "poison::wide_controls::branch": "jump",
    "poison::wide_controls::index": "address",
    "poison::wide_controls::gather": "gather",
    "poison::wide_controls::scatter": "gather",
}
CONTROLS_VECTORS = {"poison::wide_controls::by_itself": "jump"}
# Patterns that name nothing in the sources.
CONTROLS_NAMES = [r"^eccsi_sakke::no_such_module::", r"^<eccsi_sakke::p256::NoSuchType>::is_sum$",
                  r"^<eccsi_sakke::p256::Point>::no_such_function$", r"_no_such_suffix\b"]

DIVISION = re.compile(r"i?div[bwlq]?|[us]div([a-z]{2})?")
# The routines that are called where the CPU can't divide, or can't divide numbers of that length.
DIVIDES = re.compile(r"<(__u?(div|mod|divmod)[sdt]i[34]|__aeabi_u?[il]div(mod)?)>")

REGISTER = re.compile(r"%([a-z0-9]+)")
VECTOR = re.compile(r"%([xyz])mm\d+")
MASK = re.compile(r"%k[0-7]")
SET_FLAGS = ("cmp", "test", "bt", "add", "sub", "and", "or", "xor", "inc", "dec", "neg", "adc", "sbb",
             "shl", "shr", "sar", "imul", "mul", "bsf", "bsr", "tzcnt", "lzcnt", "bls", "bzhi")

# Instructions that compute with the vector that they write.
READS_TARGET = ("vpternlog", "vpmadd52", "vpermt2", "vpermi2", "vpdp", "vfm", "vfnm")


def wide_register(name):
    """The 64-bit register that contains this one; none for a vector or a mask."""
    short = {"al": "rax", "ah": "rax", "ax": "rax", "bl": "rbx", "bh": "rbx", "bx": "rbx",
             "cl": "rcx", "ch": "rcx", "cx": "rcx", "dl": "rdx", "dh": "rdx", "dx": "rdx",
             "sil": "rsi", "si": "rsi", "dil": "rdi", "di": "rdi", "bpl": "rbp", "bp": "rbp",
             "spl": "rsp", "sp": "rsp"}
    if name in short:
        return short[name]
    if re.fullmatch(r"e[a-ds][xip]", name) or name in ("esi", "edi", "ebp", "esp"):
        return "r" + name[1:]
    match = re.fullmatch(r"(r\d+)[bwd]?", name)
    if match:
        return match.group(1)
    return name if re.fullmatch(r"r[a-ds][xip]|rsi|rdi|rbp|rsp|rip", name) else None


def functions(binary):
    """The name of each function, and its instructions as (mnemonic, operands, line)."""
    with open(binary, "rb") as file:
        of_arm = file.read(20)[18] == 40
    command = ["arm-linux-gnueabihf-objdump" if of_arm else "objdump",
               "-d", "-C", "--no-show-raw-insn", "-j", ".text", binary]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    name, body = None, []
    for line in text.splitlines():
        start = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if start:
            if name:
                yield name, body
            name, body = start.group(1), []
            continue
        parts = line.split("\t")
        if len(parts) >= 2:
            code = re.sub(r"\s*[#<].*", "", " ".join(parts[1:]))
            mnemonic, _, operands = code.partition(" ")
            if mnemonic in ("lock", "rep", "repz", "notrack", "bnd", "data16"):
                mnemonic, _, operands = operands.strip().partition(" ")
            body.append((mnemonic, split_operands(operands.strip()), line.strip()))
    if name:
        yield name, body


def split_operands(text):
    """Splits at the commas outside of parentheses."""
    operands, depth, last = [], 0, 0
    for i, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            operands.append(text[last:i])
            last = i + 1
    return operands + [text[last:]] if text else []


def is_memory(operand):
    return "(" in operand


def general(operand):
    """The 64-bit general registers in an operand, without the stack pointer."""
    names = map(wide_register, REGISTER.findall(operand))
    return [name for name in names if name not in (None, "rsp", "rip")]


def slot(operand):
    """The offset of a stack slot, rounded down to 8 octets."""
    match = re.fullmatch(r"(-?0x[0-9a-f]+)?\(%rsp\)", operand)
    return (int(match.group(1) or "0", 16) & ~7) if match else None


class Registers:
    """The general registers that hold values from a vector or from a mask of a comparison."""

    def __init__(self, copies=False):
        # Whether a vector that was only loaded counts no more than the octets that it carries.
        self.copies = copies
        self.copied = set()
        # The stack slot that rdi points to, where a call puts its result.
        self.returned = None
        self.data = set()
        self.masks = set()
        # Stack slots of 8 octets to which a vector or such a register was stored.
        self.slots = set()
        # Vectors, and stack slots of 8 octets, that hold constants and values of general registers.
        self.public = set()
        self.flags = False
        self.found = []

    def copy(self):
        other = Registers(self.copies)
        other.copied, other.returned = set(self.copied), self.returned
        other.data, other.masks, other.slots = set(self.data), set(self.masks), set(self.slots)
        other.public, other.flags = set(self.public), self.flags
        return other

    def join(self, other):
        """Joins what may hold after either path, and returns whether that is more than before."""
        before = self.sizes()
        self.data |= other.data
        self.masks |= other.masks
        self.slots |= other.slots
        self.returned = self.returned if self.returned == other.returned else None
        # A vector is public or a copy only if it is so on both paths.
        self.copied = (self.copied | self.public) & (other.copied | other.public)
        self.public &= other.public
        self.copied -= self.public
        self.flags |= other.flags
        return before != self.sizes()

    def sizes(self):
        known = self.data, self.masks, self.slots, self.public, self.copied
        return [len(places) for places in known] + [self.flags]

    def step(self, mnemonic, operands, line):
        if mnemonic.startswith(("nop", "data16", "cs", "xchg")) or not operands:
            return
        for operand in operands:
            if (is_memory(operand) and not mnemonic.startswith("lea")
                    and any(r in self.data for r in general(operand))):
                self.found.append(("address", line))
        target = operands[-1]
        if "gather" in mnemonic or "scatter" in mnemonic:
            index = next((VECTOR.search(o) for o in operands if is_memory(o)), None)
            if not (index and self.is_public(index.group())):
                self.found.append(("gather", line))
        if mnemonic.startswith("j"):
            # The index into a jump table is checked as an address.
            through_register = mnemonic == "jmp" and target.startswith("*")
            tainted = self.is_data(target) if through_register else self.flags
            if tainted and (through_register or mnemonic != "jmp"):
                self.found.append(("jump", line))
        elif mnemonic.startswith("call"):
            self.data -= {"rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"}
            self.public = {place for place in self.public if isinstance(place, int)}
            self.copied = set()
            # The first word of a result says which variant it is. The call has overwritten what was in the slot.
            self.slots.discard(self.returned if self.copies else None)
            self.returned = None
        else:
            self.write(mnemonic, operands, target)

    def write(self, mnemonic, operands, target):
        of_vectors = mnemonic.startswith(("kortest", "ktest", "vptest", "vtest", "vucomi", "vcomi"))
        moves = mnemonic.startswith(("mov", "kmov", "vmov", "lea", "pop", "set", "bsf", "tzcnt"))
        read = operands[:-1] if moves and len(operands) > 1 else operands
        if mnemonic.startswith("set"):
            # Only an octet of the flags is written. The rest of the register isn't read with it.
            read = []
        if mnemonic.startswith("lea"):
            tainted = any(register in self.data for register in general(operands[0]))
        else:
            tainted = any(self.is_data(operand) for operand in read)
        if mnemonic.startswith("xor") and operands[0] == target:
            tainted = False
        if mnemonic.startswith(("cmov", "set")):
            tainted = tainted or self.flags
        if mnemonic.startswith(SET_FLAGS) or of_vectors:
            self.flags = tainted or of_vectors
        if not (mnemonic.startswith(("cmp", "test")) or mnemonic == "bt" or of_vectors):
            self.put(mnemonic, operands, target, tainted)

    def is_data(self, operand):
        if VECTOR.match(operand):
            return not (self.is_public(operand) or self.name(operand) in self.copied)
        if MASK.match(operand):
            return operand[:3] in self.masks
        if is_memory(operand):
            return slot(operand) in self.slots
        return any(register in self.data for register in general(operand))

    def name(self, vector):
        return "z" + VECTOR.match(vector).group()[2:]

    def is_public(self, vector):
        return self.name(vector) in self.public

    def is_copy(self, mnemonic, operands):
        """Whether the instruction only copies memory or another vector to a vector."""
        source = operands[0]
        return (self.copies and len(operands) == 2 and "{" not in operands[-1]
                and mnemonic.startswith(("vmov", "mov", "vbroadcast", "vpbroadcast"))
                and "mskb" not in mnemonic and not self.is_data(source)
                and (is_memory(source) or VECTOR.match(source)))

    def makes_public(self, mnemonic, operands):
        """Whether a vector is made only of constants, addresses and the like."""
        if "gather" in mnemonic:
            return False
        # A register that is combined with itself by exclusive or becomes 0.
        if mnemonic.startswith(("vpxor", "vxorp")) and len(operands) == 3 and operands[0] == operands[1]:
            return "{" not in operands[-1] and VECTOR.match(operands[0]) is not None
        for operand in operands if mnemonic.startswith(READS_TARGET) else operands[:-1]:
            if VECTOR.match(operand):
                public = self.is_public(operand)
            elif is_memory(operand):
                public = "%rip" in operand or slot(operand) in self.public
            else:
                public = not MASK.match(operand) and not self.is_data(operand)
            if not public:
                return False
        # Under a mask, lanes keep their old values.
        return "{" not in operands[-1] or self.is_public(operands[-1])

    def put(self, mnemonic, operands, target, tainted):
        vector, mask = VECTOR.match(target), MASK.match(target)
        if vector:
            public = self.makes_public(mnemonic, operands)
            copied = not public and self.is_copy(mnemonic, operands)
            (self.public.add if public else self.public.discard)(self.name(target))
            (self.copied.add if copied else self.copied.discard)(self.name(target))
        elif mask:
            compared = tainted or mnemonic.startswith(("vp", "vcmp"))
            (self.masks.add if compared else self.masks.discard)(mask.group())
        elif is_memory(target):
            place = slot(target)
            source = VECTOR.match(operands[0])
            width = {"x": 16, "y": 32, "z": 64}[source.group(1)] if source else 8
            if place is not None:
                for octet in range(place, place + width, 8):
                    (self.slots.add if tainted else self.slots.discard)(octet)
                    public = source and self.is_public(operands[0])
                    (self.public.add if public else self.public.discard)(octet)
        else:
            if general(target) == ["rdi"]:
                self.returned = slot(operands[0]) if mnemonic == "lea" else None
            for register in general(target):
                (self.data.add if tainted else self.data.discard)(register)


def is_length(body, i):
    """Whether a division is of a difference by a constant, both made just before it."""
    divisor = wide_register(REGISTER.search(body[i][2]).group(1))
    before = body[max(i - 8, 0):i]
    constant = any(mnemonic in ("mov", "push") and operands[0].startswith("$")
                   and (mnemonic == "push" or general(operands[-1]) == [divisor])
                   for mnemonic, operands, _ in before)
    return constant and any(mnemonic == "sub" for mnemonic, _, _ in before)


def wide_findings(body, copies):
    """The errors in a routine with vectors."""
    index = {line.split(":")[0]: i for i, (_, _, line) in enumerate(body)}
    ends = {i for i, (mnemonic, _, _) in enumerate(body) if mnemonic.startswith(("j", "ret", "ud2"))}
    targets = {i: index[operands[-1]] for i, (_, operands, _) in enumerate(body)
               if i in ends and operands and operands[-1] in index}
    starts = {0, *targets.values(), *(i + 1 for i in ends if i + 1 < len(body))}
    entries, found, work = {0: Registers(copies)}, {}, [0]
    # What holds before a jump by a table, and the blocks that are taken to be its targets.
    before_table, by_table = None, []
    while True:
        if not work:
            # A block without a known way to it is reached by a jump table, or by unwinding, where as little is known as
            # at the start.
            left = sorted(starts - entries.keys())
            if not left:
                return [finding for start in sorted(found) for finding in found[start]]
            entries[left[0]] = before_table.copy() if before_table else Registers(copies)
            by_table.append(left[0])
            work.append(left[0])
        start = last = work.pop()
        registers = entries[start].copy()
        registers.step(*body[last])
        while last not in ends and last + 1 < len(body) and last + 1 not in starts:
            last += 1
            registers.step(*body[last])
        found[start] = registers.found
        mnemonic = body[last][0]
        if mnemonic == "jmp" and body[last][1][-1].startswith("*"):
            if before_table is None:
                before_table = registers.copy()
            else:
                before_table.join(registers)
            work += [target for target in by_table if entries[target].join(before_table)]
        following = [targets[last]] if last in targets else []
        if mnemonic not in ("jmp", "ret", "ud2") and last + 1 < len(body):
            following.append(last + 1)
        for next_ in following:
            if next_ not in entries:
                entries[next_] = registers.copy()
                work.append(next_)
            elif entries[next_].join(registers):
                work.append(next_)


def without_instances(name):
    """The path of a function, without its type arguments."""
    while re.search(r"::<[^<>]*>", name):
        name = re.sub(r"::<[^<>]*>", "", name)
    return re.sub(r"<([\w:]+)>", r"\1", name)


def is_ours(name):
    return any(crate + "::" in name for crate in OURS)


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    copies = "--vectors" in sys.argv
    wide = copies or "--wide" in sys.argv
    vectors = VECTOR if copies else re.compile("%zmm")
    controls = dict(CONTROLS, **(CONTROLS_WIDE if wide else {}), **(CONTROLS_VECTORS if copies else {}))
    seen, errors, scanned, routines, divisions = set(), [], 0, 0, 0
    for name, body in functions(arguments[0]):
        path = without_instances(name)
        control = next((c for c in controls if path.startswith(c)), None)
        if not (control or is_ours(name)):
            continue
        scanned += not control
        found = []
        for i, (mnemonic, _, line) in enumerate(body):
            if DIVISION.fullmatch(mnemonic) or DIVIDES.search(line):
                public = (any(re.search(allowed, name) for allowed in ALLOWED)
                          or LENGTHS.match(name) and is_length(body, i))
                divisions += bool(public)
                if not public:
                    found.append(("div", line))
        if wide and any(vectors.search(line) for _, _, line in body):
            routines += not control
            wrong = wide_findings(body, copies)
            if not (copies and may_decide(name, wrong)):
                found += wrong
        for what, line in found:
            if control:
                seen.add((control, what))
            else:
                errors.append(f"{what} in {name}: {line}")
    unknown = names.unknown([*ALLOWED, *COMPUTED, *CONTROLS_NAMES])
    errors += [f"a list names what the sources don't define: {pattern}" for pattern in unknown
               if pattern not in CONTROLS_NAMES]
    missed = [c for c, what in controls.items() if (c, what) not in seen]
    missed += [pattern for pattern in CONTROLS_NAMES if pattern not in unknown]
    for error in errors:
        print(error)
    for control in missed:
        print(f"control not found: {control}")
    found = len(controls) + len(CONTROLS_NAMES) - len(missed)
    kind = "vectors" if copies else "zmm registers"
    print(f"{scanned} functions, {routines} routines with {kind}, {divisions} divisions of public values,"
          f" {len(errors)} errors, {found} controls found")
    sys.exit(bool(errors or missed or not scanned or (wide and not routines)))


if __name__ == "__main__":
    main()
