// SPDX-License-Identifier: MIT
/* From the vendor's exit to a reason that core/ understands. */
#include <arch/board.h>
#include <arch/traps.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/printf.h>
#include <hv/vm.h>

#define PTE_PRESENT BIT(0)
#define PTE_LARGE   BIT(7)
#define PTE_ADDRESS 0x000ffffffffff000ul

/*
 * Four levels of 8-byte entries in long mode, three with PAE, two of 4-byte entries without (SDM
 * 4.3 to 4.5).
 */
bool vcpu_translate(struct vcpu *vcpu, gva_t gva, gpa_t *gpa)
{
	bool lma = state_get(vcpu, efer) & EFER_LMA, pae = state_get(vcpu, cr4) & CR4_PAE;
	bool large = pae || (state_get(vcpu, cr4) & CR4_PSE);
	u32 bits = pae ? 9 : 10, size = pae ? 8 : 4;
	u64 entry = state_get(vcpu, cr3) & (pae && !lma ? 0xffffffe0 : PTE_ADDRESS);

	*gpa = gva;
	if (!(state_get(vcpu, cr0) & CR0_PG))
		return true;
	for (u32 level = lma ? 4 : pae ? 3 : 2; level--;) {
		u32 shift = 12 + bits * level;
		gpa_t table = entry & (pae && !lma && level == 2 ? ~0ul : PTE_ADDRESS);

		entry = 0;
		if (!vm_read_guest(vcpu->vm, table + (gva >> shift) % BIT(bits) * size, &entry,
				   size) ||
		    !(entry & PTE_PRESENT))
			return false;
		if (!level || (large && level < 3 && (entry & PTE_LARGE))) {
			*gpa = (entry & PTE_ADDRESS & -BIT(shift)) | (gva & (BIT(shift) - 1));
			return true;
		}
	}
	return false;
}

u32 vcpu_fetch(struct vcpu *vcpu, u8 *buf, u32 size)
{
	bool is_64 = state_get(vcpu, cs_access) & ACCESS_LONG;
	gva_t rip = vcpu->arch.rip + (is_64 ? 0 : state_get(vcpu, cs_base));
	u32 done, step;
	gpa_t gpa;

	for (done = 0; done < size; done += step) {
		u32 left = 4096 - (rip + done) % 4096;

		step = size - done < left ? size - done : left;
		if (!vcpu_translate(vcpu, is_64 ? rip + done : (u32)(rip + done), &gpa) ||
		    !vm_read_guest(vcpu->vm, gpa, buf + done, step))
			break;
	}
	return done;
}

/*
 * The guest was about to take this event when the exit came: without us it would be lost. What an
 * instruction raised comes again by itself, when that is executed again (SDM 28.2.4, APM 15.7.2).
 */
static void raise_again(struct vcpu *vcpu, u64 event)
{
	u32 type = EVENT_TYPE(event), vector = EVENT_VECTOR(event);

	if ((event & EVENT_VALID) && type <= EVENT_TYPE(EVENT_EXCEPTION) && vector != VECTOR_BP &&
	    vector != VECTOR_OF)
		vcpu_raise(vcpu, event & ~BIT(12)); /* VMX leaves that one undefined (SDM 25.9.3) */
}

void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit)
{
	exit->reason = REASON_UNKNOWN;
	virt->exit_decode(vcpu, exit);
	raise_again(vcpu, virt->interrupted_event(vcpu));
}

void arch_skip_instruction(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)exit;
	vcpu_advance(vcpu, vcpu->arch.exit.length);
}

void vcpu_advance(struct vcpu *vcpu, u32 length)
{
	vcpu->arch.rip += length;
	/* Outside of 64-bit mode RIP has 32 bits, and more would stop the entry (SDM 27.3.1.4). */
	if (!(state_get(vcpu, cs_access) & ACCESS_LONG))
		vcpu->arch.rip = (u32)vcpu->arch.rip;
	/* What STI and MOV SS hold back is held back for one instruction only (SDM 6.8.3). */
	state_set(vcpu, interruptibility, state_get(vcpu, interruptibility) & ~SHADOW);
}

void vcpu_raise(struct vcpu *vcpu, u64 event)
{
	/* Real mode has no error codes (SDM 21.1.4). */
	if (!(state_get(vcpu, cr0) & CR0_PE))
		event &= ~(u64)EVENT_ERROR;
	state_set(vcpu, event, (u32)event);
	state_set(vcpu, event_error, event >> 32);
}

/* #GP with the error code 0, which is what a register or value that does not exist gives. */
static enum exit_result protection_fault(struct vcpu *vcpu)
{
	vcpu_raise(vcpu, EVENT_EXCEPTION | EVENT_ERROR | VECTOR_GP);
	return EXIT_HANDLED;
}

void arch_inject_undefined(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)exit;
	vcpu_raise(vcpu, EVENT_EXCEPTION | VECTOR_UD);
}

/*
 * Replaces the part of a register that an instruction of this width writes: 4 bytes clear the upper
 * half, 1 and 2 leave the rest (SDM volume 1, 3.4.1.1).
 */
static u64 merge(u64 old, u64 value, u32 width)
{
	u64 mask = width < 8 ? BIT(8 * width) - 1 : ~0ul;

	return (value & mask) | (width < 4 ? old & ~mask : 0);
}

/* A port that nothing is behind reads as ones, as on a PC's bus, and a write goes nowhere. */
static enum exit_result port_io(struct vcpu *vcpu)
{
	u64 info = vcpu->arch.exit.info, *rax = &vcpu->arch.gpr[RAX];
	u32 width = IO_WIDTH(info), port = IO_PORT(info);

	if (info & IO_STRING)
		return EXIT_UNHANDLED;
	if (info & IO_IN)
		*rax = merge(*rax, ~0ul, width);
	else if (port == BOARD_PM1_CONTROL && (*rax & PM1_SLEEP))
		vm_end(vcpu->vm, 0);
	vcpu_advance(vcpu, vcpu->arch.exit.length);
	return EXIT_HANDLED;
}

static enum exit_result msr_access(struct vcpu *vcpu, bool write)
{
	u64 *gpr = vcpu->arch.gpr, value = gpr[RDX] << 32 | (u32)gpr[RAX];

	if (write ? !guest_wrmsr(vcpu, gpr[RCX], value) : !guest_rdmsr(vcpu, gpr[RCX], &value))
		return protection_fault(vcpu);
	if (!write) {
		gpr[RAX] = (u32)value;
		gpr[RDX] = value >> 32;
	}
	vcpu_advance(vcpu, vcpu->arch.exit.length);
	return EXIT_HANDLED;
}

/* XCR0 chooses what XSAVE saves; of it a guest may have what vcpu_load() moves (SDM 13.3). */
static enum exit_result xsetbv(struct vcpu *vcpu)
{
	u64 *gpr = vcpu->arch.gpr, value = gpr[RDX] << 32 | (u32)gpr[RAX];

	if ((u32)gpr[RCX] || !xcr0_allowed(value))
		return protection_fault(vcpu);
	xcr0_write(value);
	vcpu_advance(vcpu, vcpu->arch.exit.length);
	return EXIT_HANDLED;
}

/*
 * Of CR0 and CR4 the bits that VMX wants otherwise than a guest might are ours, and it sees the
 * shadow that it has written (SDM 25.6.6). Only writes that change such a bit come here. SVM has no
 * such bits: there it is all writes of CR4, for what CPUID hides.
 */
static bool write_cr0(struct vcpu *vcpu, u64 value)
{
	u64 efer = state_get(vcpu, efer) & ~(u64)EFER_LMA;

	if ((value >> 32) || (!(value & CR0_PE) && (value & CR0_PG)) ||
	    (!(value & CR0_CD) && (value & CR0_NW)))
		return false;
	/* Paging on and off is also long mode on and off (SDM 10.8.5). */
	if ((efer & EFER_LME) && (value & CR0_PG))
		efer |= EFER_LMA;
	state_set(vcpu, efer, efer);
	state_set(vcpu, cr0_shadow, value);
	state_set(vcpu, cr0, (value & ~(u64)CR0_CACHES_OFF) | CR0_ET | CR0_NE);
	return true;
}

static bool write_cr4(struct vcpu *vcpu, u64 value)
{
	u64 old = state_get(vcpu, cr4_shadow), long_mode = state_get(vcpu, efer) & EFER_LMA;

	if ((value & ~guest_cr4()) || (long_mode && !(value & CR4_PAE)))
		return false;
	if ((value & ~old & CR4_PCIDE) && (!long_mode || (state_get(vcpu, cr3) & 0xfff)))
		return false;
	state_set(vcpu, cr4_shadow, value);
	state_set(vcpu, cr4, virt == &vmx ? value | CR4_VMXE : value);
	return true;
}

static enum exit_result cr_access(struct vcpu *vcpu)
{
	u64 info = vcpu->arch.exit.info, *reg = &vcpu->arch.gpr[CR_GPR(info)];
	u64 low = (state_get(vcpu, cr0_shadow) & ~0xeul) | CR_LMSW(info);
	bool done = true;

	if (CR_ACCESS(info) == CR_STORE) /* only CR8's exits */
		*reg = vcpu->arch.cr8;
	else if (CR_ACCESS(info) == CR_IS_LMSW)
		done = write_cr0(vcpu, low);
	else if (CR_NUMBER(info) == 0)
		done = write_cr0(vcpu, *reg);
	else if (CR_NUMBER(info) == 4)
		done = write_cr4(vcpu, *reg);
	else if ((done = *reg < 16)) /* CR8: the task priority (SDM 11.8.6) */
		vcpu->arch.cr8 = *reg;
	if (!done)
		return protection_fault(vcpu);
	vcpu_advance(vcpu, vcpu->arch.exit.length);
	return EXIT_HANDLED;
}

enum exit_result arch_sysreg(struct vcpu *vcpu, const struct vm_exit *exit)
{
	switch (exit->insn) {
	case INSN_CPUID:
		emulate_cpuid(vcpu);
		arch_skip_instruction(vcpu, exit);
		return EXIT_HANDLED;
	case INSN_RDMSR:
	case INSN_WRMSR:
		return msr_access(vcpu, exit->insn == INSN_WRMSR);
	case INSN_IO:
		return port_io(vcpu);
	case INSN_CR:
		return cr_access(vcpu);
	case INSN_XSETBV:
		return xsetbv(vcpu);
	case INSN_INVD: /* a guest's caches are the host's, and what is in them is not to be lost */
		arch_skip_instruction(vcpu, exit);
		return EXIT_HANDLED;
	case INSN_RDPMC:
		return protection_fault(vcpu);
	default:
		arch_inject_undefined(vcpu, exit);
		return EXIT_HANDLED;
	}
}

const char *arch_exit_name(const struct vm_exit *exit)
{
	return virt->exit_name(exit->code);
}
