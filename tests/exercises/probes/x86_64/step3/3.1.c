#include <arch/extable.h>
#include <arch/traps.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

/*
 * A guest of a few instructions: keeps all registers as it finds them, loads all from memory, and
 * calls. Until step 5 a guest has the hypervisor's memory, and this one its page tables too. Number
 * 16 are the flags that a program may change.
 */
#define GRADE_3_FLAGS 0x8d5
u64 grade_3_found[17], grade_3_loaded[17], grade_3_stack[8];
extern const u8 grade_3_code[], grade_3_code_amd[], grade_3_call[], grade_3_call_amd[];

#define GRADE_3_REGISTERS(x)                                                                   \
	x(0, rax) x(1, rcx) x(2, rdx) x(3, rbx) x(4, rsp) x(5, rbp) x(6, rsi) x(7, rdi) x(8, r8) \
	x(9, r9) x(10, r10) x(11, r11) x(12, r12) x(13, r13) x(14, r14) x(15, r15)
#define GRADE_3_KEEP(n, reg) "	mov	%" #reg ", grade_3_found + 8 * " #n "(%rip)\n"
#define GRADE_3_LOAD(n, reg) "	mov	grade_3_loaded + 8 * " #n "(%rip), %" #reg "\n"
#define GRADE_3_CODE(code, label, insn)                    \
	code ":\n" GRADE_3_REGISTERS(GRADE_3_KEEP)         \
	"	lea	grade_3_stack + 64(%rip), %rsp\n"  \
	"	pushfq\n"                                  \
	"	pop	grade_3_found + 8 * 16(%rip)\n"    \
	"	push	grade_3_loaded + 8 * 16(%rip)\n"   \
	"	popfq\n" GRADE_3_REGISTERS(GRADE_3_LOAD)   \
	label ":\n"                                        \
	"	" insn "\n"

__asm__("	.text\n"
	"	.globl	grade_3_code, grade_3_code_amd, grade_3_call, grade_3_call_amd\n"
	GRADE_3_CODE("grade_3_code", "grade_3_call", "vmcall")
	GRADE_3_CODE("grade_3_code_amd", "grade_3_call_amd", "vmmcall"));

#define GRADE_3_NAME(n, reg) #reg,
static const char *const grade_3_names[] = { GRADE_3_REGISTERS(GRADE_3_NAME) "rflags" };

/* An interrupt that we send to ourselves comes only where the CPU has global interrupts on. */
static bool grade_3_interruptible(void)
{
	volatile u32 *apic = (volatile u32 *)0xfee00000;
	u64 where = 0;

	apic[0xf0 / 4] = 0x1ff;
	apic[0x80 / 4] = 0;
	apic[0x300 / 4] = 0x40000 | 31; /* to ourselves: the last vector with a gate */
	__asm__ volatile("	sti\n"
			 "	nop\n"
			 "1:	nop\n"
			 "2:	nop\n"
			 "3:	nop\n"
			 "4:	nop\n"
			 "	inc	%0\n"
			 "5:	cli\n"
			 EXTABLE(1b, 5b) EXTABLE(2b, 5b) EXTABLE(3b, 5b) EXTABLE(4b, 5b)
			 : "+r"(where)
			 :
			 : "memory");
	apic[0xb0 / 4] = 0;
	return !where;
}

static u64 grade_3_flags(void)
{
	u64 flags;

	__asm__ volatile("pushfq\n	pop	%0" : "=r"(flags));
	return flags;
}

static u16 grade_3_task(void)
{
	u16 task;

	__asm__ volatile("str %0" : "=r"(task));
	return task;
}

static void grade_3_round(struct vcpu *vcpu, u32 round)
{
	bool amd = virt == &svm;
	u64 canary = grade_random(), copy = canary, set[17], task = grade_3_task();
	u64 gs = msr_read(MSR_GS_BASE), fs = msr_read(MSR_FS_BASE), idt[2] = { 0 };
	struct vm_exit exit;
	int result;

	for (u32 n = 0; n < 17; n++) {
		set[n] = grade_random() & (n == 16 ? GRADE_3_FLAGS : ~0ul);
		grade_3_found[n] = 0;
		grade_3_loaded[n] = grade_random() & (n == 16 ? GRADE_3_FLAGS : ~0ul);
		if (n < 16)
			vcpu->arch.gpr[n] = set[n];
	}
	vcpu->arch.rip = (u64)(amd ? grade_3_code_amd : grade_3_code);
	vcpu->arch.rflags = set[16] | RFLAGS_RES1;
	result = vcpu_run(vcpu, &exit);
	tell("round %u: vcpu_run %d, reason %u, exit code %lx", round, result, exit.reason,
	     exit.code);
	for (u32 n = 0; n < 17; n++) {
		u64 kept = n < 16 ? vcpu->arch.gpr[n] : vcpu->arch.rflags & GRADE_3_FLAGS;
		u64 found = n < 16 ? grade_3_found[n] : grade_3_found[n] & GRADE_3_FLAGS;

		tell("  %s: set to %lx, the guest found %s (%lx); it left %lx, kept is %lx",
		     grade_3_names[n], set[n], found == set[n] ? "that" : "something else", found,
		     grade_3_loaded[n], kept);
	}
	__asm__ volatile("sidt %0" : "=m"(*(u8 *)((u8 *)idt + 6)));
	tell("  rip %s", vcpu->arch.rip == (u64)(amd ? grade_3_call_amd : grade_3_call) ?
		     "at the call" : "elsewhere");
	tell("  behind it: this CPU has loaded %s, GS %s, FS %s, TR %s, IDT %s, flags %lx, the stack "
	     "is %s",
	     this_pcpu()->loaded == vcpu ? "it" : "something else",
	     msr_read(MSR_GS_BASE) == gs ? "is ours" : "is not ours",
	     msr_read(MSR_FS_BASE) == fs ? "is ours" : "is not ours",
	     grade_3_task() == task ? "is ours" : "is not ours", idt[1] ? "is there" : "is lost",
	     grade_3_flags() & (RFLAGS_IF | BIT(10)), canary == copy ? "ours" : "not ours");
	tell("  an interrupt of our own comes: %s, a trap of our own was caught: %s",
	     grade_3_interruptible() ? "yes" : "no", arch_traps_selftest() ? "yes" : "no");
}

/* An entry that the CPU refuses must be told from one that it takes: at once, or late. */
static void grade_3_refused(struct vcpu *vcpu, bool late)
{
	u8 *asid = &vcpu->arch.control[0x58], old = *asid;
	bool launched = vcpu->arch.launched;
	struct vm_exit exit;
	int result;

	vcpu->arch.rip = (u64)(virt == &svm ? grade_3_code_amd : grade_3_code);
	vcpu->arch.rflags = late && virt == &vmx ? 0 : RFLAGS_RES1;
	if (virt == &svm)
		*asid = 0;
	else if (!late)
		vcpu->arch.launched = !launched;
	result = vcpu_run(vcpu, &exit);
	tell("%s: vcpu_run %d, launched %s", late ? "an entry that fails late" : "a refused entry",
	     result, vcpu->arch.launched == launched ? "as before" : "otherwise");
	vcpu->arch.launched = launched;
	if (virt == &svm)
		*asid = old;
}

void grade_3_1(void)
{
	struct vm *vm = vm_create("probe"), *other = vm_create("other");
	struct vcpu *vcpus[] = { vm_init_vcpu(vm, 0, 0), vm_init_vcpu(other, 0, 0) };

	for (u32 i = 0; i < 2; i++) {
		vcpus[i]->arch.state.cr3 = cr_read(cr3);
		vcpus[i]->arch.state.fs_base = grade_random() >> 20;
		vcpus[i]->arch.state.gs_base = grade_random() >> 20;
	}
	vcpu_load(vcpus[0]);
	grade_3_refused(vcpus[0], true);
	for (u32 round = 0; round < 6; round++)
		grade_3_round(vcpus[round / 2 % 2], round);
	grade_3_refused(vcpus[0], false);
	grade_3_refused(vcpus[0], true);
	for (u32 round = 6; round < 8; round++)
		grade_3_round(vcpus[0], round);
	vm_destroy(vm);
	vm_destroy(other);
	grade_guest(1);
}
