"""Bochs' own debugger with the ladder's symbols (`make … bochs-debug`), as a person uses it."""
import os
import re
import shlex
import time

import pexpect
import pytest

from conftest import ENV, ROOT, has_arch, run

PROMPT = r"<bochs:\d+> "

pytestmark = [pytest.mark.usefixtures("built", "emulator_there"),
              pytest.mark.skipif(not has_arch(3, "x86_64"), reason="no step has it"),
              pytest.mark.parametrize("arch, emulator", [("x86_64", "bochs")])]


class Debugger:
    def __init__(self, log, *words):
        command = ["make", "-C", str(ROOT), "--no-print-directory", "ARCH=x86_64", f"LOG={log}",
                   *words, "bochs-debug"]
        self.shown = shlex.join(command) + "   (on a terminal)"
        self.spawn = pexpect.spawn(command[0], command[1:], env=ENV, timeout=30, encoding="utf-8",
                                   codec_errors="replace", dimensions=(50, 200))
        self.said = self.expect(PROMPT)

    def expect(self, pattern):
        try:
            self.spawn.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF) as how:
            pytest.fail("\n".join([
                f"expected:  /{pattern}/", f"seen:      {type(how).__name__}",
                f"reproduce: {self.shown}", "last lines:",
                *("  | " + line for line in (self.spawn.before or "").split("\n")[-30:])]),
                pytrace=False)
        return self.spawn.before

    def __call__(self, command, *patterns):
        """Types it, and waits for these and the next prompt; what was said between."""
        self.spawn.sendline(command)
        for pattern in patterns:
            self.expect(pattern)
        return self.expect(PROMPT)

    def end(self, status):
        """Leaves; what `make` says of the run's status."""
        self.spawn.sendline("q")
        said = self.expect(pexpect.EOF)
        self.spawn.close()
        codes = re.findall(r"\*\*\* \[[^\]]*\] Error (\d+)", said)
        assert [int(code) for code in codes] == ([status] if status else []), said
        assert self.spawn.exitstatus == (2 if status else 0)


@pytest.fixture
def debugger(log):
    opened = []

    def start(*words):
        opened.append(Debugger(log, *words))
        return opened[-1]
    yield start
    for one in opened:
        one.spawn.close(force=True)


def bochs_below(pid):
    """Whether a Bochs runs that descends from this process."""
    parents, names = {}, {}
    for one in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = open(f"/proc/{one}/stat").read()
        except OSError:
            continue
        names[int(one)] = text[text.index("(") + 1:text.rindex(")")]
        parents[int(one)] = int(text[text.rindex(")") + 2:].split()[1])
    for one, name in names.items():
        above = one
        while name.startswith("bochs") and above in parents:
            if above == pid:
                return one
            above = parents[above]
    return None


def test_stops_at_the_first_exit_and_ends_well(debugger, log, arch, emulator):
    said = debugger("STEP=3", "GUEST=hello")
    assert "break points at:\r\n  hv_main vmx_exit svm_exit\r\n" in said.said
    said("c", r"Breakpoint 1, 0x\w+", r"\(hv_main\+0\)")
    answer = said("r")
    rip = re.search(r"^rip: (\w{8})_(\w{8})", answer, re.M)
    symbols = (ROOT / "build/step3-launch/x86_64/hv.sym").read_text()
    assert f"{rip[1]}{rip[2]} T hv_main\n" in symbols
    said("c", r"Breakpoint 2, 0x\w+", r"\(vmx_exit\+0\)")
    said("u /2", r"vmx_exit\+1\): mov rdi")
    said("vmexitbp", "vmexit switch break enabled")
    said("c", "Caught VMEXIT breakpoint", r"\(vmx_exit\+0\)")
    said("d 2")
    said("vmexitbp", "vmexit switch break disabled")
    said("c", "Magic breakpoint")
    said.end(0)
    assert re.search(r"^ladder: end [0-9a-f]{8} status 0\n\Z", log.read_text(), re.M)


def test_stops_in_the_guest_by_its_symbols(debugger, arch, emulator):
    said = debugger("STEP=3", "GUEST=ping")
    said("d 2")
    said('lb "ping:_start"')
    said("c", r"\(hv_main\+0\)")
    said("c", r"Breakpoint 4, 0x\w+", r"\(ping:_start\+0\)")
    said.end(130)


def test_ctrl_c_stops_and_leaving_leaves_nothing(debugger, arch, emulator):
    said = debugger("STEP=3")
    said("c", r"\(hv_main\+0\)")
    said("d 1")
    # jmp to itself: it would go on for ever
    rip = re.search(r"^rip: \w{8}_(\w{8})", said("r"), re.M)[1]
    said(f"setpmem 0x{rip} 2 0xfeeb")
    said.spawn.sendline("c")
    time.sleep(1)
    said.spawn.sendintr()
    said.expect(PROMPT)
    assert re.search(rf"^rip: \w{{8}}_{rip}", said("r"), re.M)
    child = bochs_below(said.spawn.pid)
    assert child
    said.spawn.sendline("q")
    said.expect(pexpect.EOF)
    said.spawn.close()
    assert not os.path.exists(f"/proc/{child}")


def test_time_limit_holds_in_the_debugger_too(debugger, arch, emulator):
    said = debugger("STEP=3", "TIMEOUT=3")
    child = bochs_below(said.spawn.pid)
    said.expect(r"run: no end after 3 s")
    said.expect(pexpect.EOF)
    assert not os.path.exists(f"/proc/{child}")


def test_without_a_terminal_it_says_so(arch, emulator):
    from conftest import make_status
    result = make_status(run(["make", "-C", str(ROOT), "STEP=3", "ARCH=x86_64", "bochs-debug"]))
    result.complains("bochs-debug is for a person at a terminal")
