#!/usr/bin/env python3
"""What valgrind can't see, looked for in the disassembly of a binary: divisions, whose time depends
on their operands, and AVX-512, which valgrind can't execute.

    scan.py BINARY                  divisions; the binary may be of x86 or ARM too
    scan.py --wide BINARY           divisions, and the routines that use zmm registers
    scan.py --vectors BINARY        divisions, and every routine with vectors that the compiler made

A division, or a call of what divides, in a function of this crate, of the crates it computes with, or
of std made for one of their types is an error unless ALLOWED names it, or it gives the length of an
iterator. In the routines with zmm registers, errors are a jump or an address on what came from a
vector or from a mask made by comparing vectors, through registers and the stack; and a gather or
scatter unless its indices are made of constants and addresses. Where the compiler made the vectors,
one that was only loaded or stored is no more than what it carries, as a general register is; what was
computed or compared in vectors counts, and COMPUTED names what is public of that. The jumps left are
those of counted loops, of lengths and of public digits. Registers are followed along every path within
one function, and not through memory other than the stack, nor through what a function that is called
writes there: a search, not a proof.

Each run must find what the controls of assure/poison contain: a division, for --wide a branch and
indices that come from a vector, and for --vectors also a branch on what the compiler compared in vectors.
"""

import re
import subprocess
import sys

OURS = ("eccsi_sakke", "crypto_bigint", "ctutils", "cmov", "p256", "primeorder", "primefield",
        "elliptic_curve", "sha2", "hmac", "digest", "subtle")

# What is found in a name, with the reason. Where the size of code counts, the compiler divides by
# constants too.
ALLOWED = {
    r"^<eccsi_sakke::identifier::uid::KeyPeriods>::number$": "time and period are public",
    r"^<eccsi_sakke::identifier::uid::NtpTime>::": "a time is public",
    r"^eccsi_sakke::identifier::calendar::date$": "a time is public",
    r"^<eccsi_sakke::mikey::kms::User>::identifier$": "a time is public",
    r"^<eccsi_sakke::identifier::Identifier>::tel_monthly$": "the digits of a year and month",
    r"core::iter::adapters::step_by::StepBy": "the length of an iterator over its step",
}
# Where a routine decides by what it computed in vectors, with the reason. One that has secrets too may do so
# as often as was looked at and no more.
COMPUTED = {
    r"_vartime\b": (None, "says itself that what it takes is public"),
    r"^eccsi_sakke::hazmat::hash_to_integer_range$": (None, "the modulus is public"),
    r"^eccsi_sakke::eccsi::curve::wnaf::": (None, "a sum for verifying: points and scalars are public"),
    r"^<eccsi_sakke::eccsi::curve::Point>::is_sum$": (1, "such a sum, of an identity and PVT"),
    r"^<eccsi_sakke::eccsi::curve::comb::Comb<.*>>::add_mul_on": (None, "adds for verifying"),
    r"^<eccsi_sakke::eccsi::curve::jacobian::Jacobian<.*>>::double_if_equal$": (None, "adds for verifying"),
    r"^<eccsi_sakke::eccsi::curve::Point>::from_bytes$": (None, "a public key or PVT"),
    r"^<eccsi_sakke::eccsi::verifying::VerifyingKey>::verify_parts$": (2, "scalars that anybody can compute"),
    r"^<eccsi_sakke::eccsi::signing::SigningKey>::validated$": (1, "HS, which anybody computes"),
    r"^<eccsi_sakke::eccsi::signature::Signature( as .*)?>::": (None, "a signature is public"),
    r"^<eccsi_sakke::eccsi::signing::SigningKey>::sign_with$": (1, "whether r, about to be sent, is 0"),
    r"^<eccsi_sakke::mikey::i_message::IMessage>::decode_": (None, "a message that anybody sees"),
    r"^<eccsi_sakke::mikey::psk::message::PskMessage>::parse$": (None, "a message that anybody sees"),
    r"^<eccsi_sakke::mission_critical::key::Key>::(new|from_message)\b": (1, "whether RAND, which is sent, is zeros"),
    r"^eccsi_sakke::mission_critical::key::checked_rand$": (1, "the same"),
    r"^<eccsi_sakke::mission_critical::reception::profiled::Profiled>::decode$": (None, "a message that anybody sees"),
    r"^eccsi_sakke::mikey::psk::verification::verify_response$": (2, "how many payloads a message has"),
    r"^<eccsi_sakke::mikey::freshness::MemoryCache as ": (None, "digests of messages that anybody sees"),
    r"^<eccsi_sakke::mission_critical::delivery::Delivery>::message": (1, "identifiers and KPAKs are compared"),
    r"^eccsi_sakke::(mikey::keys|eccsi::nonce)::hmac": (6, "how full the block is, by the message's length"),
    r"^<eccsi_sakke::stored::fields::Writer>::written::<": (5, "how many octets are wiped"),
    r"^poison::stored::again::<": (1, "whose a record is, which stands in clear"),
    r"^<eccsi_sakke::mission_critical::store::MemoryStore>::make_room$": (None, "names and times of keys are public"),
    r"^<eccsi_sakke::pairing::prepared::monic::Monic<.*>>::times_over$": (36, "the orders of polynomials"),
}


def may_decide(name, found):
    """Whether COMPUTED names all that a routine was found to do."""
    for computed, (most, _) in COMPUTED.items():
        if re.search(computed, name):
            return most is None or len(found) <= most
    return False


# Of std: here a difference of two addresses over the size of an item may be divided, which is a length.
LENGTHS = re.compile(r"<(core::(iter|slice::iter)|alloc::vec)::")

CONTROLS = {"poison::controls::division": "div"}
CONTROLS_WIDE = {
    "poison::wide_controls::branch": "jump",
    "poison::wide_controls::index": "address",
    "poison::wide_controls::gather": "gather",
    "poison::wide_controls::scatter": "gather",
}
CONTROLS_VECTORS = {"poison::wide_controls::by_itself": "jump"}

DIVISION = re.compile(r"i?div[bwlq]?|[us]div([a-z]{2})?")
# What is called where the CPU doesn't divide, or not numbers of that length.
DIVIDES = re.compile(r"<(__u?(div|mod|divmod)[sdt]i[34]|__aeabi_u?[il]div(mod)?)>")

REGISTER = re.compile(r"%([a-z0-9]+)")
VECTOR = re.compile(r"%([xyz])mm\d+")
MASK = re.compile(r"%k[0-7]")
SET_FLAGS = ("cmp", "test", "bt", "add", "sub", "and", "or", "xor", "inc", "dec", "neg", "adc", "sbb",
             "shl", "shr", "sar", "imul", "mul", "bsf", "bsr", "tzcnt", "lzcnt", "bls", "bzhi")

# What computes with the vector that it writes.
READS_TARGET = ("vpternlog", "vpmadd52", "vpermt2", "vpermi2", "vpdp", "vfm", "vfnm")


def wide_register(name):
    """The 64-bit register that holds this one, none for a vector or mask."""
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
    """Name, and (mnemonic, operands, line) of each instruction, of every function."""
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
    """At the commas outside of parentheses."""
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
    """The 64-bit general registers in an operand, but the stack pointer."""
    names = map(wide_register, REGISTER.findall(operand))
    return [name for name in names if name not in (None, "rsp", "rip")]


def slot(operand):
    """The offset of a stack slot, rounded down to 8 octets."""
    match = re.fullmatch(r"(-?0x[0-9a-f]+)?\(%rsp\)", operand)
    return (int(match.group(1) or "0", 16) & ~7) if match else None


class Registers:
    """Which general registers hold what came from a vector or a compared mask."""

    def __init__(self, copies=False):
        # Whether a vector that was only loaded is no more than the octets that it carries.
        self.copies = copies
        self.copied = set()
        # The stack slot that rdi points to, where a call puts what it gives back.
        self.returned = None
        self.data = set()
        self.masks = set()
        # Stack slots of 8 octets that a vector, or such a register, was stored to.
        self.slots = set()
        # Vectors, and stack slots of 8 octets, that hold constants and what registers hold.
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
        """What may be after either; whether that is more than before."""
        before = self.sizes()
        self.data |= other.data
        self.masks |= other.masks
        self.slots |= other.slots
        self.returned = self.returned if self.returned == other.returned else None
        # What is known of a vector is only what both know.
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
            # A jump table: what it is read at is looked at as an address.
            through_register = mnemonic == "jmp" and target.startswith("*")
            tainted = self.is_data(target) if through_register else self.flags
            if tainted and (through_register or mnemonic != "jmp"):
                self.found.append(("jump", line))
        elif mnemonic.startswith("call"):
            self.data -= {"rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"}
            self.public = {place for place in self.public if isinstance(place, int)}
            self.copied = set()
            # Its first word says what it is; what was in the slot before has gone.
            self.slots.discard(self.returned if self.copies else None)
            self.returned = None
        else:
            self.write(mnemonic, operands, target)

    def write(self, mnemonic, operands, target):
        of_vectors = mnemonic.startswith(("kortest", "ktest", "vptest", "vtest", "vucomi", "vcomi"))
        moves = mnemonic.startswith(("mov", "kmov", "vmov", "lea", "pop", "set", "bsf", "tzcnt"))
        read = operands[:-1] if moves and len(operands) > 1 else operands
        if mnemonic.startswith("set"):
            # An octet of the flags; what was in the register above it isn't read with it.
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
        """Whether a vector is given what memory or another holds, and no more."""
        source = operands[0]
        return (self.copies and len(operands) == 2 and "{" not in operands[-1]
                and mnemonic.startswith(("vmov", "mov", "vbroadcast", "vpbroadcast"))
                and "mskb" not in mnemonic and not self.is_data(source)
                and (is_memory(source) or VECTOR.match(source)))

    def makes_public(self, mnemonic, operands):
        """Whether a vector is made of nothing but constants, addresses and the like."""
        if "gather" in mnemonic:
            return False
        for operand in operands if mnemonic.startswith(READS_TARGET) else operands[:-1]:
            if VECTOR.match(operand):
                public = self.is_public(operand)
            elif is_memory(operand):
                public = "%rip" in operand or slot(operand) in self.public
            else:
                public = not MASK.match(operand) and not self.is_data(operand)
            if not public:
                return False
        # Under a mask, what was there before shows through.
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
    """Whether a division is of a difference by a constant, as compilers make one just before it."""
    divisor = wide_register(REGISTER.search(body[i][2]).group(1))
    before = body[max(i - 8, 0):i]
    constant = any(mnemonic in ("mov", "push") and operands[0].startswith("$")
                   and (mnemonic == "push" or general(operands[-1]) == [divisor])
                   for mnemonic, operands, _ in before)
    return constant and any(mnemonic == "sub" for mnemonic, _, _ in before)


def wide_findings(body, copies):
    """What a routine with vectors does that it mustn't."""
    index = {line.split(":")[0]: i for i, (_, _, line) in enumerate(body)}
    ends = {i for i, (mnemonic, _, _) in enumerate(body) if mnemonic.startswith(("j", "ret", "ud2"))}
    targets = {i: index[operands[-1]] for i, (_, operands, _) in enumerate(body)
               if i in ends and operands and operands[-1] in index}
    starts = {0, *targets.values(), *(i + 1 for i in ends if i + 1 < len(body))}
    entries, found, work = {0: Registers(copies)}, {}, [0]
    # What is known where a jump goes by a table, and what is taken to be its targets.
    before_table, by_table = None, []
    while True:
        if not work:
            # Reached by a table of jumps; or by unwinding, where as little is known as at the start.
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
    """The path of a function without the types it was made for."""
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
    missed = [c for c, what in controls.items() if (c, what) not in seen]
    for error in errors:
        print(error)
    for control in missed:
        print(f"control not found: {control}")
    print(f"{scanned} functions, {routines} routines with {'vectors' if copies else 'zmm registers'}, {divisions} divisions of"
          f" public values, {len(errors)} errors, {len(controls) - len(missed)} controls found")
    sys.exit(bool(errors or missed or not scanned or (wide and not routines)))


if __name__ == "__main__":
    main()
