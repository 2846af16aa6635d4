"""The code points that Unicode 14.0 to 18.0 added to those of 13.0, and the blocks of emoji.

Whether a character is assigned must not depend on the Python that asks, so this is not taken from
``unicodedata``. The blocks of emoji count as a whole: they are what every new version fills.
Generated from version 18.0.0 of the Unicode Character Database.
"""

VERSION = "18.0.0"

# Inclusive ranges, in hexadecimal.
ADDED = """\
558 58b-58c 5c8-5c9 61d 870-891 897-89f 8b5 8c8-8d2 b53-b54 c3c c5c-c5d cdc-cdd cf3 ece 170d 1715
171f 180f 1ac1-1af0 1b4c 1b4e-1b4f 1b7d-1b7f 1c89-1c8a 1dfa 208f 209d-209f 20c0-20c4 2427-2429
2b96 2c2f 2c5f 2e53-2e5d 2e60-2e63 2ffc-2fff 31e4-31e5 31ef 9ffd-9fff a7c0-a7c1 a7cb-a7dd a7e2
a7f1-a7f4 ab6c-ab6d fbc2-fbd2 fd40-fd4f fd90-fd91 fdc8-fdcf fdfe-fdff 10570-1057a 1057c-1058a
1058c-10592 10594-10595 10597-105a1 105a3-105b1 105b3-105b9 105bb-105bc 105c0-105f3 10780-10785
10787-107b0 107b2-107bf 10940-10959 10d40-10d65 10d69-10d85 10d8e-10d8f 10ec2-10ec7 10ec9-10eee
10ef0-10eff 10f70-10f89 11070-11075 110c2 1123f-11241 11380-11389 1138b 1138e 11390-113b5
113b7-113c0 113c2 113c5 113c7-113ca 113cc-113d5 113d7-113d8 113e1-113e2 116b9 116d0-116e3
11740-11746 11ab0-11abf 11b00-11b0a 11b60-11b67 11bc0-11be1 11bf0-11bf9 11db0-11ddb 11de0-11de9
11df0-11df1 11f00-11f10 11f12-11f3a 11f3e-11f5a 1246f 12475-1247f 12550-12686 12f90-12ff2 1342f
13439-13455 13460-143fa 16100-16139 16a70-16abe 16ac0-16ac9 16d40-16d79 16ea0-16eb8 16ebb-16ed3
16ff2-16ff6 187f8-187ff 18cd6-18cda 18cff 18d09-18d20 18d80-18df2 18e00-19191 191a0-191d2
1aff0-1aff3 1aff5-1affb 1affd-1affe 1b11f-1b128 1b132 1b155 1b168 1cc00-1ccfc 1cd00-1ceb3
1ceba-1ced0 1ced2-1ced4 1cedd-1cefd 1cf00-1cf2d 1cf30-1cf46 1cf50-1cfc3 1d127-1d128 1d1e9-1d1ff
1d250-1d281 1d2c0-1d2d3 1d6a6 1db00-1db1c 1df00-1df81 1df90-1df96 1dfcd-1dfff 1e030-1e06d 1e08f
1e290-1e2ae 1e4d0-1e4f9 1e5d0-1e5fa 1e5ff 1e6c0-1e6de 1e6e0-1e6f5 1e6fe-1e6ff 1e7e0-1e7e6
1e7e8-1e7eb 1e7ed-1e7ee 1e7f0-1e7fe 1f02c-1f02f 1f094-1f09f 1f0af-1f0b0 1f0c0 1f0d0 1f0f6-1f0ff
1f1ae-1f1e5 1f203-1f20f 1f23c-1f23f 1f249-1f24f 1f252-1f25f 1f266-1f2ff 1f6d8-1f6df 1f6ed-1f6ef
1f6fd-1f6ff 1f774-1f77f 1f7d9-1f7df 1f7ec-1f7ff 1f80c-1f80f 1f848-1f84f 1f85a-1f85f 1f888-1f88f
1f8ae-1f8af 1f8b2-1f8ff 1f979 1f9cc 1fa54-1fa5f 1fa6e-1fa6f 1fa75-1fa77 1fa7b-1fa7f 1fa87-1fa8f
1faa9-1faaf 1fab7-1fabf 1fac3-1facf 1fad7-1faff 1fbcb-1fbef 1fbfa 2a6de-2a6df 2b735-2b73f 2b81e
2cea2-2cead 2ebf0-2ee5d 31350-33479 3d000-3fc3f
"""
