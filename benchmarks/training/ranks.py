"""The processes of a training: one, or several under torchrun."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

__all__ = ["Team", "joined"]


@dataclass(frozen=True, kw_only=True)
class Team:
    """The processes that train one network.

    Attributes:
        rank: number of this process.
        world: how many there are.
        device: of this process.
    """

    rank: int
    world: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes files and reports progress."""
        return self.rank == 0

    def wrap(self, network: nn.Module) -> nn.Module:
        """A network whose gradients are averaged over the processes; itself where there is one.

        Statistics of batch norms stay apart until :meth:`average_buffers`, which saves a broadcast a step.
        """
        if self.world == 1:
            return network
        devices = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(
            network, device_ids=devices, broadcast_buffers=False, gradient_as_bucket_view=True
        )

    def total(self, values: Tensor) -> Tensor:
        """Sum over the processes."""
        if self.world > 1:
            dist.all_reduce(values)
        return values

    def average_buffers(self, network: nn.Module) -> None:
        """Give every process the mean of all processes' running statistics."""
        if self.world > 1:
            for buffer in network.buffers():
                if buffer.is_floating_point():
                    dist.all_reduce(buffer)
                    buffer.div_(self.world)

    def wait(self) -> None:
        """Until every process is here."""
        if self.world > 1:
            dist.barrier()


@contextlib.contextmanager
def joined(device: torch.device) -> Iterator[Team]:
    """Join the processes that torchrun started, or be alone.

    Args:
        device: where to train; each process takes the GPU of its local rank if this is ``cuda``.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Team(rank=0, world=1, device=device)
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    ours = not dist.is_initialized()
    if ours:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(rank=dist.get_rank(), world=dist.get_world_size(), device=device)
    finally:
        if ours:
            dist.destroy_process_group()
