# SPDX-License-Identifier: MIT
"""The hypervisor's own structures, read out of a stopped machine."""
import contextlib
import importlib
import os
import re
import struct

import gdb

MASK = (1 << 64) - 1
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

ISAS = ("riscv64", "aarch64", "x86_64")


class Missing(Exception):
    """Something that a command needs is not there: one line for the user."""


def isa():
    name = gdb.selected_inferior().architecture().name()
    for one in ISAS:
        try:
            found = importlib.import_module(one).Isa
        except ModuleNotFoundError:
            continue
        if name.startswith(found.gdb_name):
            return found()
    raise Missing("these scripts don't know the architecture %s yet" % name)


@contextlib.contextmanager
def physical_memory():
    """Memory at physical addresses, whatever the CPU translates now. The hypervisor is
    identity-mapped, so its own structures are found there too."""
    def mode(value):
        return gdb.execute("maintenance packet Qqemu.PhyMemMode:%d" % value, to_string=True)
    if '"OK"' not in mode(1):
        raise Missing("this GDB stub gives no physical memory: it is not QEMU's, or very old")
    try:
        yield
    finally:
        mode(0)


def read(address, length):
    try:
        return bytes(gdb.selected_inferior().read_memory(address, length))
    except gdb.MemoryError:
        raise Missing("there is no memory at host-physical 0x%x" % address)


def read_u64(address):
    return struct.unpack("<Q", read(address, 8))[0]


def read_table(address, count):
    return struct.unpack("<%dQ" % count, read(address, 8 * count))


def text(value):
    return value.string(errors="replace") if value.type.code == gdb.TYPE_CODE_ARRAY or int(value) \
        else "?"


def has(value, name):
    return any(field.name == name for field in value.type.fields())


class Cpu:
    """One of the machine's CPUs: GDB calls it a thread."""

    def __init__(self, hv, thread, monitor):
        self.hv, self.thread, self.monitor = hv, thread, ""
        number = hv.isa.cpu_number(self.reg)
        self.number = thread.num - 1 if number is None else number
        own = re.search(r"^CPU#%d\n(.*?)(?=^CPU#|\Z)" % (thread.num - 1), monitor, re.M | re.S)
        self.monitor = own[1] if own else monitor
        self.in_guest, self.mode, self.in_hv = hv.isa.mode(self.reg, self.monitor)
        self.pc = self.reg("pc")

    def reg(self, name):
        if gdb.selected_thread().num != self.thread.num:
            self.thread.switch()
        try:
            value = gdb.newest_frame().read_register(name)
            return int(value) & MASK
        except (ValueError, gdb.error, TypeError):
            return self.hv.isa.hidden(name, self.monitor)


class Vcpu:
    def __init__(self, vm, value):
        self.vm, self.value = vm, value
        self.id, self.arch, self.address = int(value["id"]), value["arch"], int(value.address)
        self.name = "%s.%d" % (vm.name, self.id)

    @property
    def cpu(self):
        """The CPU that holds its registers, or None."""
        return next((cpu for cpu in self.vm.hv.cpus
                     if self.vm.hv.loaded(cpu) == self.address), None)

    @property
    def running(self):
        """Whether the CPU is in this guest now."""
        return bool(self.cpu and self.cpu.in_guest)

    @property
    def reg(self):
        return self.cpu.reg if self.cpu else None

    @property
    def pc(self):
        return self.cpu.pc if self.running else self.vm.hv.isa.pc(self.arch) & MASK

    def state(self):
        if self.running:
            words = ["runs on CPU %d, in %s" % (self.cpu.number, self.cpu.mode)]
        elif self.cpu:
            words = ["loaded on CPU %d" % self.cpu.number]
            if self.vm.hv.in_switch(self.cpu):
                words.append("in the middle of the world switch")
        else:
            words = ["not loaded"]
        for flag in ("waiting", "stopped"):
            if has(self.value, flag) and self.value[flag]:
                words.append(flag)
        return ", ".join(words)


class Vm:
    def __init__(self, hv, value):
        self.hv, self.value = hv, value
        self.name, self.id = text(value["name"]), int(value["id"])
        self.vcpus = [Vcpu(self, value["vcpus"][n].dereference())
                      for n in range(int(value["nr_vcpus"]))]

    @property
    def has_stage2(self):
        return has(self.value, "npt")

    def stage2(self):
        """(tables.Format, HPA of the root)"""
        if not self.has_stage2:
            raise Missing("step %s has no second-stage tables: until step 5 guests share the "
                          "hypervisor's memory" % self.hv.step)
        npt = self.value["npt"]
        shape = npt["format"].dereference()
        return self.hv.isa.second_stage(text(shape["name"]), int(shape["levels"]),
                                        int(shape["root_bits"])), int(npt["root"])

    def what_is_at(self, gpa):
        """What an access there meets that the second stage does not map."""
        if has(self.value, "devices"):
            for n in range(int(self.value["nr_devices"])):
                device = self.value["devices"][n].dereference()
                base = int(device["base"])
                if base <= gpa < base + int(device["size"]):
                    return "the device %s is at 0x%x: an access exits to it" % (
                        text(device["ops"]["name"]), base)
        base = int(self.value["ram_base"])
        if base <= gpa < base + int(self.value["ram_size"]):
            return "it is the VM's RAM, given at its first touch"
        return "nothing of this VM's is there"


class Hypervisor:
    """The machine as it stands now; made anew for each command."""

    def __init__(self):
        # Before target remote there is no thread.
        self.thread = gdb.selected_thread()
        if not self.thread or not self.thread.is_valid():
            raise Missing("no machine: type make STEP=n ARCH=a qemu-gdb in another terminal, "
                          "then make STEP=n ARCH=a gdb in this one")
        self.elf = gdb.current_progspace().filename
        self.objfile = next((o for o in gdb.objfiles() if o.filename == self.elf), None)
        if not self.objfile or not self.find("hv_main"):
            raise Missing("no symbols of the hypervisor: give GDB the step's hv.elf")
        self.isa = isa()
        self.isa.hv = self
        self.step = self.run_file().get("step", "?")
        self.frame = gdb.selected_frame()
        try:
            monitor = gdb.execute("monitor info registers -a", to_string=True)
        except gdb.error:
            monitor = ""
        monitor = monitor.replace("\r", "")
        self.cpus = [Cpu(self, thread, monitor)
                     for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num)]

    def restore(self):
        """The user's own selection, after the CPUs have been looked at."""
        if gdb.selected_thread().num != self.thread.num:
            self.thread.switch()
        if self.frame.is_valid():
            self.frame.select()

    def run_file(self):
        known = {}
        with contextlib.suppress(OSError):
            with open(os.path.join(os.path.dirname(self.elf), "hv.run")) as f:
                known = dict(line.rstrip("\n").partition("=")[::2] for line in f)
        return known

    def find(self, name):
        """A symbol of the hypervisor's, or None. A guest may have one of the same name."""
        found = self.objfile.lookup_global_symbol(name) or self.objfile.lookup_static_symbol(name)
        return found.value() if found else None

    def address(self, name):
        """Of a symbol, assembly's too (by hv.sym, which lies beside hv.elf); or None."""
        with contextlib.suppress(OSError):
            with open(os.path.splitext(self.elf)[0] + ".sym") as f:
                for line in f:
                    if line.split()[-1:] == [name]:
                        return int(line.split()[0], 16)
        return None

    @staticmethod
    def read(address, length):
        return read(address, length)

    def here(self):
        """The CPU that is selected in GDB."""
        return next(cpu for cpu in self.cpus if cpu.thread.num == self.thread.num)

    def vms(self):
        """All VMs, the oldest first."""
        first = self.find("all_vms")
        if first is None:
            raise Missing("step %s has no VMs and no vCPUs: they come with step 2" % self.step)
        found = []
        while int(first) and len(found) < 1000:
            found.insert(0, Vm(self, first.dereference()))
            first = first["next"]
        return found

    def some_vms(self):
        vms = self.vms()
        if not vms:
            raise Missing("no VM is there now: none has been made yet, or all are gone "
                          "(break vm_step stops where one is about to run)")
        return vms

    def loaded(self, cpu):
        """The address of the vCPU whose registers this CPU holds, or 0."""
        pcpus = self.find("pcpus")
        if pcpus is None:
            return 0
        low, high = pcpus.type.range()
        for n in range(low, high + 1):
            if int(pcpus[n]["hw_id"]) == cpu.number and int(pcpus[n]["loaded"]):
                return int(pcpus[n]["loaded"])
        return 0

    def loaded_vcpu(self, cpu):
        """That vCPU; None too where its VM is being taken down."""
        if self.find("all_vms") is None:
            return None
        address = self.loaded(cpu)
        return next((vcpu for vm in self.vms() for vcpu in vm.vcpus if vcpu.address == address),
                    None)

    def vm(self, which=None):
        """By name or id; without, the one on the selected CPU, or the newest."""
        vms = self.some_vms()
        if which is None:
            vcpu = self.loaded_vcpu(self.here())
            return vcpu.vm if vcpu else vms[-1]
        for vm in vms:
            if which in (vm.name, str(vm.id)):
                return vm
        raise Missing("there is no VM %s; there are: %s" % (
            which, ", ".join("%s (%d)" % (vm.name, vm.id) for vm in vms)))

    def vcpu(self, which=None, number=None):
        vm = self.vm(which)
        if number is None:
            here = self.loaded_vcpu(self.here())
            if here and here.vm.id == vm.id:
                return here
            number = "0"
        if not vm.vcpus:
            raise Missing("vm %s has no vCPU yet" % vm.name)
        for vcpu in vm.vcpus:
            if number == str(vcpu.id):
                return vcpu
        raise Missing("vm %s has no vCPU %s; it has 0 to %d" % (vm.name, number,
                                                                 len(vm.vcpus) - 1))

    def in_switch(self, cpu):
        """Whether it is in the assembly that exchanges the registers."""
        return bool(re.match(r"<(guest|vmx|svm)_(enter|exit)\w*[+>]", self.symbol(cpu.pc)))

    def symbol(self, pc, guest=None):
        """'<name+offset> file:line', as far as symbols of that world know; else ''. guest: the VM's
        name, because the symbols that are loaded may be another guest's."""
        for line in gdb.execute("info symbol 0x%x" % pc, to_string=True).splitlines():
            m = re.match(r"(\S+)(?: \+ (\d+))? in section \S+(?: of (.*))?$", line)
            # GDB leaves the file out where it has only one.
            if m and self.right_file(m[3] or self.elf, guest):
                break
        else:
            return ""
        name = "<%s%s>" % (m[1], "+" + m[2] if m[2] else "")
        place = gdb.find_pc_line(pc)
        if place.symtab and place.symtab.objfile.filename == (m[3] or self.elf):
            path = place.symtab.fullname()
            if path.startswith(ROOT + os.sep):
                path = os.path.relpath(path, ROOT)
            name += " %s:%d" % (path, place.line)
        return name

    def right_file(self, path, guest):
        if guest is None or path == self.elf:
            return guest is None and path == self.elf
        own = os.path.join(os.path.dirname(self.elf), "guest")
        # A VM's name is cut to 15 characters. What was loaded by hand is taken as right.
        return os.path.dirname(path) != own or os.path.basename(path)[:-4][:15] == guest
