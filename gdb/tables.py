# SPDX-License-Identifier: MIT
"""Page tables of any shape: the walk, without GDB. An ISA's file gives shape and entries."""
from collections import namedtuple

TABLE, LEAF, EMPTY, BAD = "table", "leaf", "empty", "bad"

# What one entry says. address: of the next table or of the memory; flags: for people; why: what an
# empty or bad one lacks.
Entry = namedtuple("Entry", "kind address flags why")

# One look into a table. level counts down to 0, the level of pages.
Step = namedtuple("Step", "level at raw entry size")

Range = namedtuple("Range", "start end target flags sizes")


class Fault(Exception):
    """A table can't be read, and why."""


class Format:
    """levels: from the root down, (lowest bit of the index, bits of the index).
    decode(raw, level): the Entry."""

    def __init__(self, name, levels, decode):
        self.name, self.levels, self.decode = name, levels, decode
        self.bits = sum(levels[0])

    def level_size(self, level):
        return 1 << self.levels[len(self.levels) - 1 - level][0]


def regular(name, count, decode, root_bits=9, page=12):
    """The usual shape: each table but the root fills one page of 1 << page bytes."""
    each = page - 3
    bits = [root_bits] + [each] * (count - 1)
    return Format(name, [(page + each * (count - 1 - n), bits[n]) for n in range(count)], decode)


def walk(fmt, root, address, read):
    """The steps from the root towards address, and what it translates to: None if it does not.
    read(address of an entry): its 64 bits."""
    steps, table = [], root
    for n, (shift, bits) in enumerate(fmt.levels):
        level = len(fmt.levels) - 1 - n
        at = table + 8 * (address >> shift & (1 << bits) - 1)
        raw = read(at)
        entry = fmt.decode(raw, level)
        steps.append(Step(level, at, raw, entry, 1 << shift))
        if entry.kind == LEAF:
            return steps, entry.address + (address & (1 << shift) - 1)
        if entry.kind != TABLE:
            break
        table = entry.address
    return steps, None


def leaves(fmt, root, read_table, level=None, base=0):
    """(address, size, target, flags) of all that is mapped, in order.
    read_table(address, count): that many entries."""
    if level is None:
        level = len(fmt.levels) - 1
    shift, bits = fmt.levels[len(fmt.levels) - 1 - level]
    for index, raw in enumerate(read_table(root, 1 << bits)):
        if not raw:
            continue
        entry = fmt.decode(raw, level)
        address = base + (index << shift)
        if entry.kind == LEAF:
            yield address, 1 << shift, entry.address, entry.flags
        elif entry.kind == TABLE:
            yield from leaves(fmt, entry.address, read_table, level - 1, address)


def ranges(found):
    """Leaves that go on where the one before ends, on both sides and with the same flags, as one;
    sizes: {size of the entries: how many}."""
    last = None
    for address, size, target, flags in found:
        if last and address == last.end and flags == last.flags \
                and target - last.target == address - last.start:
            sizes = dict(last.sizes)
            sizes[size] = sizes.get(size, 0) + 1
            last = last._replace(end=address + size, sizes=sizes)
            continue
        if last:
            yield last
        last = Range(address, address + size, target, flags, {size: 1})
    if last:
        yield last


def human(size):
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB")):
        if size >= unit and not size % unit:
            return "%d %s" % (size // unit, name)
    return "%d KiB" % (size >> 10)
