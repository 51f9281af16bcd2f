/* SPDX-License-Identifier: 0BSD */
DefinitionBlock ("", "DSDT", 2, "VENDOR", "TESTS", 1)
{
    Name (S5__, 1)
    Name (\_S4, Package () {2, 2, 0, 0})
    Method (_PTS, 1) {
        Store (\_S5, Local0) /* a reference only */
    }
    Name (\_S5, Package () {3, 1, 0, 0})
}
