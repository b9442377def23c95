// SPDX-License-Identifier: MIT
/*
 * Makes the hypervisor come in for every reason that step 4 knows and checks that the answer is
 * what the manuals promise.
 */
#include <catch.h>
#include <cpu.h>
#include <guest.h>
#include <machine.h>

#define BIT(n) (1ul << (n))

#define MSR_APIC_BASE	    0x1b
#define MSR_EFER	    0xc0000080
#define MSR_LSTAR	    0xc0000082
#define MSR_KERNEL_GS_BASE  0xc0000102
#define MSR_X2APIC_EOI	    0x80b
#define MSR_X2APIC_SPURIOUS 0x80f
#define MSR_X2APIC_SELF_IPI 0x83f

#define EFER_SCE  BIT(0)
#define EFER_NXE  BIT(11)
#define EFER_SVME BIT(12)

#define CR0_EM	    BIT(2)
#define CR0_TS	    BIT(3)
#define CR0_WP	    BIT(16)
#define CR4_OSFXSR  BIT(9)
#define CR4_VMXE    BIT(13)
#define CR4_OSXSAVE BIT(18)

static void check_undefined(struct caught caught)
{
	check(caught.vector == VECTOR_UD);
	check(caught.here);
}

static void check_protection(struct caught caught)
{
	check(caught.vector == VECTOR_GP);
	check(caught.error == 0);
	check(caught.here);
}

/* What is none of the hypervisor's calls fails, and the other vendor's instruction is none. */
static void hypercalls(void)
{
	static const u32 unknown[] = { 0x4c4144ff, 0x4c414500, 0x12345678, 0 };

	for (int i = 0; i < 4; i++) {
		struct caught caught = ladder_by_vmmcall ? CATCH_WITH("vmmcall", unknown[i], 0, 0)
							 : CATCH_WITH("vmcall", unknown[i], 0, 0);

		check(caught.vector == ~0ul && caught.rax == ~0ul);
	}
	check_undefined(ladder_by_vmmcall ? CATCH("vmcall") : CATCH("vmmcall"));
	print("  exits: unknown hypercalls are refused\n");
}

static void cpuid_leaves(void)
{
	struct cpuid one = cpuid(1, 0), name = cpuid(0x40000000, 0);
	u32 text[4] = { name.ebx, name.ecx, name.edx, 0 };

	check(!(one.ecx & BIT(5)));		     /* VMX */
	check(!(cpuid(0x80000001, 0).ecx & BIT(2))); /* SVM */
	check(!(one.ecx & BIT(3)));		     /* MONITOR */
	check(!(one.ecx & BIT(13)));		     /* CMPXCHG16B */
	check(one.ecx & BIT(31));		     /* a hypervisor's mark */
	check((one.edx & 0x0700a169) == 0x0700a169); /* FPU PAE CX8 PGE FXSR SSE SSE2 … */
	check(name.eax >= 0x40000000);
	check(text[0] == 0x6464614c && text[1] == 0x614c7265 && text[2] == 0x72656464);
	check(cpuid(0x16, 0).eax == 0); /* frequencies: not known */
	check(cpuid(0x8000000a, 0).eax == 0);
	print("  exits: CPUID hides VMX and SVM and names the hypervisor, %s\n", (char *)text);
}

static void msrs(void)
{
	u64 efer = msr_read(MSR_EFER);

	msr_write(MSR_LSTAR, 0x00007f1234567890);
	msr_write(MSR_KERNEL_GS_BASE, 0xffff800012345678);
	ladder_ping(0);
	check(msr_read(MSR_LSTAR) == 0x00007f1234567890);
	check(msr_read(MSR_KERNEL_GS_BASE) == 0xffff800012345678);

	check((efer & 0xd00) == 0x500); /* LME, LMA, and not yet NXE */
	check(!(efer & EFER_SVME));
	msr_write(MSR_EFER, efer | EFER_SCE | EFER_NXE);
	ladder_ping(0);
	check(msr_read(MSR_EFER) == (efer | EFER_SCE | EFER_NXE));
	check_protection(CATCH_WITH("wrmsr", efer | EFER_SVME, MSR_EFER, 0));
	check_protection(CATCH_WITH("wrmsr", 0, MSR_EFER, 1));
	check(msr_read(MSR_EFER) == (efer | EFER_SCE | EFER_NXE));
	msr_write(MSR_EFER, efer);
	print("  exits: MSRs keep what is written\n");

	check_protection(CATCH_WITH("rdmsr", 0, 0x12345678, 0));
	check_protection(CATCH_WITH("wrmsr", 0, 0x12345678, 0));
	check_protection(CATCH_WITH("rdmsr", 0, 0x480, 0));	 /* IA32_VMX_BASIC */
	check_protection(CATCH_WITH("rdmsr", 0, 0xc0010117, 0)); /* VM_HSAVE_PA */
	check_protection(CATCH_WITH("wrmsr", 0x1000, 0xc0010117, 0));
	print("  exits: unknown ones raise a general protection fault\n");
}

/* Where nothing answers, all lines of the bus read 1 (and SDM volume 1, 3.4.1.1, of the rest). */
static void ports(void)
{
	const u64 before = 0x123456789abcdef0;

	check(CATCH_WITH("inb %%dx, %%al", before, 0, 0x1230).rax == 0x123456789abcdeff);
	check(CATCH_WITH("inw %%dx, %%ax", before, 0, 0x1230).rax == 0x123456789abcffff);
	check(CATCH_WITH("inl %%dx, %%eax", before, 0, 0x1230).rax == 0xffffffff);
	check(CATCH_WITH("inb $0xed, %%al", before, 0, 0).rax == 0x123456789abcdeff);
	check(CATCH_WITH("outb %%al, %%dx", before, 0, 0x1230).rax == before);
	check(CATCH_WITH("outw %%ax, %%dx", before, 0, 0x1230).rax == before);
	check(CATCH_WITH("outl %%eax, $0xed", before, 0, 0).rax == before);
	print("  exits: ports without a device read all ones\n");
}

static void control_registers(void)
{
	u64 cr0 = CR_READ(cr0), cr4 = CR_READ(cr4);

	CR_WRITE(cr0, cr0 ^ CR0_WP ^ CR0_TS);
	ladder_ping(0);
	check(CR_READ(cr0) == (cr0 ^ CR0_WP ^ CR0_TS));
	CR_WRITE(cr0, cr0);
	check(!(cr4 & CR4_VMXE));
	check_protection(CATCH_WITH("mov %%rax, %%cr4", cr4 | CR4_VMXE, 0, 0));
	check_protection(CATCH("mov %%r8, %%cr4")); /* where CATCH has all ones */
	if (!ladder_by_vmmcall) { /* VMCBs hold all of CR0: what is wrong there is the CPU's to say */
		check_protection(CATCH_WITH("mov %%rax, %%cr0", cr0 | BIT(40), 0, 0));
		check_protection(CATCH_WITH("mov %%rax, %%cr0", cr0 & ~1ul, 0, 0)); /* PE = 0 */
	}
	check(CR_READ(cr4) == cr4 && CR_READ(cr0) == cr0);
	CR_WRITE(cr8, 5);
	ladder_ping(0);
	check(CR_READ(cr8) == 5);
	CR_WRITE(cr8, 0);
	print("  exits: control registers keep what is written, but CR4.VMXE\n");
}

/* The hypervisor's instructions do not exist for a guest: its own kernel gets an exception. */
static void hypervisor_instructions_are_undefined(void)
{
	check_undefined(CATCH("vmread %%rax, %%rcx"));
	check_undefined(CATCH("vmlaunch"));
	check_undefined(CATCH("vmxoff"));
	print("  exits: vmread is an undefined instruction\n");
	check_undefined(CATCH("vmrun %%rax"));
	check_undefined(CATCH("vmload %%rax"));
	check_undefined(CATCH("clgi"));
	print("  exits: so is vmrun\n");
}

/* XCR0 says what of a guest XSAVE keeps; bit 0 must be 1, and AVX wants SSE (SDM volume 1, 13.3) */
static void extended_states(void)
{
	if (!(cpuid(1, 0).ecx & BIT(26)))
		return;
	CR_WRITE(cr4, CR_READ(cr4) | CR4_OSXSAVE);
	check(cpuid(1, 0).ecx & BIT(27));
	check(CATCH_WITH("xsetbv", 3, 0, 0).vector == ~0ul);
	ladder_ping(0);
	check(CATCH_WITH("xgetbv", 0, 0, 0).rax == 3);
	check_protection(CATCH_WITH("xsetbv", 2, 0, 0));
	check_protection(CATCH_WITH("xsetbv", 5, 0, 0));
	check_protection(CATCH_WITH("xsetbv", 3, 1, 0));
	check_protection(CATCH_WITH("xsetbv", 3, 0, 0x40000000));
	check(CATCH_WITH("xgetbv", 0, 0, 0).rax == 3);
	CR_WRITE(cr4, CR_READ(cr4) & ~CR4_OSXSAVE);
	print("  exits: xsetbv takes what is legal\n");
}

/* The guest alone decides whether it may use them (CR0.TS). */
static void fp_registers_are_kept(void)
{
	u64 fp_ping(u64 seed); /* fp.S */
	u64 cr0 = CR_READ(cr0) & ~(CR0_EM | CR0_TS);
	struct caught time;

	CR_WRITE(cr4, CR_READ(cr4) | CR4_OSFXSR);
	CR_WRITE(cr0, cr0 | CR0_TS);
	check(CATCH("movq %%rax, %%xmm0").vector == VECTOR_NM);
	__asm__ volatile("clts");
	check(CR_READ(cr0) == cr0);
	/* The time is a seed that no other VM has. */
	time = CATCH("rdtsc");
	check(fp_ping(time.rdx << 32 | time.rax) == 0);
	print("  exits: FP and SIMD registers kept\n");
}

/*
 * Steps 4 and 5 have nothing to wait for. From step 6 on there is an interrupt, which the guest
 * sends itself; it comes behind the hlt, because sti lets one instruction through (SDM volume 2).
 */
static void wait_for_interrupt(void)
{
	struct caught caught;

	if (!(cpuid(1, 0).ecx & BIT(21))) { /* x2APIC */
		__asm__ volatile("hlt" : : : "memory");
	} else {
		msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | 0xc00);
		msr_write(MSR_X2APIC_SPURIOUS, 0x1ff);
		msr_write(MSR_X2APIC_SELF_IPI, VECTOR_INTERRUPT);
		caught = CATCH("sti; hlt");
		check(caught.vector == VECTOR_INTERRUPT);
		msr_write(MSR_X2APIC_EOI, 0);
	}
	print("  exits: hlt came back\n");
}

int guest_main(void)
{
	catch_init();
	hypercalls();
	cpuid_leaves();
	msrs();
	ports();
	control_registers();
	hypervisor_instructions_are_undefined();
	extended_states();
	fp_registers_are_kept();
	wait_for_interrupt();
	out16(POWER_OFF, 0x2000); /* sleep state S5 (ACPI 6.5, 4.8.3.2.1) */
	return 1;
}
