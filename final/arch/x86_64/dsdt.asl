/* SPDX-License-Identifier: MIT */
/*
 * What a guest's machine has that its kernel can't find by itself: COM1, and the type of sleep that
 * is being off (ACPI 6.5, 7.4.2.6; tree.c's FADT has the register that takes it).
 */
DefinitionBlock ("dsdt.aml", "DSDT", 2, "LADDER", "LADDER", 1)
{
	Name (\_S5, Package () { 0, 0, 0, 0 })

	Scope (\_SB)
	{
		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501")) // 16550A
			Name (_UID, 1)
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x3f8, 0x3f8, 0, 8)
				Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 4 }
			})
		}
	}
}
