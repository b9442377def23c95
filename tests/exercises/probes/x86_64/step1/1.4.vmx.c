void grade_1_4_vmx(void)
{
	u64 cr0 = cr_read(cr0), cr4 = cr_read(cr4);

	for (u32 i = 0; i < 8; i++) {
		grade_1_3_scramble(GRADE_1_3_CR0);
		tell("before: VMX operation is %s, cr0 %lx, cr4 %lx", grade_1_3_on() ? "on" : "off",
		     cr_read(cr0), cr_read(cr4));
		vmx_disable();
		tell("after: VMX operation is %s, cr0 %lx, cr4 %lx", grade_1_3_on() ? "on" : "off",
		     cr_read(cr0), cr_read(cr4));
		grade_1_3_off();
		tell("on again: %d", vmx_enable());
	}
	cr_write(cr0, cr0);
	cr_write(cr4, cr4);
}
