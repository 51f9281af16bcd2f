/* SPDX-License-Identifier: 0BSD */
Signature : "HPET"
Table Length : 00000000
Revision : 01
Checksum : 00
Oem ID : "VENDOR"
Oem Table ID : "TESTS"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000
Hardware Block ID : 8086A701
Timer Block Register : [Generic Address Structure]
Space ID : 00
Bit Width : 40
Bit Offset : 00
Encoded Access Width : 00
Address : 00000000FED00000
Sequence Number : 02
Minimum Clock Ticks : 1234
Flags (decoded below) : 00
4K Page Protect : 0
64K Page Protect : 0
