import os
import threading

import pytest
import torch

from robustness.corruptions.threads import for_each


def test_every_piece_is_worked_on_once_in_parallel():
    both = threading.Barrier(2, timeout=10)
    seen = []

    def work(piece):
        both.wait()  # passes only if two pieces are in work at a time
        seen.append((piece, torch.get_num_threads()))

    for_each(work, range(6), threads=2)
    assert sorted(seen) == [(piece, 1) for piece in range(6)]


def test_settings_of_other_threads_stay():
    before = torch.get_num_threads()
    for_each(lambda _: None, range(4), threads=3)
    found = []
    other = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert torch.get_num_threads() == before
    assert found == [before]


def test_an_error_of_a_piece_comes_through():
    def work(piece):
        raise KeyError(piece)

    for threads in (1, 2):
        with pytest.raises(KeyError, match="7"):
            for_each(work, [7, 8], threads=threads)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_makes_its_own_threads():
    for_each(lambda _: None, range(4), threads=2)
    child = os.fork()
    if child == 0:
        for_each(lambda _: None, range(4), threads=2)
        os._exit(17)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17
