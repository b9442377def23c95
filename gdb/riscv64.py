# SPDX-License-Identifier: MIT
"""RISC-V: Sv39x4 and its kin, VS-mode's registers. Sections are of the privileged specification."""
import re

import isa
import tables

GPRS = """zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7
          s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6""".split()

# Of scause (10.1.8, 18.6.1).
CAUSES = {
    0: "misaligned fetch", 1: "fetch access fault", 2: "illegal instruction", 3: "breakpoint",
    4: "misaligned load", 5: "load access fault", 6: "misaligned store", 7: "store access fault",
    8: "ecall from U or VU", 9: "ecall from HS", 10: "ecall from VS", 12: "fetch page fault",
    13: "load page fault", 15: "store page fault", 20: "fetch guest-page fault",
    21: "load guest-page fault", 22: "virtual instruction", 23: "store guest-page fault",
}
INTERRUPTS = {1: "software", 2: "VS software", 5: "timer", 6: "VS timer", 9: "external",
              10: "VS external", 12: "guest external"}
INTERRUPT = 1 << 63

SATP_LEVELS = {8: ("Sv39", 3), 9: ("Sv48", 4), 10: ("Sv57", 5)}

# While a guest runs (V = 1) the plain names mean VS-mode's registers (18.2.13), in QEMU's stub too.
PLAIN = {"vsstatus": "sstatus", "vstvec": "stvec", "vsscratch": "sscratch", "vsepc": "sepc",
         "vscause": "scause", "vstval": "stval", "vsatp": "satp"}

SSTATUS = {1: "SIE", 5: "SPIE", 8: "SPP", 18: "SUM", 19: "MXR"}
HVIP = {2: "VSSIP", 6: "VSTIP", 10: "VSEIP"}
SIE = {1: "SSIE", 5: "STIE", 9: "SEIE"}


def bits(value, names):
    return " ".join(name for bit, name in names.items() if value >> bit & 1)


def cause(code):
    if code & INTERRUPT:
        number = code & ~INTERRUPT
        return "%s interrupt" % INTERRUPTS.get(number, "number %d" % number)
    return CAUSES.get(code, "reserved cause %d" % code)


def pte(raw, level, second):
    """An entry (10.4.1). PPN in bits 53:10; R = W = X = 0 points to the next table."""
    address = (raw >> 10 & (1 << 44) - 1) << 12
    if not raw & 1:
        return tables.Entry(tables.EMPTY, 0, "", "V = 0")
    r, w, x, u = (raw >> bit & 1 for bit in (1, 2, 3, 4))
    if w and not r:
        return tables.Entry(tables.BAD, 0, "", "W without R is reserved")
    if not (r or x):
        if not level:
            return tables.Entry(tables.BAD, 0, "", "a pointer at the last level")
        return tables.Entry(tables.TABLE, address, "", "")
    flags = "".join(name if on else "-" for name, on in zip("rwx", (r, w, x)))
    flags += " " + "".join(name for bit, name in ((4, "U"), (5, "G"), (6, "A"), (7, "D"))
                           if raw >> bit & 1)
    if second:
        # The hypervisor's own bits (npt.c).
        flags += "".join(", " + name for bit, name in ((8, "owned"), (9, "device"))
                         if raw >> bit & 1)
    flags += "".join(", " + name for mask, name in ((1 << 63, "N"), (3 << 61, "PBMT"))
                     if raw & mask)
    if address & (1 << 12 + 9 * level) - 1:
        return tables.Entry(tables.BAD, 0, "", "its address is not a multiple of its size")
    if second and not u:
        return tables.Entry(tables.BAD, 0, "", "U = 0, and all accesses count as user's (18.5.1)")
    return tables.Entry(tables.LEAF, address, flags, "")


class Isa(isa.Base):
    gdb_name = "riscv"

    def cpu_number(self, reg):
        return reg("mhartid")

    def mode(self, reg, monitor):
        priv = reg("priv")
        # QEMU 7.2 tells V to its monitor only.
        v = re.search(r"^\s*V\s*=\s*(\d)", monitor, re.M)
        virtual = bool(v and int(v[1]))
        if priv is None:
            return virtual, "VS- or VU-mode" if virtual else "HS- or M-mode", not virtual
        priv &= 3
        if virtual:
            return True, "VS-mode" if priv else "VU-mode", False
        return False, {3: "M-mode", 1: "HS-mode", 0: "U-mode"}.get(priv, "?"), priv == 1

    def pc(self, arch):
        return int(arch["sepc"])

    def registers(self, arch, reg, running):
        if running:
            gprs = [reg("fp" if name == "s0" else name) for name in GPRS]
            head = [("pc", reg("pc"))]
            source = "the CPU"
        else:
            gprs = [int(arch["gpr"][n]) for n in range(32)]
            # HS-mode's sstatus is VS-mode's while the guest runs, so that it is shown here only.
            head = [("pc", int(arch["sepc"])), ("sstatus", int(arch["sstatus"]))]
            source = "memory (as the last exit left them)"
        gprs[0] = 0
        lines = ["  ".join("%-7s %016x" % one for one in head)]
        if not running:
            was = "VS-mode" if int(arch["sstatus"]) >> 8 & 1 else "VU-mode"
            lines[0] += "  (to %s)" % was
        for first in range(1, 32, 4):
            lines.append("  ".join("%-3s %016x" % (GPRS[n], gprs[n] or 0)
                                   for n in range(first, min(first + 4, 32))))
        groups = [("pc and general registers, from " + source, lines)]
        own = [(name, reg(name)) for name in ("hgatp", "hstatus")] if reg else \
            [("hstatus", int(arch["hstatus"]))]
        own = [self.noted(name, value) for name, value in own if value is not None]
        lines, hidden = [], []
        for field in arch["vs"].type.fields():
            name = field.name
            value = int(arch["vs"][name])
            if reg:
                value = reg(PLAIN.get(name, name) if running else name)
            if value is None:
                hidden.append(name)
            else:
                lines.append(self.noted(name, value))
        source = "memory (the vCPU is not loaded)"
        if reg:
            source = "the CPU"
            if running:
                source += " (V = 1: vsstatus goes by the name of sstatus there, and so on)"
        groups.append(("VS-mode's registers, from " + source, lines))
        if hidden:
            lines.append("%s: in the CPU, where QEMU does not show it" % ", ".join(hidden))
        groups.append(("the hypervisor's for it, from %s" % ("the CPU" if reg else "memory"), own))
        return groups

    def noted(self, name, value):
        note = ""
        if name == "vsstatus":
            note = bits(value, SSTATUS)
        elif name == "vscause" and value:
            note = cause(value)
        elif name == "hvip":
            note = bits(value, HVIP)
        elif name == "vsie":
            note = bits(value, SIE)
        elif name == "vstimecmp" and value == (1 << 64) - 1:
            note = "never"
        elif name == "hstatus":
            note = "VTW: wfi exits" if value >> 21 & 1 else ""
        elif name in ("vsatp", "hgatp"):
            mode = SATP_LEVELS.get(value >> 60)
            if mode:
                gate = name == "hgatp"
                note = "%s%s, root at %s 0x%x" % (mode[0], "x4" if gate else "",
                                                  "HPA" if gate else "GPA",
                                                  (value & (1 << 44) - 1) << 12)
                if gate:
                    note += ", VMID %d" % (value >> 44 & 0x3fff)
            else:
                note = "no translation"
        return ("%-10s %016x  %s" % (name, value, note)).rstrip()

    def second_stage(self, name, levels, root_bits):
        return tables.regular(name, levels, lambda raw, level: pte(raw, level, True), root_bits)

    def guest_paging(self, arch, reg, running, gva):
        satp = reg("satp" if running else "vsatp") if reg else None
        source = "from the CPU"
        if satp is None:
            satp, source = int(arch["vs"]["vsatp"]), "from memory"
        mode = SATP_LEVELS.get(satp >> 60)
        how = "vsatp 0x%016x (%s)" % (satp, source)
        if not mode:
            return None, 0, how, None
        fmt = tables.regular(mode[0], mode[1], lambda raw, level: pte(raw, level, False))
        why = None
        if gva >> fmt.bits - 1 not in (0, (1 << 65 - fmt.bits) - 1):
            why = "bits 63 to %d differ from bit %d, so it is a page fault in %s (10.4.1)" % (
                fmt.bits, fmt.bits - 1, fmt.name)
        return fmt, (satp & (1 << 44) - 1) << 12, how, why

    def exit_cause(self, code):
        return cause(code)
