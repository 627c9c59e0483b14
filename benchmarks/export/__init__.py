"""Corrupted images on the disk, in the layouts in which ImageNet-C and CIFAR-C are published."""

from benchmarks.export.folder import LAYOUTS, Export, OtherExportError, open_export, write_export

__all__ = ["LAYOUTS", "Export", "OtherExportError", "open_export", "write_export"]
