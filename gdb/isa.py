# SPDX-License-Identifier: MIT
"""What the commands ask of an architecture. Each has a file of its own beside this one, with a
class Isa in it that fills this in."""


class Base:
    # GDB's own name of the architecture begins so.
    gdb_name = ""
    # Whether an exit's "insn" is the instruction, as it is encoded.
    exit_tells_instruction = True
    # The machine (hv.Hypervisor), for what is in memory and not a register.
    hv = None

    def cpu_number(self, reg):
        """The hardware's number of a CPU (pcpu.hw_id). reg(name): a register's value, or None."""
        raise NotImplementedError

    def hidden(self, name, monitor):
        """A register that GDB's stub does not show, from what QEMU's monitor says of it; or
        None."""
        return None

    def mode(self, reg, monitor):
        """(in a guest?, name of the mode, in the hypervisor?) of a CPU now. monitor: what QEMU's
        monitor says of this CPU's registers."""
        raise NotImplementedError

    def pc(self, arch):
        """The guest's pc as arch (struct arch_vcpu) keeps it."""
        raise NotImplementedError

    def registers(self, arch, reg, running):
        """Groups of lines that show a vCPU: (title, [line]). reg is None for one that is not
        loaded, else it reads the CPU's registers; running: the CPU is in the guest now."""
        raise NotImplementedError

    def second_stage(self, name, levels, root_bits):
        """The tables.Format for what struct npt_format says."""
        raise NotImplementedError

    def guest_paging(self, arch, reg, running, gva):
        """The guest's tables for that address: (tables.Format, or None while paging is off; the
        root's GPA; how it was found; None, or why they can't translate it at all)."""
        raise NotImplementedError

    def exit_cause(self, code):
        """The ISA's own name of an exit."""
        raise NotImplementedError
