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
 * 16 are the flags that a program may change; 17 to 20 what it finds through FS and GS, and the
 * selectors in TR and LDTR.
 */
#define GRADE_3_FLAGS 0x8d5
u64 grade_3_found[21], grade_3_loaded[17], grade_3_stack[8];
static u64 grade_3_words[16];
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
	"	mov	%fs:0, %rax\n"                    \
	"	mov	%rax, grade_3_found + 8 * 17(%rip)\n" \
	"	mov	%gs:0, %rax\n"                    \
	"	mov	%rax, grade_3_found + 8 * 18(%rip)\n" \
	"	strw	grade_3_found + 8 * 19(%rip)\n"   \
	"	sldtw	grade_3_found + 8 * 20(%rip)\n"   \
	"	xor	%eax, %eax\n"                     \
	"	lldt	%ax\n"                            \
	"	mov	%eax, %gs\n"                      \
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

/* The entry itself, as vcpu_run() has it, with a stack and an rbp that are new each time. */
static u64 grade_3_our_rsp, grade_3_rsp[2], grade_3_rbp[2];
static int (*grade_3_entry)(struct vcpu *);

static int grade_3_enter(struct vcpu *vcpu, struct vm_exit *exit)
{
	struct vcpu *rdi = vcpu;
	int refused;

	if (this_pcpu()->loaded != vcpu)
		vcpu_load(vcpu);
	grade_3_rsp[0] = 16 * grade_below(64);
	grade_3_rbp[0] = grade_random();
	grade_3_entry = virt->enter;
	__asm__ volatile("	push	%%rbp\n"
			 "	mov	%%rsp, %[ours]\n"
			 "	sub	%[rsp], %%rsp\n"
			 "	mov	%%rsp, %[rsp]\n"
			 "	mov	%[rbp], %%rbp\n"
			 "	call	*%[enter]\n"
			 "	mov	%%rsp, %[new_rsp]\n"
			 "	mov	%%rbp, %[new_rbp]\n"
			 "	mov	%[ours], %%rsp\n"
			 "	pop	%%rbp\n"
			 : "=a"(refused), "+D"(rdi), [ours] "+m"(grade_3_our_rsp),
			   [rsp] "+m"(grade_3_rsp[0]), [new_rsp] "=m"(grade_3_rsp[1]),
			   [new_rbp] "=m"(grade_3_rbp[1])
			 : [rbp] "m"(grade_3_rbp[0]), [enter] "m"(grade_3_entry)
			 : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",
			   "r14", "r15", "cc", "memory");
	if (!refused)
		arch_exit_decode(vcpu, exit);
	return refused;
}

static void grade_3_tell_ours(void)
{
	tell("  rsp %s, rbp %s", grade_3_rsp[1] == grade_3_rsp[0] ? "as it was" : "is another",
	     grade_3_rbp[1] == grade_3_rbp[0] ? "as it was" : "is another");
}

static void grade_3_round(struct vcpu *vcpu, u32 round)
{
	u32 fs_word = grade_below(16), gs_word = grade_below(16), tr = 8 + 8 * grade_below(64);
	bool amd = virt == &svm;
	u64 set[17], task = grade_3_task();
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
	for (u32 n = 0; n < 16; n++)
		grade_3_words[n] = grade_random();
	vcpu_load(vcpu);
	state_set(vcpu, fs_base, (u64)&grade_3_words[fs_word]);
	state_set(vcpu, gs_base, (u64)&grade_3_words[gs_word]);
	state_set(vcpu, gs_selector, SELECTOR_DATA);
	state_set(vcpu, tr_selector, tr);
	state_set(vcpu, ldtr_selector, tr + 8);
	vcpu->arch.rip = (u64)(amd ? grade_3_code_amd : grade_3_code);
	vcpu->arch.rflags = set[16] | RFLAGS_RES1;
	result = grade_3_enter(vcpu, &exit);
	tell("round %u: entered, result %d, reason %u, exit code %lx", round, result, exit.reason,
	     exit.code);
	for (u32 n = 0; n < 17; n++) {
		u64 kept = n < 16 ? vcpu->arch.gpr[n] : vcpu->arch.rflags & GRADE_3_FLAGS;
		u64 found = n < 16 ? grade_3_found[n] : grade_3_found[n] & GRADE_3_FLAGS;

		tell("  %s: set to %lx, the guest found %s (%lx); it left %lx, kept is %lx",
		     grade_3_names[n], set[n], found == set[n] ? "that" : "something else", found,
		     grade_3_loaded[n], kept);
	}
	tell("  through FS it found %s, through GS %s, TR %lx (%x), LDTR %lx; behind it GS %lx, "
	     "LDTR %lx",
	     grade_3_found[17] == grade_3_words[fs_word] ? "what is there" : "something else",
	     grade_3_found[18] == grade_3_words[gs_word] ? "what is there" : "something else",
	     grade_3_found[19], tr, grade_3_found[20], state_get(vcpu, gs_selector),
	     state_get(vcpu, ldtr_selector));
	__asm__ volatile("sidt %0" : "=m"(*(u8 *)((u8 *)idt + 6)));
	tell("  rip %s", vcpu->arch.rip == (u64)(amd ? grade_3_call_amd : grade_3_call) ?
		     "at the call" : "elsewhere");
	tell("  behind it: this CPU has loaded %s, GS %s, FS %s, TR %s, IDT %s, flags %lx",
	     this_pcpu()->loaded == vcpu ? "it" : "something else",
	     msr_read(MSR_GS_BASE) == gs ? "is ours" : "is not ours",
	     msr_read(MSR_FS_BASE) == fs ? "is ours" : "is not ours",
	     grade_3_task() == task ? "is ours" : "is not ours", idt[1] ? "is there" : "is lost",
	     grade_3_flags() & (RFLAGS_IF | BIT(10)));
	grade_3_tell_ours();
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
	result = grade_3_enter(vcpu, &exit);
	tell("%s: result %d, launched %s", late ? "an entry that fails late" : "a refused entry",
	     result, vcpu->arch.launched == launched ? "as before" : "otherwise");
	grade_3_tell_ours();
	vcpu->arch.launched = launched;
	if (virt == &svm)
		*asid = old;
}

/* Exits that only later steps have bear larger numbers: nested paging, and no table for it. */
static void grade_3_large_number(struct vcpu *vcpu)
{
	static u64 table[512] __attribute__((aligned(4096)));
	u64 *nested = (u64 *)&vcpu->arch.control[0x90], *root = (u64 *)&vcpu->arch.control[0xb0];
	struct vm_exit exit;
	int result;

	*nested |= 1;
	*root = virt_to_phys(table);
	vcpu->arch.rip = (u64)grade_3_code_amd;
	vcpu->arch.rflags = RFLAGS_RES1;
	result = grade_3_enter(vcpu, &exit);
	tell("an exit of a later step: result %d, exit code %lx", result, exit.code);
	*nested &= ~1ul;
}

void grade_3_1(void)
{
	struct vm *vm = vm_create("probe"), *other = vm_create("other");
	struct vcpu *vcpus[] = { vm_init_vcpu(vm, 0, 0), vm_init_vcpu(other, 0, 0) };

	for (u32 i = 0; i < 2; i++)
		vcpus[i]->arch.state.cr3 = cr_read(cr3);
	vcpu_load(vcpus[0]);
	grade_3_refused(vcpus[0], true);
	for (u32 round = 0; round < 6; round++)
		grade_3_round(vcpus[round / 2 % 2], round);
	grade_3_refused(vcpus[0], false);
	grade_3_refused(vcpus[0], true);
	if (virt == &svm)
		grade_3_large_number(vcpus[0]);
	for (u32 round = 6; round < 8; round++)
		grade_3_round(vcpus[0], round);
	vm_destroy(vm);
	vm_destroy(other);
	grade_guest(1);
}
