void grade_1_4_svm(void)
{
	for (u32 i = 0; i < 8; i++) {
		u64 efer = grade_random() | EFER_SVME;

		msr_write(MSR_EFER, (msr_read(MSR_EFER) & ~(u64)EFER_SCE) | (efer & EFER_SCE));
		tell("before: SVM is %s, EFER %lx", grade_1_3_on() ? "on" : "off",
		     msr_read(MSR_EFER));
		svm_disable();
		tell("after: SVM is %s, EFER %lx, VM_HSAVE_PA %lx", grade_1_3_on() ? "on" : "off",
		     msr_read(MSR_EFER), msr_read(MSR_VM_HSAVE_PA));
		tell("on again: %d", svm_enable());
		/* Another CPU: other bits of EFER. */
		*grade_1_msr(MSR_EFER) = efer;
		*grade_1_msr(MSR_VM_HSAVE_PA) = grade_random() & ~4095ul;
		grade_mocked = true;
		svm_disable();
		grade_mocked = false;
		tell("another CPU, EFER %lx before: %lx, VM_HSAVE_PA %lx", efer,
		     *grade_1_msr(MSR_EFER), *grade_1_msr(MSR_VM_HSAVE_PA));
	}
	msr_write(MSR_EFER, msr_read(MSR_EFER) & ~(u64)EFER_SCE);
}
