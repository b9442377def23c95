"""Finds out what an emulator executes that does not come to its end.

A run that is out of time says where its CPU was last seen: with one name that is an endless loop,
with several a longer one.
"""
import os
import re
import signal
import socket
import time

# QEMU's `info registers`; Bochs' debugger as it stops: "(0) [0x000000103945] 0008:…".
QEMU_PC = re.compile(r"^\s*(?:pc\s+|PC=|.*\bRIP=)([0-9a-f]{8,16})", re.M)
BOCHS_PC = re.compile(r"^\(0\)\.?(?: |\[\d+\] )\[0x([0-9a-f]+)\]", re.M)

# In a guest: V = 1 on riscv64, EL1 or EL0 on aarch64. x86_64 does not tell, but its guests lie
# behind the hypervisor.
QEMU_GUEST = re.compile(r"^\s*V\s+=\s+1|PSTATE=.*\bEL[01]", re.M)


def ask_qemu(path):
    """[(pc, is it a guest's?)]: asked a few times at the monitor that listens at this path."""
    found = []
    try:
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(2)
            monitor.connect(path)
            for _ in range(5):
                monitor.sendall(b"info registers\n")
                time.sleep(0.1)
                answer = monitor.recv(65536).decode(errors="replace")
                m = QEMU_PC.search(answer)
                if m:
                    found.append((int(m[1], 16), bool(QEMU_GUEST.search(answer))))
    except OSError:
        pass
    return found


def ask_bochs(process, output):
    """The same of Bochs: at Ctrl-C its debugger stops and says so in its output, and leaves."""
    try:
        os.killpg(process.pid, signal.SIGINT)
        end = time.monotonic() + 2
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        with open(output, errors="replace") as f:
            # The first is where the machine starts.
            return [(int(pc, 16), False) for pc in BOCHS_PC.findall(f.read())[1:][-1:]]
    except OSError:
        return []


def names(places, symbols):
    """"f+4, g+12": by a file of the hypervisor's symbols; what is a guest's is a number."""
    code, end = [], 0
    try:
        with open(symbols) as f:
            for line in f:
                address, kind, name = line.split()
                end = max(end, int(address, 16)) if kind not in "aA" else end
                if kind in "tTwW":
                    code.append((int(address, 16), name))
    except OSError:
        pass
    found = []
    for pc, in_guest in places:
        start, name = max((one for one in code if one[0] <= pc < end and not in_guest),
                          default=(0, ""))
        text = "%s+%d" % (name, pc - start) if name else "0x%x" % pc
        if text not in found:
            found.append(text)
    return ", ".join(found)
