"""tools/bench.py, where this machine may lack what it measures with: a stand-in for perf, which
counts what the test says, and in the format of perf-stat(1)."""
import re
import shutil
import struct
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import bench  # noqa: E402

# As perf does: the line goes to standard error, or under a heading into the file of -o.
PERF = r"""#!/bin/sh
out=/dev/stderr
[ "$1 $2 $3 $4" = "stat -x, -e cycles:u" ] || exit 129
shift 4
if [ "$1" = -o ]; then
	out=$2
	printf '# started on Sat Nov 21 07:00:00 2026\n\n' >"$out"
	shift 2
fi
[ "$1" = -- ] && shift
"$@"
status=$?
head -n 1 "@COUNTS@" | tr ';' '\n' >>"$out"
sed -i 1d "@COUNTS@"
exit $status
"""

COUNTED = "%d,,cycles:u,612345678,100.00,,"
NOT_SUPPORTED = "<not supported>,,cycles:u,0,100.00,,"
NOT_COUNTED = "<not counted>,,cycles:u,0,0.00,,"


@pytest.fixture
def perf(tmp_path, monkeypatch):
    """perf(lines): one that prints these, a line a run (a ; begins another line)."""
    def stand_in(*lines):
        counts = tmp_path / "told"
        counts.write_text("".join(line + "\n" for line in lines))
        program = tmp_path / "bin" / "perf"
        program.parent.mkdir()
        program.write_text(PERF.replace("@COUNTS@", str(counts)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return stand_in


@pytest.fixture
def timed(tmp_path, capsys):
    """The lines that bench prints of runs that are timed only: here `true` is the emulator."""
    class Runs(bench.Bench):
        def __init__(self):
            self.tmp, self.native = str(tmp_path), {"firmware": None}
            self.counter = type("None", (), {"why": "none here"})
            self.perf = bench.perf_works()

        def hypervisor_range(self):
            return (0, 1)

        def run_native(self, mem, counted=None, extra=()):
            return self.measure(["true"], str(tmp_path / "log"), self.check, counted, extra)

        run_guest = run_native

        @staticmethod
        def check(status):
            assert status == 0

    def lines(repeat):
        Runs().linux(256 << 20, repeat, bench.Ticker(1))
        return capsys.readouterr().out.split("\n")
    return lines


def line_with(lines, word):
    return next(line for line in lines if word in line)


def test_host_cycles_are_read_and_their_median_is_shown(perf, timed):
    # The first is bench's own try; then native and guest runs take turns.
    perf(COUNTED % 1000, *(COUNTED % n for n in (
        2_000_000_000, 9_000_000_000, 8_000_000_000, 2_200_000_000, 1_000_000_000, 2_400_000_000)))
    assert re.fullmatch(r"  host cycles, user +2\.000 G +2\.400 G +1\.200",
                        line_with(timed(3), "cycles"))


def test_both_kinds_of_processors_are_added_up(perf, timed):
    atom = "%s,,cpu_atom/cycles/u,1,1.00,,;%s,,cpu_core/cycles/u,1,99.00,,"
    perf(atom % ("<not counted>", 1000), atom % (500_000_000, 500_000_000),
         atom % ("<not counted>", 3_000_000_000))
    assert re.fullmatch(r"  host cycles, user +1\.000 G +3\.000 G +3\.000",
                        line_with(timed(1), "cycles"))


@pytest.mark.parametrize("lines", [
    pytest.param([NOT_SUPPORTED] * 3, id="not-supported"),
    pytest.param([NOT_COUNTED] * 3, id="not-counted"),
    pytest.param(["0,,cycles:u,0,100.00,,"] * 3, id="none"),
    pytest.param([""] * 3, id="nothing"),
    # A virtual machine may be moved while it runs, to a host that counts none.
    pytest.param([COUNTED % 1000, COUNTED % 1000, NOT_SUPPORTED], id="no-longer"),
])
def test_host_cycles_that_are_not_to_be_had(perf, timed, lines):
    perf(*lines)
    assert line_with(timed(1), "cycles") == "  host cycles: not to be had here" \
        " (perf stat counts none)"


def test_no_perf(timed, tmp_path, monkeypatch):
    (tmp_path / "true").symlink_to(shutil.which("true"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not to be had" in line_with(timed(1), "cycles")


def test_perf_that_fails(tmp_path, timed, monkeypatch):
    (tmp_path / "perf").write_text("#!/bin/sh\necho 'No permission to enable cycles:u event.' >&2\n"
                                   "exit 255\n")
    (tmp_path / "perf").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "not to be had" in line_with(timed(1), "cycles")


def test_native_linux_for_bochs_is_laid_out_as_its_boot_protocol_says():
    import bochs
    kernel = bytearray(4096)
    kernel[0x1f1], kernel[0x201], kernel[0x202:0x206] = 39, 0x6a, b"HdrS"
    struct.pack_into("<Q", kernel, 0x258, 0x1000000)
    program = bench.native_program(bytes(kernel), 0x4800000, 0x1234, "console=ttyS0", 256 << 20)
    pieces, entry = bochs.segments(program)
    (_, params, _), (line_at, line, _), (stub_at, stub, _) = pieces
    assert entry == stub_at and line == b"console=ttyS0\0"
    assert params[0x1f1:0x26c] != kernel[0x1f1:0x26c] and params[0x202:0x206] == b"HdrS"
    assert struct.unpack_from("<II", params, 0x218) == (0x4800000, 0x1234)
    assert struct.unpack_from("<I", params, 0x228) == (line_at,)
    areas = [struct.unpack_from("<QQI", params, 0x2d0 + 20 * n) for n in range(params[0x1e8])]
    assert areas[-1] == (1 << 20, 255 << 20, 1)
    assert struct.pack("<I", 0x1000000) in stub
