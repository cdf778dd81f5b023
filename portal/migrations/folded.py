"""Revisions that the base revision replaced before the first deployment (adr/0105).

Nothing leads on from them. A change of the base revision before the first release renames it and adds
its old name here: a demonstration loaded with it is then recognised as older, and not served.
"""

FOLDED = frozenset(
    {
        "a3f1c07d9e52",
        "b84e26d10f73",
        "c95f37e21a84",
        "e230f8a5766c",
        "d30f7f9a78f0",
        "5e1c9a37bd42",
        "8b0c6de41f7a",
        "3f0d52c7a91e",
        "71c4e8b2d605",
        "a90e4d17c3b8",
        "c5d20b7e4f19",
        "3b0f6d2c9e51",
        "5c7a1e94d2f0",
        "c4d81f6a2e40",
        "5a3c1e90d750",
        "70b3c5d1e8fa",
        "c80f1e5a9d27",
        "7d2e94b0c6a1",
        "91d83f0b6a72",
        "91a4c7e2d05b",
        "a94f0c6d3b17",
        "b95e2d7a4c60",
        "e3a7915c08d4",
        "f6c81d2a9e35",
        "f1d4e586224b",
        "cb5cfe5145fc",
        "fc252938c3bf",
        "4fbf6ca05aa1",
        "4546f4aedc97",
        "1168979335e2",
        "ec3ed3a26b9f",
    }
)
