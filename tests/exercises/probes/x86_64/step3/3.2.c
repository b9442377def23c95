void grade_3_2(void)
{
	grade_3_1();
}
