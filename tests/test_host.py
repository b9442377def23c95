"""The hypervisor's own C sources, compiled for the host and tested under ASan and UBSan.

Each file tests/host/test_*.c names its sources in a line `SOURCES: …` and is tested with those
of the first step that has them all and of the last one; `SOURCES.isa: …` are that ISA's besides.
Its ISA is the one whose sources it names; one that names sources of arch/ISA is tested with each,
or with those of a line `ISAS: …`. A line `TABLE: script` names one whose output the file includes
as TABLE, `STEPS: …` the only steps that have what is tested.
"""
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from conftest import ARCHES, ENV, ROOT, STEPS, run, step_folder

HOST = ROOT / "tests" / "host"
CC = os.environ.get("HOSTCC") or next(filter(shutil.which, ["gcc", "clang", "cc"]), None)
FLAGS = ["-std=gnu17", "-g", "-O1", "-Wall", "-Wextra", "-Wno-unused-parameter",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer",
         "-fno-builtin", "-U_FORTIFY_SOURCE"]
# The hypervisor's functions that the host's C library has too.
OURS = ["printf", "snprintf", "vsnprintf"]
OURS_IN_STRING = ["memset", "memcpy", "memmove", "memcmp", "strlen", "strcmp", "strncmp"]


def words_after(text, mark):
    return [word for match in re.finditer(rf"{mark}:([^*\n]*)", text)
            for word in match[1].split()]


def fits(source, needs):
    """There, and not in need of a library that the test does not name."""
    return source.exists() and ("libfdt" in needs or "<libfdt.h>" not in source.read_text())


def isas_of(sources, text):
    named = [source.split("/")[1] for source in sources if source.startswith("arch/")]
    return words_after(text, "ISAS") or ARCHES if "ISA" in named else named[:1] or ["riscv64"]


def cases():
    for path in sorted(HOST.glob("test_*.c")):
        text = path.read_text()
        needs = words_after(text, "NEEDS")
        unit = path.stem[len("test_"):]
        for arch in isas_of(words_after(text, "SOURCES"), text):
            sources = [s.replace("/ISA/", f"/{arch}/") for s in
                       words_after(text, "SOURCES") + words_after(text, rf"SOURCES\.{arch}")]
            only = words_after(text, "STEPS") or [str(step) for step in STEPS]
            having = [step for step in STEPS if str(step) in only
                      if all(fits(step_folder(step) / source, needs) for source in sources)]
            for step in dict.fromkeys(having[:1] + having[-1:]):
                for name in re.findall(r"^TEST\((\w+)\)", text, re.M):
                    yield pytest.param(unit, arch, step, sources, needs, name,
                                       id=f"{unit}-{arch}-step={step}-{name}")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory, linux_kernel):
    made = {}

    def compile_unit(unit, arch, step, sources, needs):
        if (unit, arch, step) in made:
            return made[unit, arch, step]
        folder = tmp_path_factory.mktemp(f"{unit}-{arch}-{step}")
        tree, out = step_folder(step), folder / unit
        shared = [CC, *FLAGS, f"-I{HOST}", f"-I{HOST}/include/{arch}", f"-I{HOST}/include",
                  f"-I{tree}/include",
                  f"-I{tree}/arch/{arch}/include",
                  *(f"-D{name}=hv_{name}" for name in OURS)]
        libraries = []
        if "libfdt" in needs:
            if platform.machine() not in ("x86_64", "aarch64"):
                pytest.skip(f"no libfdt for {platform.machine()} to be had")
            fdt = linux_kernel(platform.machine(), item="libfdt")
            shared += ["-isystem", fdt]
            libraries = [f"{fdt}/libfdt.a"]
        for script in words_after((HOST / f"test_{unit}.c").read_text(), "TABLE"):
            if script not in made:
                made[script] = run([sys.executable, HOST / script]).expect().output
            (folder / "table.h").write_text(made[script])
            shared += [f'-DTABLE="{folder}/table.h"']
        objects = []
        for source in [HOST / "host.c", HOST / f"test_{unit}.c", *(tree / s for s in sources)]:
            own = []
            if source.name == "string.c":
                own = [f"-D{name}=hv_{name}" for name in OURS_IN_STRING]
            objects.append(folder / f"{len(objects)}.o")
            command = [*shared, *own, "-c", "-o", str(objects[-1]), str(source)]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, env=ENV)
            assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}"
        command = [CC, *FLAGS, "-o", str(out), *map(str, objects), *libraries]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}"
        made[unit, arch, step] = out
        return out
    return compile_unit


@pytest.mark.skipif(not CC, reason="no compiler for the host (make doctor)")
@pytest.mark.parametrize("unit, arch, step, sources, needs, name", cases())
def test_on_the_host(compiled, unit, arch, step, sources, needs, name):
    # Memory that a test leaves allocated is no error; a hypervisor has no exit either.
    env = {**ENV, "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    run([str(compiled(unit, arch, step, sources, needs)), name], env, timeout=100).expect()
