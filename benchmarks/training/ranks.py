"""The processes of a training: one, or several under torchrun."""

import atexit
import inspect
import os
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

__all__ = ["Team", "join"]


_NEW_NAME = "forward_sync_buffers" in inspect.signature(DistributedDataParallel).parameters
_NO_BUFFERS: dict[str, Any] = {"forward_sync_buffers" if _NEW_NAME else "broadcast_buffers": False}


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
        return DistributedDataParallel(network, device_ids=devices, **_NO_BUFFERS)

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


def join(device: torch.device) -> Team:
    """Join the processes that torchrun started, or be alone.

    The processes stay joined until they end: a group that is left and made again finds the old one's addresses.

    Args:
        device: where to train; each process takes the GPU of its local rank if this is ``cuda``.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Team(rank=0, world=1, device=device)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(_leave)
    return Team(rank=dist.get_rank(), world=dist.get_world_size(), device=device)


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
