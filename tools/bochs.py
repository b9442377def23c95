"""The machine that Bochs emulates for `make ARCH=x86_64 bochs`, and its firmware for one run.

tools/bochs.S says what the firmware does. Built, that is one page of code with an empty table
at its start; here everything that it has to copy is put below it and the table is filled in.
"""

import struct

TOP = 1 << 32
ROM_LOWEST = TOP - (2 << 20)        # Bochs takes no larger image
FLASH = 0xFFFBF000                  # where a 4 KiB second pflash lies on QEMU's q35, too
PAGE = 4096
INFO = 0x9000                       # the multiboot information's place in RAM; QEMU's, too
BLOCK = 64 << 10                    # what bochs.S reads from the disk at a time
CYLINDER = 16 * 63                  # sectors
RECORDS = 31                        # of bochs.S's table
HOLE = 0xE0000000                   # RAM is below this; PCI and the APICs are above

# Bits of the multiboot information's flags (Multiboot 0.6.96, section 3.3).
HAS_MEMORY, HAS_CMDLINE, HAS_MODULES, HAS_MAP, HAS_NAME = 1 << 0, 1 << 2, 1 << 3, 1 << 6, 1 << 9
RAM, RESERVED = 1, 2


class TooLarge(Exception):
    pass


def segments(elf):
    """[(address, content, bytes in memory)], and the entry address, of a 64-bit ELF image."""
    entry, table = struct.unpack_from("<QQ", elf, 24)
    each, count = struct.unpack_from("<HH", elf, 54)
    found = []
    for n in range(count):
        kind, _, offset, _, where, length, memory = struct.unpack_from(
            "<IIQQQQQ", elf, table + n * each)
        if kind == 1 and memory:    # PT_LOAD
            found.append((where, elf[offset:offset + length], memory))
    return found, entry


def information(cmdline, memory, modules):
    """The multiboot information, to lie at INFO: modules are (start, end, words)."""
    areas = [(0, 0x9F000, RAM), (0x9F000, 0x100000, RESERVED), (0x100000, memory, RAM),
             (ROM_LOWEST, TOP, RESERVED)]
    areas_at = INFO + 128
    area_table = b"".join(struct.pack("<IQQI", 20, start, end - start, kind)
                          for start, end, kind in areas)
    modules_at = areas_at + len(area_table)
    text_at = modules_at + 16 * len(modules)
    text = b""

    def put(string):
        nonlocal text
        text += string + b"\0"
        return text_at + len(text) - len(string) - 1

    # As GRUB and QEMU do it: the image's name comes before the words for it.
    name, loader = put(b"hv.elf " + cmdline), put(b"ladder")
    module_table = b"".join(struct.pack("<IIII", start, end, put(words), 0)
                            for start, end, words in modules)
    head = struct.pack("<IIIIIII", HAS_MEMORY | HAS_CMDLINE | HAS_MODULES | HAS_MAP | HAS_NAME,
                       0x9F000 >> 10, (memory - 0x100000) >> 10, 0, name,
                       len(modules), modules_at)
    head += bytes(16) + struct.pack("<IIIIII", len(area_table), areas_at, 0, 0, 0, loader)
    return head.ljust(128, b"\0") + area_table + module_table + text


def rom(code, elf, cmdline, memory, flash, modules=()):
    """(address, content) of the ROM for one run. modules: (address, sector, bytes, words)."""
    pieces, entry = segments(elf)
    listed = [(at, at + length, words) for at, _, length, words in modules]
    info = information(cmdline, memory, listed)
    pieces += [(INFO, info, len(info))]

    body, records = b"", []
    for where, content, length in pieces:
        content += bytes(-len(content) % 4)
        zeros = max(0, length - len(content))
        records.append((where, len(body), len(content), zeros + -zeros % 4))
        body += content
    body += bytes(-len(body) % PAGE)
    base = FLASH - len(body)
    if base < ROM_LOWEST:
        raise TooLarge("%d KiB do not fit into Bochs' ROM" % (len(body) >> 10))

    records = [(base + offset, where, length, zeros) for where, offset, length, zeros in records]
    records += [(sector, where, length + -length % BLOCK, 0)
                for where, sector, length, _ in modules]
    if len(records) > RECORDS:
        raise TooLarge("%d pieces are too many for Bochs' ROM" % len(records))
    table = struct.pack("<III", entry, INFO, len(records))
    table += b"".join(struct.pack("<IIII", *record) for record in records)
    image = body + flash[:PAGE].ljust(PAGE, b"\xff")
    image = image.ljust(TOP - PAGE - base, b"\xff") + table + code[len(table):]
    return base, image


def disk(path, modules, top):
    """Writes the disk with the modules' files; says where the firmware is to put them, below top:
    [(address, sector, bytes, words)] for modules of (file, words)."""
    placed, sector = [], 0
    with open(path, "wb") as out:
        for name, words in modules:
            with open(name, "rb") as f:
                content = f.read()
            out.seek(sector * 512)
            out.write(content)
            blocks = -(-len(content) // BLOCK)
            top -= blocks * BLOCK
            placed.append((top, sector, len(content), words))
            sector += blocks * BLOCK // 512
        out.truncate(-(-sector // CYLINDER) * CYLINDER * 512)
    return placed


def no_video():
    """A video BIOS that does nothing: without any Bochs does not start."""
    image = bytearray(b"\x55\xaa\x01\xcb".ljust(512, b"\0"))   # 1 block of 512 bytes; lret
    image[-1] = -sum(image) & 0xFF
    return bytes(image)


# What its debugger is to do: go on, and at the magic breakpoint, xchg %bx, %bx, end with status 0.
COMMANDS = "continue\nquit\n"

# Where `make … bochs-debug` stops: the start in C, and what comes first after each exit (VMX; SVM).
STOPS = ("hv_main", "vmx_exit", "svm_exit")


# How many instructions are a second of the machine's time, by which its timers run. Bochs' own
# figure is an old PC's: a kernel with 250 ticks a second would do little else than count them. A
# kernel's is about what Bochs executes in a second, so that its time goes as ours does.
IPS, KERNEL_IPS = 4000000, 100000000


def settings(rom_base, cpu, cpus, memory, has_disk, serial, errors, everything, ips=IPS):
    """Bochs' configuration file: neither screen, nor sound. serial says where COM1 goes.
    The other files are named without a folder, in which Bochs would give $ and " a meaning."""
    def report(yes):
        return "report" if yes else "ignore"

    return "\n".join([
        "config_interface: textconfig",
        # The only display that wants neither X nor a terminal, and it waits for nobody.
        'display_library: rfb, options="timeout=0"',
        "cpu: model=%s, count=%d, ips=%d, reset_on_triple_fault=0" % (cpu, cpus, ips),
        # More than 2 GiB of this machine's memory it does not take for it.
        "memory: guest=%d, host=%d" % (memory >> 20, min(memory >> 20, 2048)),
        'romimage: file=rom, address=0x%x' % rom_base,
        "vgaromimage: file=video",
        # Else it looks for a sound card of this machine's and complains.
        "sound: waveoutdrv=dummy",
        "com1: enabled=1, %s" % serial,
        "clock: sync=none",
        # Its geometry is found out from its size.
        "ata0: enabled=%d, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14" % has_disk,
        "ata0-master: type=disk, path=disk, mode=flat, cylinders=0" if has_disk else "",
        "speaker: enabled=0",
        "magic_break: enabled=1",
        "panic: action=fatal",
        # Among its errors is why VMLAUNCH refused a VMCS.
        "error: action=" + report(errors),
        "info: action=" + report(everything),
        "debug: action=ignore",
        "log: bochs.log",
        ""])
