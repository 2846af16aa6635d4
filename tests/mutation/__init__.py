"""Whether the tests would notice: small faults are put into a module, one at a time.

``mutants`` makes the faults, with the operators of cosmic-ray. ``trial`` runs the tests against
each, ``targets`` says which, and ``run`` is the command. What cosmic-ray does by itself is too slow
here: it starts an interpreter for every fault, and runs tests that never come to the faulty line.
"""
