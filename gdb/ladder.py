# SPDX-License-Identifier: MIT
"""GDB's commands for the ladder's hypervisor: `help ladder`, and README.md beside this file.

make STEP=n ARCH=a gdb loads them. They only read, and they work in both worlds: stopped in the
hypervisor and stopped in a guest.
"""
import glob
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import hv as world      # noqa: E402
import tables           # noqa: E402
from hv import Missing  # noqa: E402


def at(pc, label):
    return ("0x%x %s" % (pc, label)).rstrip()


def number(text):
    """An address as GDB's expressions have it: 0x90000000, $pc, &symbol."""
    value = gdb.parse_and_eval(text)
    if value.type.code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY):
        value = value.address
    return int(value) & world.MASK


class Command(gdb.Command):
    """One `ladder …` command: run() does the work, and whatever fails is one line."""

    words = None        # what may follow it
    least, most = 0, 0  # how many words

    def __init__(self):
        super().__init__("ladder " + self.name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        try:
            args = gdb.string_to_argv(argument)
            if not self.least <= len(args) <= self.most:
                raise Missing("usage: ladder %s %s" % (self.name, self.words or ""))
            args = self.prepare(args)
            hv = world.Hypervisor()
            try:
                with world.physical_memory():
                    self.run(hv, *args)
            finally:
                hv.restore()
        except Missing as e:
            raise gdb.GdbError("ladder: %s" % e)
        except (gdb.error, RuntimeError) as e:
            raise gdb.GdbError("ladder: %s" % str(e).rstrip("."))

    def prepare(self, args):
        """Before memory is switched to physical: expressions are the user's view."""
        return args


class VcpuCommand(Command):
    """ladder vcpu [VM [N]]: all registers of a VM's vCPU N (0 without N), and where they are now.

Without VM: lists the VMs and their vCPUs. A VM goes by its name or its number.
A vCPU that is loaded has its guest's system registers in the CPU, and what
memory holds of them is old: then they are read from the CPU."""

    name, words, most = "vcpu", "[VM [N]]", 2

    def run(self, hv, vm=None, n=None):
        if vm is None:
            return self.list(hv)
        vcpu = hv.vcpu(vm, n or "0")
        print("vcpu %s: %s" % (vcpu.name, vcpu.state()))
        label = hv.symbol(vcpu.pc, vcpu.vm.name)
        if label:
            print("  at %s" % at(vcpu.pc, label))
        for title, lines in hv.isa.registers(vcpu.arch, vcpu.reg, vcpu.running):
            print(" %s:" % title)
            for line in lines:
                print("  " + line)

    @staticmethod
    def list(hv):
        for vm in hv.some_vms():
            print("vm %d %s%s%s" % (
                vm.id, vm.name,
                ": %d exits" % int(vm.value["exits"]) if world.has(vm.value, "exits") else "",
                ", ended with status %d" % int(vm.value["status"])
                if world.has(vm.value, "ended") and vm.value["ended"] else ""))
            for vcpu in vm.vcpus:
                print("  vcpu %d  pc %s: %s" % (
                    vcpu.id, at(vcpu.pc, hv.symbol(vcpu.pc, vm.name)), vcpu.state()))
            if not vm.vcpus:
                print("  no vCPU yet")


def show_step(step, prefix, space, where):
    entry = step.entry
    if entry.kind == tables.TABLE:
        says = "table at %s 0x%x  %s" % (space, entry.address, entry.flags)
    elif entry.kind == tables.LEAF:
        says = "%s at %s 0x%x  %s" % (tables.human(step.size), space, entry.address, entry.flags)
    else:
        says = "%s: %s" % ("nothing" if entry.kind == tables.EMPTY else "not valid", entry.why)
    print("  %slevel %d  entry at %s = 0x%016x  %s" % (prefix, step.level, where, step.raw,
                                                       says.rstrip()))


def second_stage(vm, gpa, prefix="", show=True):
    """The HPA, or None; prints the way."""
    if not vm.has_stage2:
        # Steps 3 and 4.
        return gpa
    fmt, root = vm.stage2()
    if gpa >> fmt.bits:
        if show:
            print("  %snot translated: %s has guest-physical addresses of %d bits" % (
                prefix, fmt.name, fmt.bits))
        return None
    steps, hpa = tables.walk(fmt, root, gpa, world.read_u64)
    for step in steps if show else ():
        show_step(step, prefix, "HPA", "HPA 0x%x" % step.at)
    if hpa is None and show:
        print("  %snot mapped; %s" % (prefix, vm.what_is_at(gpa)))
    return hpa


class NptCommand(Command):
    """ladder npt GPA [VM]: walks the second-stage table for a guest-physical address.

Prints each level's entry: where it lies, its value, and what it says. GPA is an
expression of GDB's. Without GPA (ladder npt, ladder npt VM): all that is mapped,
in ranges. Without VM: the one on this CPU, else the newest."""

    name, words, most = "npt", "[GPA] [VM]", 2

    def prepare(self, args):
        if args and (len(args) == 2 or args[0][:1] in "0123456789$&*(-"):
            return [number(args[0])] + args[1:]
        return [None] + args

    def run(self, hv, gpa, vm=None):
        vm = hv.vm(vm)
        fmt, root = vm.stage2()
        if gpa is None:
            return self.list(vm, fmt, root)
        print("vm %s, GPA 0x%x: %s, root at HPA 0x%x" % (vm.name, gpa, fmt.name, root))
        hpa = second_stage(vm, gpa)
        if hpa is not None:
            print("GPA 0x%x -> HPA 0x%x" % (gpa, hpa))

    @staticmethod
    def list(vm, fmt, root):
        print("vm %s: %s, root at HPA 0x%x" % (vm.name, fmt.name, root))
        count = 0
        for one in tables.ranges(tables.leaves(fmt, root, world.read_table)):
            sizes = ", ".join("%d of %s" % (n, tables.human(size))
                              for size, n in sorted(one.sizes.items()))
            print("  GPA [0x%x, 0x%x) -> HPA 0x%x  %s  (%s)" % (
                one.start, one.end, one.target, one.flags, sizes))
            count += 1
        if not count:
            print("  nothing is mapped")


class GvaCommand(Command):
    """ladder gva GVA [VM [N]]: both stages, for a guest-virtual address.

Walks the guest's own tables, whose entries lie at guest-physical addresses, so that
each of them is found through the second stage; then the result through the second
stage. GVA is an expression of GDB's ($pc, &symbol). Without VM: the vCPU on this CPU."""

    name, words, least, most = "gva", "GVA [VM [N]]", 1, 3

    def prepare(self, args):
        return [number(args[0])] + args[1:]

    def run(self, hv, gva, vm=None, n=None):
        vcpu = hv.vcpu(vm, n)
        vm = vcpu.vm
        fmt, root, how, why = hv.isa.guest_paging(vcpu.arch, vcpu.reg, vcpu.running, gva)
        if not fmt:
            print("vcpu %s, GVA 0x%x: %s: the guest's paging is off" % (vcpu.name, gva, how))
            gpa = gva
        else:
            print("vcpu %s, GVA 0x%x: %s: %s, root at GPA 0x%x" % (vcpu.name, gva, how, fmt.name,
                                                                   root))
            if why:
                print("  not translated: " + why)
                return
            gpa = self.first_stage(vm, fmt, root, gva)
        if gpa is None:
            return
        if not vm.has_stage2:
            print("  no second stage before step 5: guest-physical is host-physical")
        elif fmt:
            print("  GVA 0x%x -> GPA 0x%x; second stage:" % (gva, gpa))
        hpa = second_stage(vm, gpa)
        if hpa is not None:
            print("GVA 0x%x -> GPA 0x%x -> HPA 0x%x" % (gva, gpa, hpa))

    @staticmethod
    def first_stage(vm, fmt, root, gva):
        found = {}

        def read_entry(gpa):
            found[gpa] = second_stage(vm, gpa, show=False)
            if found[gpa] is None:
                raise tables.Fault(gpa)
            return world.read_u64(found[gpa])

        try:
            steps, gpa = tables.walk(fmt, root, gva, read_entry)
        except tables.Fault as fault:
            print("  the guest's table entry at GPA 0x%x has no memory; its second stage:"
                  % fault.args[0])
            second_stage(vm, fault.args[0])
            return None
        for step in steps:
            show_step(step, "guest ", "GPA", "GPA 0x%x (HPA 0x%x)" % (step.at, found[step.at]))
        if gpa is None:
            print("  not mapped by the guest: an access is its own page fault")
        return gpa


class ExitsCommand(Command):
    """ladder exits [N]: the latest N exits (10 without N), the newest last.

The hypervisor keeps the last few of all VMs (core/trace.c) when it is told to:
make … qemu-gdb does."""

    name, words, most = "exits", "[N]", 1

    def run(self, hv, count="10"):
        records, total = hv.find("records"), hv.find("nr_records")
        if records is None or total is None:
            raise Missing("step %s keeps no record of exits: that comes with step 4" % hv.step)
        if not count.isdigit() or not int(count):
            raise Missing("%s is not a number of exits" % count)
        total = int(total)
        if not total:
            raise Missing("no exit has been kept yet (make … qemu-gdb asks for it by trace=2)")
        low, high = records.type.range()
        size = high - low + 1
        names = {vcpu.address: vcpu for vm in hv.vms() for vcpu in vm.vcpus}
        shown = min(int(count), total, size)
        print("%d of %d exits%s" % (shown, total,
                                    ", no more are kept" if int(count) > size < total else ""))
        for n in range(total - shown, total):
            self.show(hv, names, records[n % size])

    @staticmethod
    def show(hv, names, record):
        exit_ = record["exit"]
        reason = str(exit_["reason"]).replace("REASON_", "").lower().replace("_", " ")
        vcpu = names.get(int(record["vcpu"]))
        if vcpu and int(record["number"]) > int(vcpu.vm.value["exits"]):
            vcpu = None         # the frame was an older VM's vCPU
        label = hv.symbol(int(record["pc"]), vcpu.vm.name) if vcpu else ""
        line = "  %-14s #%-6d pc 0x%x %s: %s, %s" % (
            vcpu.name if vcpu else "(gone)", int(record["number"]), int(record["pc"]),
            label.split(" ")[0], reason, hv.isa.exit_cause(int(exit_["code"])))
        if reason == "nested fault":
            access = {1: "read", 2: "write", 4: "fetch"}.get(int(exit_["access"]), "access")
            line += ", %s of GPA 0x%x (GVA 0x%x)" % (access, int(exit_["gpa"]), int(exit_["gva"]))
        elif hv.isa.exit_tells_instruction and int(exit_["insn"]) and reason in ("sysreg", "idle"):
            line += ", instruction 0x%x" % int(exit_["insn"])
        print(line.replace(" :", ":"))


class GuestCommand(Command):
    """ladder guest [NAME]: loads the symbols of an in-tree guest, in place of another's.

Then break points and source lines work in its code: hbreak kernel_main, continue.
A break point is an address and no more: it stops whichever world comes to it, so
where several VMs have the same addresses ask for one of them:
    hbreak main if $ladder_in("tenant")
    break vm_handle_exit if $ladder_in("hypervisor")"""

    name, words, most = "guest", "[NAME]", 1
    loaded = None

    def run(self, hv, name=None):
        folder = os.path.join(os.path.dirname(hv.elf), "guest")
        there = sorted(os.path.basename(path)[:-4] for path in glob.glob(folder + "/*.elf"))
        if not there:
            raise Missing("step %s has no guests: they come with step 3" % hv.step)
        if name is None:
            print("guests of step %s: %s" % (hv.step, " ".join(there)))
            return
        if name not in there:
            raise Missing("there is no guest %s in step %s; it has: %s" % (
                name, hv.step, " ".join(there)))
        path = os.path.join(folder, name + ".elf")
        if GuestCommand.loaded:
            gdb.execute("remove-symbol-file " + GuestCommand.loaded, to_string=True)
            GuestCommand.loaded = None
        gdb.execute("add-symbol-file " + path.replace(" ", "\\ "), to_string=True)
        GuestCommand.loaded = path
        print("symbols of %s are loaded beside the hypervisor's" % name)
        print("  hbreak FUNCTION stops in the guest, break vm_handle_exit at its next exit;")
        print("  ladder where tells which world this is, ladder gva ADDRESS where an address lies")

    def complete(self, text, word):
        folder = os.path.join(os.path.dirname(gdb.current_progspace().filename or ""), "guest")
        return [os.path.basename(path)[:-4] for path in glob.glob(folder + "/*.elf")
                if os.path.basename(path).startswith(word)]


class WhereCommand(Command):
    """ladder where: which world each CPU is in, the hypervisor or a guest, and where there."""

    name = "where"

    def run(self, hv):
        for cpu in hv.cpus:
            vcpu = hv.loaded_vcpu(cpu)
            label = hv.symbol(cpu.pc, (vcpu.vm.name if vcpu else "?") if cpu.in_guest else None)
            if cpu.in_guest:
                world_ = "in guest %s, %s" % (vcpu.name if vcpu else "?", cpu.mode)
                note = ""
            else:
                world_ = "in %s, %s" % ("the hypervisor" if cpu.in_hv else "the firmware", cpu.mode)
                note = "; vcpu %s is loaded" % vcpu.name if vcpu else "; no vCPU is loaded"
                if vcpu and hv.in_switch(cpu):
                    note += ", in the middle of the world switch"
            print("CPU %d: %s, at %s%s" % (cpu.number, world_, at(cpu.pc, label), note))


class In(gdb.Function):
    """$ladder_in("NAME"): 1 while the selected CPU runs the VM of that name, else 0.

"hypervisor" is the hypervisor itself. For break points' conditions."""

    def __init__(self):
        super().__init__("ladder_in")

    def invoke(self, name):
        hv = world.Hypervisor()
        try:
            with world.physical_memory():
                cpu, wanted = hv.here(), name.string()
                if wanted == "hypervisor":
                    return int(cpu.in_hv)
                vcpu = hv.loaded_vcpu(cpu)
                return int(bool(vcpu and vcpu.running and vcpu.vm.name == wanted))
        finally:
            hv.restore()


class Ladder(gdb.Command):
    """The ladder's hypervisor: its VMs, their vCPUs, both stages of translation, exits."""

    def __init__(self):
        super().__init__("ladder", gdb.COMMAND_DATA, prefix=True)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("ladder: there is no command %s; there are: %s" % (
                argument.split()[0], ", ".join(one.name for one in COMMANDS)))
        gdb.execute("help ladder")


COMMANDS = (WhereCommand, VcpuCommand, NptCommand, GvaCommand, ExitsCommand, GuestCommand)

if int(gdb.VERSION.split(".")[0]) < 10:
    print("ladder: GDB %s is too old for gdb/ladder.py; 10 or newer is needed" % gdb.VERSION)
else:
    Ladder()
    In()
    for one in COMMANDS:
        one()
    print("The ladder's commands are loaded: help ladder")
