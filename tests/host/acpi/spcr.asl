/* SPDX-License-Identifier: 0BSD */
Signature : "SPCR"
Table Length : 00000000
Revision : 02
Checksum : 00
Oem ID : "VENDOR"
Oem Table ID : "TESTS"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000
Interface Type : 12
Reserved : 000000
Serial Port Register : [Generic Address Structure]
Space ID : 00
Bit Width : 20
Bit Offset : 00
Encoded Access Width : 03
Address : 00000001FE201000
Interrupt Type : 0B
PCAT-compatible IRQ : 04
Interrupt : 00000123
Baud Rate : 07
Parity : 00
Stop Bits : 00
Flow Control : 00
Terminal Type : 00
Reserved : 00
PCI Device ID : 0000
PCI Vendor ID : 0000
PCI Bus : 00
PCI Device : 00
PCI Function : 00
PCI Flags : 00000000
PCI Segment : 00
Reserved : 00000000
