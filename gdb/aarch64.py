# SPDX-License-Identifier: MIT
"""AArch64: VMSAv8-64's two stages, EL1's registers. Sections and names of registers are of the Arm
Architecture Reference Manual for A-profile ("Arm ARM", DDI 0487)."""
import isa
import tables

# Of ESR_ELx.EC (D1.3), with the name that the hypervisor reports (traps.c).
CLASSES = {
    0x00: "undefined instruction", 0x01: "wfi or wfe", 0x07: "FP or SIMD",
    0x0e: "illegal execution state", 0x11: "svc in AArch32", 0x15: "svc", 0x16: "hvc", 0x17: "smc",
    0x18: "system register access", 0x19: "SVE", 0x20: "instruction abort from a lower level",
    0x21: "instruction abort",
    0x22: "misaligned pc", 0x24: "data abort from a lower level", 0x25: "data abort",
    0x26: "misaligned sp", 0x2f: "SError", 0x30: "breakpoint from a lower level",
    0x31: "breakpoint", 0x32: "step from a lower level", 0x33: "step",
    0x34: "watchpoint from a lower level", 0x35: "watchpoint", 0x3c: "brk",
}
ABORTS = (0x20, 0x21, 0x24, 0x25)
FAULTS = {0: "address size fault", 1: "translation fault", 2: "access flag fault",
          3: "permission fault"}
# Not the manual's: switch.S makes these up, because an interrupt leaves no syndrome.
INTERRUPTS = {0xf8000000: "IRQ", 0xf8000001: "FIQ"}

MODES = {0x0: "EL0", 0x4: "EL1t", 0x5: "EL1h", 0x8: "EL2t", 0x9: "EL2h"}

# What QEMU's stub calls these otherwise than the manual does.
STUB = {"sctlr_el1": "SCTLR", "cpacr_el1": "CPACR", "vbar_el1": "VBAR", "amair_el1": "AMAIR0",
        "csselr_el1": "CSSELR", "cntkctl_el1": "CNTKCTL"}

SCTLR = {0: "M", 2: "C", 12: "I"}
HCR = {0: "VM", 1: "SWIO", 3: "FMO", 4: "IMO", 5: "AMO", 6: "VF", 7: "VI", 8: "VSE", 12: "DC",
       13: "TWI", 14: "TWE", 18: "TID3", 19: "TSC", 20: "TIDCP", 21: "TACR", 22: "TSW",
       26: "TVM", 27: "TGE", 31: "RW"}
TIMER = {0: "ENABLE", 1: "IMASK", 2: "ISTATUS"}
DAIF = {9: "D", 8: "A", 7: "I", 6: "F"}

# TCR_EL1.TG0 and TG1 number the granules differently: bits of the address inside a page.
TG0 = {0: 12, 1: 16, 2: 14}
TG1 = {1: 14, 2: 12, 3: 16}

# The hypervisor executes nothing below its image. QEMU's boot loader lies there, at the start of
# RAM, and the flash, where a CPU stands that has not been turned on.
IMAGE_BASE = 0x40080000


def bits(value, names):
    return " ".join(name for bit, name in names.items() if value >> bit & 1)


def mode_of(pstate):
    if pstate & 0x10:
        return "AArch32"
    return MODES.get(pstate & 0xf, "?")


def pstate_note(pstate):
    masked = "".join(name for bit, name in DAIF.items() if pstate >> bit & 1)
    return mode_of(pstate) + (", %s masked" % masked if masked else "")


def cause(esr):
    if esr in INTERRUPTS:
        return INTERRUPTS[esr]
    number, iss = esr >> 26 & 0x3f, esr & 0x1ffffff
    name = CLASSES.get(number, "exception class 0x%x" % number)
    if number in ABORTS and iss >> 2 & 0xf in FAULTS:
        name += ", %s" % FAULTS[iss >> 2 & 0xf]
    elif number in (0x15, 0x16, 0x17):
        name += " #%d" % (iss & 0xffff)
    elif number == 0x18:
        # The name that assemblers take, and that of the hypervisor's own report.
        name = "%s of S%d_%d_C%d_C%d_%d" % (
            "read" if iss & 1 else "write", iss >> 20 & 3, iss >> 14 & 7, iss >> 10 & 0xf,
            iss >> 1 & 0xf, iss >> 17 & 7)
    return name


def second_flags(raw):
    """Of a leaf of stage 2 (D8.3.1, D8.3.2): S2AP, XN, MemAttr."""
    flags = "".join(name if on else "-" for name, on in zip(
        "rwx", (raw >> 6 & 1, raw >> 7 & 1, not raw >> 54 & 1)))
    flags += " AF" if raw >> 10 & 1 else " no AF: an access faults"
    # Bit 55 is the hypervisor's own (npt.c).
    flags += ", owned" if raw >> 55 & 1 else ""
    memory = raw >> 2 & 0xf
    return flags + {0xf: "", 0x1: ", device"}.get(memory, ", MemAttr %d" % memory)


def first_flags(raw):
    """Of a leaf of stage 1: AP, PXN and UXN. What EL0 can write EL1 never executes."""
    user, readonly, pxn, uxn = (raw >> bit & 1 for bit in (6, 7, 53, 54))
    w = "-" if readonly else "w"
    el1 = "r%s%s" % (w, "-" if pxn or (user and not readonly) else "x")
    el0 = ("r%s" % w if user else "--") + ("-" if uxn else "x")
    names = {10: "AF", 11: "nG", 51: "DBM", 52: "contiguous"}
    return "EL1 %s EL0 %s %s, AttrIndx %d" % (el1, el0, bits(raw, names), raw >> 2 & 7)


def table_flags(raw):
    """What a table's entry takes away from all below it (D8.3.1)."""
    return bits(raw, {59: "PXNTable", 60: "UXNTable", 61: "APTable: not EL0",
                      62: "APTable: read-only"})


def descriptor(raw, level, second, page=12):
    """A descriptor (D8.3.1) with the address in bits 47 down to page. Levels count down to 0, which
    is the manual's level 3."""
    address = raw & (1 << 48) - (1 << page)
    if not raw & 1:
        return tables.Entry(tables.EMPTY, 0, "", "bit 0 = 0")
    if raw & 2 and level:
        return tables.Entry(tables.TABLE, address, "" if second else table_flags(raw), "")
    if not raw & 2 and not level:
        return tables.Entry(tables.BAD, 0, "", "bit 1 = 0 is reserved at the last level")
    if level > (2 if page == 12 else 1):
        return tables.Entry(tables.BAD, 0, "", "bit 1 = 0, and no block is that large")
    # Below a block's own size its address has bits of other meaning.
    address &= ~((1 << page + (page - 3) * level) - 1)
    return tables.Entry(tables.LEAF, address, (second_flags if second else first_flags)(raw), "")


class Isa(isa.Base):
    gdb_name = "aarch64"

    def cpu_number(self, reg):
        # QEMU's stub does not show MPIDR_EL1; its CPUs are numbered alike.
        return None

    def mode(self, reg, monitor):
        pstate = reg("cpsr")
        if pstate is None:
            return False, "?", False
        level = 0 if pstate & 0x10 else pstate >> 2 & 3
        name = "EL%d" % level + (" (AArch32)" if pstate & 0x10 else "")
        # Started at EL1, where there is no EL2, the hypervisor runs there until it gives up.
        if level < 2 and (reg("HCR_EL2") or 0) >> 31 & 1:
            return True, name, False
        return False, name, reg("pc") >= IMAGE_BASE

    def pc(self, arch):
        return int(arch["elr"])

    def registers(self, arch, reg, running):
        if running:
            gprs = [reg("x%d" % n) for n in range(31)]
            head = [("pc", reg("pc")), ("pstate", reg("cpsr"))]
            source = "the CPU"
        else:
            gprs = [int(arch["gpr"][n]) for n in range(31)]
            head = [("pc", int(arch["elr"])), ("spsr", int(arch["spsr"]))]
            source = "memory (as the last exit left them)"
        lines = ["  ".join("%-7s %016x" % one for one in head)]
        lines[0] += "  (%s%s)" % ("" if running else "to ", pstate_note(head[1][1]))
        for first in range(0, 31, 4):
            lines.append("  ".join("%-3s %016x" % ("x%d" % n, gprs[n] or 0)
                                   for n in range(first, min(first + 4, 31))))
        groups = [("pc and general registers, from " + source, lines)]
        own = [self.noted(name, reg(name.upper())) for name in ("vttbr_el2", "hcr_el2")] if reg \
            else []
        lines, hidden = [], []
        for field in arch["el1"].type.fields():
            value = self.el1(field.name, arch, reg, running)
            if value is None:
                hidden.append(field.name)
            else:
                (own if field.name.endswith("_el2") else lines).append(
                    self.noted(field.name, value))
        groups.append(("EL1's and EL0's registers, from %s" % (
            "the CPU" if reg else "memory (the vCPU is not loaded)"), lines))
        if hidden:
            lines.append("%s: in the CPU, where QEMU does not show it" % ", ".join(hidden))
        groups.append(("the hypervisor's for it, from %s" % ("the CPU" if reg else "memory"), own))
        if any(field.name == "gic" for field in arch.type.fields()):
            groups.append(self.list_registers(arch["gic"]["lr"], reg))
        return groups

    @staticmethod
    def list_registers(registers, reg):
        """What the guest's CPU interface holds (GICv2, IHI 0048B, 5.3.10)."""
        title = "interrupts in list registers, from memory"
        if reg:
            # A look by GDB's stub is no CPU's, and QEMU's GIC asks which CPU looks.
            return "interrupts in list registers", ["in the GIC: GICH_LR0 and on"]
        lines, (low, high) = [], registers.type.range()
        for n in range(low, high + 1):
            value = int(registers[n])
            if value >> 28 & 3:
                state = ("", "pending", "active", "pending and active")[value >> 28 & 3]
                lines.append("INTID %d: %s%s" % (
                    value & 0x3ff, state,
                    ", the host's %d is behind it" % (value >> 10 & 0x3ff) if value >> 31 else ""))
        return title, lines or ["none"]

    def el1(self, name, arch, reg, running):
        if not reg:
            return int(arch["el1"][name])
        # The stack pointer in use is in no other place: QEMU files it away when the level changes.
        if running and name == ("sp_el1" if mode_of(reg("cpsr")) == "EL1h" else "sp_el0"):
            return reg("sp")
        value = reg(name.upper())
        return reg(STUB[name]) if value is None and name in STUB else value

    def noted(self, name, value):
        if value is None:
            return "%-14s in the CPU, where QEMU does not show it" % name
        note = ""
        if name == "sctlr_el1":
            note = bits(value, SCTLR) or "MMU and caches off"
        elif name == "hcr_el2":
            note = bits(value, HCR)
        elif name == "spsr_el1" and value:
            note = pstate_note(value)
        elif name == "esr_el1" and value:
            note = cause(value)
        elif name in ("cntv_ctl_el0", "cntp_ctl_el0"):
            note = bits(value, TIMER)
        elif name == "tcr_el1":
            note = "T0SZ %d, T1SZ %d" % (value & 0x3f, value >> 16 & 0x3f)
        elif name in ("ttbr0_el1", "ttbr1_el1") and value:
            note = "root at GPA 0x%x, ASID %d" % (value & 0xfffffffffffe, value >> 48)
        elif name == "vttbr_el2" and value:
            note = "root at HPA 0x%x, VMID %d" % (value & 0xfffffffffffe, value >> 48)
        return ("%-14s %016x  %s" % (name, value, note)).rstrip()

    def second_stage(self, name, levels, root_bits):
        return tables.regular(name, levels, lambda raw, level: descriptor(raw, level, True),
                              root_bits)

    def guest_paging(self, arch, reg, running, gva):
        source = "from the CPU" if reg else "from memory"
        sctlr, tcr = (self.el1(name, arch, reg, running) for name in ("sctlr_el1", "tcr_el1"))
        if not sctlr & 1:
            return None, 0, "sctlr_el1 0x%016x (%s)" % (sctlr, source), None
        # Bit 55 chooses the half; bits 63:56 need not be alike where TCR_EL1.TBIn is 1.
        upper = gva >> 55 & 1
        ttbr = self.el1("ttbr%d_el1" % upper, arch, reg, running)
        size = 64 - max(16, min(39, tcr >> 16 * upper & 0x3f))
        page = (TG1.get(tcr >> 30 & 3, 12) if upper else TG0.get(tcr >> 14 & 3, 12))
        stride = page - 3
        levels = -(-(size - page) // stride)
        root_bits = size - page - stride * (levels - 1)
        name = "%d bits, granule of %s" % (size, tables.human(1 << page))
        fmt = tables.regular(name, levels,
                             lambda raw, level: descriptor(raw, level, False, page),
                             root_bits, page)
        how = "ttbr%d_el1 0x%016x (%s)" % (upper, ttbr, source)
        root = ttbr & 0xfffffffffffe & ~((8 << root_bits) - 1)
        top = 56 if tcr >> 37 + upper & 1 else 64
        why = None
        if (gva & (1 << top) - 1) >> size != (upper << top - size) - upper:
            why = ("bits %d to %d differ from bit 55, so it is a translation fault "
                   "(TCR_EL1.T%dSZ)" % (top - 1, size, upper))
        elif tcr >> 7 + 16 * upper & 1:
            why = "TCR_EL1.EPD%d = 1, so it is a translation fault" % upper
        return fmt, root, how, why

    def exit_cause(self, code):
        return cause(code)
