"""The reference job: 270 rows of the shipped corpora, to be recalled exactly as soon as possible.

``choose`` made ``train.jsonl`` and ``test.jsonl``, ``render`` turns them into token ids as engram
does, ``job`` is what every side is told and tells. The sides are scripts that run in a process of
their own: ``by_engram``, ``by_mlx_lm`` and ``by_peft`` train, ``answers`` evaluates. ``floor`` is
the time that the job's products alone would take. ``bench_reference.py`` beside this folder runs
them.
"""
