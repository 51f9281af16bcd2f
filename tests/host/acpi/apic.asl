/* SPDX-License-Identifier: 0BSD */
Signature : "APIC"
Table Length : 00000000
Revision : 04
Checksum : 00
Oem ID : "VENDOR"
Oem Table ID : "TESTS"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000
Local Apic Address : FEE00000
Flags (decoded below) : 00000001
PC-AT Compatibility : 1
Subtable Type : 00
Length : 08
Processor ID : 01
Local Apic ID : 11
Flags (decoded below) : 00000001
Processor Enabled : 1
Runtime Online Capable : 0
Subtable Type : 00
Length : 08
Processor ID : 02
Local Apic ID : 12
Flags (decoded below) : 00000001
Processor Enabled : 0
Runtime Online Capable : 1
Subtable Type : 09
Length : 10
Reserved : 0000
Processor x2Apic ID : 00000133
Flags (decoded below) : 00000001
Processor Enabled : 1
Processor UID : 00000144
Subtable Type : 01
Length : 0C
I/O Apic ID : 05
Reserved : 00
Address : FEC00000
Interrupt : 00000000
Subtable Type : 01
Length : 0C
I/O Apic ID : 06
Reserved : 00
Address : FEC10000
Interrupt : 00000018
Subtable Type : 02
Length : 0A
Bus : 00
Source : 00
Interrupt : 00000002
Flags (decoded below) : 0000
Polarity : 0
Trigger Mode : 0
Subtable Type : 02
Length : 0A
Bus : 00
Source : 09
Interrupt : 00000109
Flags (decoded below) : 0000
Polarity : 1
Trigger Mode : 3
Subtable Type : 02
Length : 0A
Bus : 00
Source : 0A
Interrupt : 0000000A
Flags (decoded below) : 0000
Polarity : 3
Trigger Mode : 1
Subtable Type : 06
Length : 10
I/O Sapic ID : 00
Reserved : 00
Interrupt Base : 00000000
Address : 0000000000000000
Subtable Type : 08
Length : 10
Flags (decoded below) : 0005
Polarity : 1
Trigger Mode : 1
InterruptType : 00
Processor ID : 00
Processor EID : 00
I/O Sapic Vector : 00
Interrupt : 00000001
Flags (decoded below) : 00000001
CPEI Override : 1
Subtable Type : 03
Length : 08
Flags (decoded below) : 000D
Polarity : 3
Trigger Mode : 3
Interrupt : 00000017
Subtable Type : 04
Length : 06
Processor ID : FF
Flags (decoded below) : 0005
Polarity : 1
Trigger Mode : 1
Interrupt Input LINT : 01
Subtable Type : 04
Length : 06
Processor ID : 02
Flags (decoded below) : 0005
Polarity : 3
Trigger Mode : 3
Interrupt Input LINT : 00
Subtable Type : 0A
Length : 0C
Flags (decoded below) : 0005
Polarity : 1
Trigger Mode : 1
Processor UID : FFFFFFFF
Interrupt Input LINT : 01
Reserved : 000000
Subtable Type : 0A
Length : 0C
Flags (decoded below) : 0005
Polarity : 3
Trigger Mode : 1
Processor UID : 00000144
Interrupt Input LINT : 00
Reserved : 000000
Subtable Type : 05
Length : 0C
Reserved : 0000
APIC Address : 00000001FEE10000
