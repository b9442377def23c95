# SPDX-License-Identifier: MIT
"""x86_64: EPT and NPT, a guest's own tables, its registers in a VMCB. "SDM" is Intel's manual,
volume 3, "APM" AMD64's, volume 2."""
import re
import struct

import isa
import tables

GPRS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
SEGMENTS = "es cs ss ds fs gs ldtr tr".split()
PARTS = "selector access limit base".split()

# EXITCODE (APM, appendix C) and the exit reason (SDM, appendix C), in the hypervisor's words.
SVM_EXITS = {
    0x60: "interrupt", 0x61: "NMI", 0x64: "interrupt window", 0x72: "cpuid", 0x78: "hlt",
    0x7b: "port I/O", 0x7c: "rdmsr or wrmsr", 0x7f: "shutdown (triple fault)", 0x80: "vmrun",
    0x81: "vmmcall", 0x8d: "xsetbv", 0x400: "nested page fault", 0xffffffff: "refused",
}
VMX_EXITS = {
    0: "exception or NMI", 1: "interrupt", 2: "triple fault", 7: "interrupt window", 10: "cpuid",
    12: "hlt", 18: "vmcall", 28: "control register", 30: "port I/O", 31: "rdmsr", 32: "wrmsr",
    33: "invalid guest state", 48: "EPT violation", 49: "EPT misconfiguration", 55: "xsetbv",
}

# A VMCB's fields (APM, table B-1 and B-2): offset, bytes.
VMCB = {
    "cr0": (0x558, 8), "cr2": (0x640, 8), "cr3": (0x550, 8), "cr4": (0x548, 8), "dr6": (0x568, 8),
    "dr7": (0x560, 8), "efer": (0x4d0, 8), "pat": (0x668, 8), "gdtr_limit": (0x464, 4),
    "gdtr_base": (0x468, 8), "idtr_limit": (0x484, 4), "idtr_base": (0x488, 8),
    "sysenter_cs": (0x628, 8),
    "sysenter_esp": (0x630, 8), "sysenter_eip": (0x638, 8), "star": (0x600, 8),
    "lstar": (0x608, 8), "cstar": (0x610, 8), "sfmask": (0x618, 8), "kernel_gs_base": (0x620, 8),
    "asid": (0x58, 4), "exitcode": (0x70, 8), "exitinfo1": (0x78, 8), "exitinfo2": (0x80, 8),
    "eventinj": (0xa8, 8), "ncr3": (0xb0, 8), "debugctl": (0x670, 8),
    "interruptibility": (0x68, 4), "event": (0xa8, 4), "event_error": (0xac, 4),
}
# VMCS fields that SVM has no use for.
VMX_ONLY = ("cr0_shadow", "cr4_shadow", "activity", "pending_debug")

for _at, _name in zip((0x400, 0x410, 0x420, 0x430, 0x440, 0x450, 0x470, 0x490), SEGMENTS):
    for _part, _offset, _bytes in zip(PARTS, (0, 2, 4, 8), (2, 2, 4, 8)):
        VMCB["%s_%s" % (_name, _part)] = (_at + _offset, _bytes)

CR0 = {0: "PE", 1: "MP", 2: "EM", 3: "TS", 4: "ET", 5: "NE", 16: "WP", 18: "AM", 29: "NW",
       30: "CD", 31: "PG"}
CR4 = {0: "VME", 3: "PSE", 4: "DE", 5: "PAE", 6: "MCE", 7: "PGE", 8: "PCE", 9: "OSFXSR",
       10: "OSXMMEXCPT", 11: "UMIP", 12: "LA57", 13: "VMXE", 16: "FSGSBASE", 17: "PCIDE",
       18: "OSXSAVE", 20: "SMEP", 21: "SMAP"}
EFER = {0: "SCE", 8: "LME", 10: "LMA", 11: "NXE", 12: "SVME"}
RFLAGS = {0: "CF", 2: "PF", 6: "ZF", 7: "SF", 8: "TF", 9: "IF", 10: "DF", 11: "OF", 16: "RF",
          17: "VM"}

ADDRESS = (1 << 52) - (1 << 12)
EPT_TYPES = {0: "uncached", 6: ""}

# The hypervisor is linked at 1 MiB, and what it hands out ends before in-tree guests begin.
IMAGE, IMAGE_LIMIT = 0x100000, 0x10000000


def bits(value, names):
    return " ".join(name for bit, name in names.items() if value >> bit & 1)


def mode_of(cr0, efer, rflags, cs, ring):
    """cs: the access rights of CS, as a VMCS has them (SDM 25.4.1)."""
    if not cr0 & 1:
        return "real mode"
    if rflags >> 17 & 1:
        return "virtual-8086 mode"
    size = 64 if efer >> 10 & 1 and cs >> 13 & 1 else 32 if cs >> 14 & 1 else 16
    return "%d-bit mode, ring %d" % (size, ring)


def leaf_or_table(raw, level, flags):
    """The kind and address of an entry that is there, NPT's, EPT's or a guest's: bit 7 says that
    it maps a large page (SDM 4.5, 29.3.2)."""
    if not level or raw >> 7 & 1:
        if level > 2:
            return tables.Entry(tables.BAD, 0, "", "bit 7 = 1, and no page is that large")
        address = raw & ADDRESS
        if level:
            address &= ~0x1fff      # bit 12 is PAT there
        if address & (1 << 12 + 9 * level) - 1:
            return tables.Entry(tables.BAD, 0, "", "its address is not a multiple of its size")
        return tables.Entry(tables.LEAF, address, flags, "")
    return tables.Entry(tables.TABLE, raw & ADDRESS, "", "")


def pte(raw, level, second=False):
    """An entry of a guest's tables, or NPT's, which has the same format (SDM 4.5, APM 15.25.5)."""
    if not raw & 1:
        return tables.Entry(tables.EMPTY, 0, "", "P = 0")
    flags = "r%s%s" % ("w" if raw & 2 else "-", "-" if raw >> 63 else "x")
    flags += " " + "".join(name for bit, name in ((2, "U"), (8, "G"), (5, "A"), (6, "D"))
                           if raw >> bit & 1)
    if second:
        flags += ", owned" if raw >> 9 & 1 else ""      # the hypervisor's own (npt.c)
        if not raw >> 2 & 1:
            return tables.Entry(tables.BAD, 0, "",
                                "U = 0, and all accesses count as user's (APM 15.25.5)")
    elif not level and raw >> 7 & 1 or level and raw & 0x1080 == 0x1080:
        flags += ", PAT"
    flags += ", uncached" if raw & 0x18 else ""
    return leaf_or_table(raw, level, flags.rstrip())


def ept(raw, level):
    """An entry of EPT (SDM 29.3.2)."""
    if not raw & 7:
        return tables.Entry(tables.EMPTY, 0, "", "R = W = X = 0")
    if raw & 3 == 2:
        return tables.Entry(tables.BAD, 0, "", "W without R is a misconfiguration (SDM 29.3.3.1)")
    flags = "".join(name if raw >> bit & 1 else "-" for bit, name in enumerate("rwx"))
    flags += " " + "".join(name for bit, name in ((8, "A"), (9, "D")) if raw >> bit & 1)
    memory = raw >> 3 & 7
    name = EPT_TYPES.get(memory, "memory type %d" % memory)
    flags = flags.rstrip() + (", owned" if raw >> 52 & 1 else "")       # ours (npt.c)
    return leaf_or_table(raw, level, flags + (name and ", " + name))


class Isa(isa.Base):
    gdb_name = "i386:x86-64"
    exit_tells_instruction = False

    def cpu_number(self, reg):
        # Its local APIC's number, which QEMU's stub does not show; its CPUs are numbered alike.
        return None

    def hidden(self, name, monitor):
        """What QEMU's stub does not show and its monitor does."""
        m = re.match(r"(%s)_(selector|access|limit|base)$" % "|".join(SEGMENTS), name)
        if m:
            label = {"ldtr": "LDT"}.get(m[1], m[1].upper())
            row = re.search(r"^%s *=(\w+) (\w+) (\w+) (\w+)" % label, monitor, re.M)
            selector, base, limit, flags = (int(one, 16) for one in row.groups()) if row else (
                None, None, None, 0)
            # As in a descriptor: the access rights are bits 8 to 23 of its second half.
            access = flags >> 8 & 0xf0ff if flags >> 15 & 1 else 0x10000
            return {"selector": selector, "base": base, "limit": limit,
                    "access": access if row else None}[m[2]]
        m = re.match(r"([gi]dt)r_(base|limit)$", name)
        if m:
            row = re.search(r"^%s= +(\w+) (\w+)" % m[1].upper(), monitor, re.M)
            return int(row[1 if m[2] == "base" else 2], 16) if row else None
        row = re.search(r"\b%s *=(\w+)" % re.escape(name.upper()), monitor)
        return int(row[1], 16) if row else None

    def mode(self, reg, monitor):
        values = [reg(name) or 0 for name in ("cr0", "efer", "eflags")]
        ring = (reg("cs") or 0) & 3
        name = mode_of(*values, reg("cs_access") or 0, ring)
        # QEMU does not tell that a guest runs. VMRUN switches CR3 and GDTR, and a guest that has
        # both as the hypervisor has them would be the hypervisor.
        own = {name: self.hv.address(name) for name in ("gdt", "level4")}
        if values[1] >> 12 & 1 and (reg("cr3"), reg("gdtr_base")) != (own["level4"], own["gdt"]):
            return True, name, False
        return False, name, bool(values[0] & 1) and IMAGE <= reg("pc") < IMAGE_LIMIT

    def pc(self, arch):
        return int(arch["rip"])

    def vendor(self):
        virt = self.hv.find("virt")
        return virt.dereference()["name"].string() if virt is not None and int(virt) else "SVM"

    def control(self, arch, name):
        """A field of the VMCB; None where it is a VMCS, which only its CPU can read."""
        if self.vendor() != "SVM":
            return None
        offset, size = VMCB[name]
        return struct.unpack_from({2: "<H", 4: "<I", 8: "<Q"}[size],
                                  self.hv.read(int(arch["control"].address) + offset, size))[0]

    def state(self, name, arch, reg, running):
        """One register of the guest's, where it is now."""
        if not reg:
            return int(arch["state"][name])
        if running or name not in VMCB:
            return reg(name)
        value = self.control(arch, name)
        if value is not None and name.endswith("_access"):
            # The VMCB has them without the hole (APM 15.5.1).
            value = value & 0xff | (value & 0xf00) << 4
        return value

    def registers(self, arch, reg, running):
        if running:
            gprs = [reg(name) for name in GPRS]
            head = [("pc", reg("pc")), ("rflags", reg("eflags"))]
            source = "the CPU"
        else:
            gprs = [int(arch["gpr"][n]) for n in range(16)]
            head = [("pc", int(arch["rip"])), ("rflags", int(arch["rflags"]))]
            source = "memory (as the last exit left them)"
        lines = ["  ".join("%-7s %016x" % one for one in head)]
        cr0, efer, cs, ss = (self.state(name, arch, reg, running) or 0
                             for name in ("cr0", "efer", "cs_access", "ss_access"))
        # The privilege level is that of SS (SDM 25.4.1, APM 15.5.1).
        lines[0] += "  (%s%s)  %s" % ("" if running else "to ", mode_of(
            cr0, efer, head[1][1], cs, ss >> 5 & 3), bits(head[1][1], RFLAGS))
        lines[0] = lines[0].rstrip()
        for first in range(0, 16, 4):
            lines.append("  ".join("%-3s %016x" % (GPRS[n], gprs[n] or 0)
                                   for n in range(first, first + 4)))
        groups = [("pc and general registers, from " + source, lines)]
        where = "the CPU" if running else "memory (the vCPU is not loaded)" if not reg else \
            "the VMCB" if self.vendor() == "SVM" else "the VMCS"
        lines, hidden = [], []
        names = [field.name for field in arch["state"].type.fields()]
        for name in names:
            if name in VMX_ONLY and self.vendor() == "SVM":
                continue
            segment, _, part = name.partition("_")
            if segment in SEGMENTS and part in PARTS:
                if part == "selector":
                    values = [self.state("%s_%s" % (segment, one), arch, reg, running) or 0
                              for one in PARTS]
                    lines.append("%-16s %04x  access %05x  limit %08x  base %016x" % (
                        segment, *values))
                continue
            value = self.state(name, arch, reg, running)
            if value is None:
                hidden.append(name)
            else:
                lines.append(self.noted(name, value))
        if hidden:
            lines.append("%s: in the CPU, where QEMU does not show it" % ", ".join(hidden))
        groups.append(("the guest's system registers, from " + where, lines))
        groups.append(("the hypervisor's for it, from the VMCB", self.controls(arch)))
        return groups

    def controls(self, arch):
        if self.vendor() != "SVM":
            return ["in the VMCS, which only its CPU can read"]
        ncr3, asid, event = (self.control(arch, name) for name in ("ncr3", "asid", "eventinj"))
        lines = ["%-16s %016x  %s" % ("ncr3", ncr3, "NPT, root at HPA 0x%x, ASID %d" % (
            ncr3 & ADDRESS, asid) if ncr3 else "no second stage, ASID %d" % asid)]
        code, one, two = (self.control(arch, name) for name in ("exitcode", "exitinfo1",
                                                                "exitinfo2"))
        lines.append("%-16s %016x  %s" % ("exitcode", code, "%s, information 0x%x 0x%x" % (
            self.exit_cause(code), one, two) if code else "none yet"))
        lines.append("%-16s %016x  %s" % ("eventinj", event, "vector 0x%x at the next entry" % (
            event & 0xff) if event >> 31 & 1 else "nothing"))
        return lines

    @staticmethod
    def noted(name, value):
        note = ""
        if name in ("cr0", "cr4", "efer"):
            note = bits(value, {"cr0": CR0, "cr4": CR4, "efer": EFER}[name])
        elif name == "cr3":
            note = "root at GPA 0x%x" % (value & ADDRESS)
        return ("%-16s %016x  %s" % (name, value, note)).rstrip()

    def second_stage(self, name, levels, root_bits):
        decode = ept if name == "EPT" else lambda raw, level: pte(raw, level, True)
        return tables.regular(name, levels, decode, root_bits)

    def guest_paging(self, arch, reg, running, gva):
        source = "from the CPU" if running else "from the VMCB" if reg else "from memory"
        cr0, cr3, cr4, efer = (self.state(name, arch, reg, running) or 0
                               for name in ("cr0", "cr3", "cr4", "efer"))
        if not cr0 >> 31 & 1:
            return None, 0, "cr0 0x%016x (%s)" % (cr0, source), None
        how = "cr3 0x%016x (%s)" % (cr3, source)
        if not cr4 >> 5 & 1:
            # Entries of 4 bytes.
            return (tables.regular("32-bit paging", 2, pte, 10), cr3 & ADDRESS, how,
                    "these commands don't walk two-level tables (SDM 4.3)")
        if not efer >> 10 & 1:
            return tables.regular("PAE paging", 3, pte, 2), cr3 & 0xffffffe0, how, None
        levels = 5 if cr4 >> 12 & 1 else 4
        fmt = tables.regular("%d-level paging" % levels, levels, pte)
        why = None
        if gva >> fmt.bits - 1 not in (0, (1 << 65 - fmt.bits) - 1):
            why = ("bits 63 to %d differ from bit %d, so it is not canonical: a general-protection "
                   "fault (SDM 3.3.7.1)" % (fmt.bits, fmt.bits - 1))
        return fmt, cr3 & ADDRESS, how, why

    def exit_cause(self, code):
        if self.vendor() != "SVM":
            return VMX_EXITS.get(code & 0xffff, "exit reason %d" % (code & 0xffff))
        code &= 0xffffffff
        if code < 0x20:
            return "%s of cr%d" % ("write" if code & 0x10 else "read", code & 0xf)
        if code < 0x40:
            return "%s of dr%d" % ("write" if code & 0x10 else "read", code & 0xf)
        if code < 0x60:
            return "exception %d" % (code - 0x40)
        return SVM_EXITS.get(code, "exit code 0x%x" % code)
