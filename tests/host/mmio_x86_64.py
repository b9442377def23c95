"""Makes the table of test_mmio_x86_64_encodings.c: instructions that the assembler encodes or the
compiler makes, as objdump reads them back. Its lines are C initialisers, on standard output.
"""
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PREFIX = next((p for p in ("x86_64-linux-gnu-", "x86_64-unknown-linux-gnu-", "x86_64-elf-", "")
               if shutil.which(p + "gcc")), "")

NAMES = {64: "rax rcx rdx rbx rsp rbp rsi rdi", 32: "eax ecx edx ebx esp ebp esi edi",
         16: "ax cx dx bx sp bp si di", 8: "al cl dl bl spl bpl sil dil"}
REGISTERS = {width: names.split() + [f"r{n}{suffix}" for n in range(8, 16)]
             for (width, names), suffix in zip(NAMES.items(), ("", "d", "w", "b"))}
HIGH = ["ah", "ch", "dh", "bh"]
NUMBERS = {name: (number, width // 8)
           for width, names in REGISTERS.items() for number, name in enumerate(names)}
NUMBERS.update({name: (16 + number, 1) for number, name in enumerate(HIGH)})
WIDTHS = {"BYTE": 1, "WORD": 2, "DWORD": 4, "QWORD": 8}
IMMEDIATES = {1: ["0x7f", "-2"], 2: ["0x1234", "-2"], 4: ["0x12345678", "-2"],
              8: ["0x12345678", "-2"]}
POINTERS = {width: name for name, width in WIDTHS.items()}
MODIFYING = ["add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"]
BIT_TESTS = ["bt", "bts", "btr", "btc"]


def addresses(mode):
    """Forms of an operand in memory."""
    small = [f"[{reg}{disp}]" for disp in ("", "+0x12", "-0x7f00")
             for reg in ("bx+si", "bx+di", "bp+si", "bp+di", "si", "di", "bp", "bx")] + ["ds:0x20"]
    wide = []
    for names in {64: [REGISTERS[64], REGISTERS[32][:8]]}.get(mode, [REGISTERS[32][:8]]):
        wide += [f"[{reg}{disp}]" for reg in names for disp in ("", "+0x12", "-0x12345678")]
        pairs = itertools.product(names, [n for n in names if n not in ("rsp", "esp")])
        wide += [f"[{base}+{index}*{1 << n % 4}{('', '+0x12', '-0x12345678')[n % 3]}]"
                 for n, (base, index) in enumerate(pairs) if n % 5 == 0]
        wide += [f"[{index}*4+0x1234]" for index in names if index not in ("rsp", "esp")]
    if mode == 64:
        wide += ["[rip+0x1234]", "[eip+0x1234]", "gs:[rax+8]", "fs:[r13]", "gs:0x20",
                 "[0x12345678]"]
    else:
        wide += ["ds:0x12345678", "fs:[eax]", "es:[edi+4]"]
    return wide if mode == 64 else wide + small


def registers(mode, width):
    names = REGISTERS[8 * width][:16 if mode == 64 else 8]
    if width > 1:
        return names
    return (names if mode == 64 else names[:4]) + HIGH


def fits(register, address):
    """AH and its kin need an instruction without REX."""
    return register not in HIGH or not re.search(r"\br(8|9|1\d)", address)


def instructions(mode):
    """All in Intel's syntax, registers and addresses taken in turn so that each meets many."""
    widths = (1, 2, 4, 8) if mode == 64 else (1, 2, 4)
    turn = {width: itertools.cycle(registers(mode, width)) for width in widths}
    for number, address in enumerate(addresses(mode)):
        def one(width):
            return next(r for r in turn[width] if fits(r, address))

        for width in widths:
            memory = f"{POINTERS[width]} PTR {address}"
            modifying = MODIFYING[number % 8]
            immediate = IMMEDIATES[width][number % 2]
            yield f"mov {memory}, {one(width)}"
            yield f"mov {one(width)}, {memory}"
            yield f"mov {memory}, {immediate}"
            yield f"{modifying} {memory}, {one(width)}"
            yield f"{modifying} {one(width)}, {memory}"
            yield f"{modifying} {memory}, {immediate}"
            yield f"{modifying} {memory}, 5"
            yield f"test {memory}, {one(width)}"
            yield f"test {memory}, {immediate}"
            if width > 1:
                yield f"{BIT_TESTS[number % 4]} {memory}, {number % (8 * width)}"
            for narrow in widths[:2]:
                if narrow < width:
                    extend = "movsx" if number % 2 else "movzx"
                    yield f"{extend} {one(width)}, {POINTERS[narrow]} PTR {address}"
            if width == 8:
                yield f"movsxd {one(8)}, DWORD PTR {address}"
    for width in widths:  # each register, and each two of them
        memory = f"{POINTERS[width]} PTR [{'edi' if mode != 64 else 'rdi'}]"
        for name in registers(mode, width):
            yield f"mov {memory}, {name}"
            yield f"mov {name}, {memory}"
            for narrow in widths[:2]:
                if narrow < width:
                    for extend in "movsx", "movzx":
                        yield f"{extend} {name}, {POINTERS[narrow]} PTR [{memory.split('[')[1]}"
            for modifying in MODIFYING:
                yield f"{modifying} {memory}, {name}"
                yield f"{modifying} {name}, {memory}"
        accumulator = REGISTERS[8 * width][0]
        offset = {64: "0x1122334455667788", 32: "0x12345678", 16: "0x1234"}[mode]
        move = "movabs" if mode == 64 else "mov"
        yield f"{move} {accumulator}, ds:{offset}"
        yield f"{move} ds:{offset}, {accumulator}"


# What drivers do with registers, in C. Everything that it does with memory is to be decoded.
TYPES = """
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;
typedef signed char s8; typedef short s16; typedef int s32;
typedef long long s64; typedef unsigned long long u64;
"""
DRIVER = """
struct T_device { T control, status, pad[6], data[8]; };
#define T_FIXED ((volatile struct T_device *)0x7ed00000)
T T_load(volatile T *p) { return *p; }
u32 T_load_wider(volatile T *p) { return *p; }
s64 T_load_widest(volatile T *p) { return *p; }
T T_load_indexed(volatile T *p, long i) { return p[i]; }
T T_load_far(volatile T *p, long i) { return p[i + 0x1000]; }
T T_load_member(volatile struct T_device *d, u8 i) { return d->data[i & 7]; }
T T_load_fixed(void) { return T_FIXED->status; }
void T_store(volatile T *p, T value) { *p = value; }
void T_store_indexed(volatile T *p, long i, T value) { p[i] = value; }
void T_store_member(volatile struct T_device *d, T value) { d->data[3] = value; }
void T_store_constants(volatile struct T_device *d)
{
	d->control = 0; d->control = 1; d->status = (T)0x80; d->data[2] = (T)-1;
	d->pad[1] = (T)0x1234567;
}
void T_store_fixed(T value) { T_FIXED->control = value; T_FIXED->data[1] = 0x40; }
int T_wait(volatile struct T_device *d) { while (!(d->status & 4)) ; return d->data[0] > 7; }
int T_compare(volatile struct T_device *d, T value)
{ return d->status == value || d->data[1] == 3; }
void T_fill(volatile struct T_device *d, const T *from, int count)
{ for (int i = 0; i < count; i++) d->data[i & 7] = from[i]; }
void T_set(volatile struct T_device *d)
{ d->control |= 4; d->control &= (T)~8; d->data[1] ^= 0x11; }
void T_change(volatile struct T_device *d, T v)
{ d->control |= v; d->status &= v; d->data[2] ^= v; }
void T_count(volatile struct T_device *d, T v)
{ d->data[3] += v; d->data[4] -= v; d->data[5] += 5; }
"""


def run(*command):
    done = subprocess.run(list(map(str, command)), text=True, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr[:2000]}")


def disassembled(mode, binary):
    """(bytes, text) of each instruction."""
    option = {64: "x86-64", 32: "i386", 16: "i8086"}[mode]
    text = subprocess.run([PREFIX + "objdump", "-dw", "-M", f"intel,{option}", str(binary)],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in re.findall(r"^\s*[0-9a-f]+:\t([0-9a-f ]+)\t(.*)$", text, re.M):
        yield bytes.fromhex(line[0]), re.sub(r"\s*[#<].*", "", line[1]).strip()


def row(mode, code, text):
    """One instruction with an operand in memory as a line of the table, or None."""
    match = re.match(r"((?:data16|addr32|addr16|rex\S*|repz|repnz|xrelease|ds|es|ss|cs) )*(\w+) +"
                     r"([^,]+),(.+)$", text)
    if not match:
        return None
    name, operands = match[2], [match[3], match[4]]
    places = [n for n in (0, 1) if "PTR" in operands[n] or re.match(r"\ws:", operands[n])]
    if not places or name == "lea":
        return None
    memory, other = operands[places[0]], operands[1 - places[0]]
    register, register_width = NUMBERS.get(other, (0, 0))
    width = WIDTHS[memory.split()[0]] if "PTR" in memory else register_width
    immediate = 0 if other in NUMBERS else int(other, 16)
    operation = {"movabs": "mov", "movzx": "mov", "movsx": "mov", "movsxd": "mov"}.get(name, name)
    return (f'{{ {mode}, {len(code)}, "{"".join(f"{chr(92)}x{b:02x}" for b in code)}", '
            f'"{operation}", {width}, {str(not places[0]).lower()}, '
            f'{str(name.startswith("movs")).lower()}, {str(other not in NUMBERS).lower()}, '
            f'{register}, {register_width}, {immediate:#x}, "{text}" }},')


def assembled(folder):
    for mode in (64, 32, 16):
        lines = list(instructions(mode))
        source, binary = folder / f"{mode}.s", folder / f"{mode}.o"
        source.write_text(f".intel_syntax noprefix\n.code{mode}\n" + "\n".join(lines) + "\n")
        run(PREFIX + "as", "--64" if mode == 64 else "--32", "-o", binary, source)
        found = list(disassembled(mode, binary))
        if len(found) != len(lines):
            sys.exit(f"{len(lines)} instructions were assembled and {len(found)} read back")
        for code, text in found:
            yield row(mode, code, text) or sys.exit(f"not understood: {text}")


def compiled(folder):
    source, binary = folder / "driver.c", folder / "driver.o"
    source.write_text(TYPES + "".join(re.sub(r"\bT(?=_|\b)", kind, DRIVER) for kind in
                                      ("u8", "u16", "u32", "u64", "s8", "s16", "s32")))
    compilers = [[PREFIX + "gcc"]]
    if shutil.which("clang"):
        compilers.append(["clang", "--target=x86_64-linux-gnu"])
    for compiler, mode, level in itertools.product(compilers, (64, 32, 16), "012s"):
        run(*compiler, f"-m{mode}", f"-O{level}", "-ffreestanding", "-w", "-mgeneral-regs-only",
            "-fno-pic", "-fno-stack-protector", "-c", "-o", binary, source)
        for code, text in disassembled(mode, binary):
            if "nop" not in text and re.search(r"PTR|,\ws:", text):
                if not re.search(r"\[([re]?[sb]p|rip)\b", text):  # the stack, and constants
                    yield row(mode, code, text) or sys.exit(f"not understood: {text}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        print("/* by the assembler */", *dict.fromkeys(assembled(Path(folder))), sep="\n")
        print("/* by compilers */", *sorted(set(compiled(Path(folder)))), sep="\n")


if __name__ == "__main__":
    main()
