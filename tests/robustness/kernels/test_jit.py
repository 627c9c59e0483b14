import threading

import numpy as np

from robustness.kernels.jit import compiled


@compiled
def scramble(values, rounds):
    for _ in range(rounds):
        for place in range(values.size):
            values[place] = values[place] * np.uint32(0xED5AD4BB) + np.uint32(1)


def test_kernels_let_other_threads_run():
    values = np.ones(1 << 16, np.uint32)
    scramble(values, 1)  # compiles
    worker = threading.Thread(target=scramble, args=(values, 20_000))
    worker.start()
    steps = 0
    while worker.is_alive():
        steps += 1
    # Under Python's lock this thread would not have taken one step before the kernel was done.
    assert steps > 1000
