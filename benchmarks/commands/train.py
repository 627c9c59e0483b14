"""``train``: a network by one recipe, ready for an audit."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import NAME, Device, start
from benchmarks.console import Console, describe_seconds

if TYPE_CHECKING:
    from benchmarks.training import TrainedModel, TrainingData, TrainingSetting

__all__ = ["train"]


def train(
    recipe: Annotated[str, typer.Option(help="Joined by +, such as augmix+padain or padain:0.1.")] = "baseline",
    data: Annotated[str, typer.Option(help="Images to train on, as for audit.")] = "digits/train",
    target: Annotated[
        str | None, typer.Option(help="Images of the domain where it will work; labels unread. Needs padain.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/train-<...> by default.")] = None,
    architecture: Annotated[str | None, typer.Option(help="timm name, cifar_<timm name>, wrn_40_2 ...")] = None,
    side: Annotated[int | None, typer.Option(min=8, help="Of the images; their own up to 96, else 224.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the images.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=2, help="Images a step, of all processes.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="sgd or adamw.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest; half a cosine from there.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Of all parameters.")] = None,
    warmup: Annotated[float | None, typer.Option(help="Share of the steps with a rising rate.")] = None,
    ema: Annotated[float | None, typer.Option(help="Decay of the average of the weights; 0 for none.")] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="Share spread over all classes.")] = None,
    clip: Annotated[float | None, typer.Option(help="Largest norm of the gradient.")] = None,
    validation: Annotated[float | None, typer.Option(help="Share of the images held out.")] = None,
    keep: Annotated[str | None, typer.Option(help="last epoch, or the best on the held-out images.")] = None,
    padding: Annotated[int | None, typer.Option(min=0, help="Pixels of the random crop.")] = None,
    flip: Annotated[bool | None, typer.Option("--flip/--no-flip", help="Mirror; not for digits.")] = None,
    precision: Annotated[str | None, typer.Option(help="auto, or exact for plain float32.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights, order and augmentation.")] = 0,
    device: Device = None,
) -> None:
    """Train a network; without arguments, on the embedded digits. Under torchrun, in several processes.

    The same command continues a training that was stopped, and says so when it is complete.
    """
    console = start(offline=True)
    from benchmarks.datasets import open_samples
    from benchmarks.training import choose_preparation, choose_setting, parse_recipe, training_data

    wanted, samples = parse_recipe(recipe), open_samples(data)
    setting = choose_setting(
        samples, wanted, architecture=architecture, epochs=epochs, batch_size=batch_size, optimizer=optimizer,
        learning_rate=learning_rate, weight_decay=weight_decay, warmup=warmup, ema=ema, clip=clip,
        label_smoothing=label_smoothing, validation=validation, keep=keep, padding=padding, flip=flip,
        precision=precision, seed=seed,
    )  # fmt: skip
    images = training_data(samples, choose_preparation(samples, side))
    beside = training_data(open_samples(target), images.preparation) if target is not None else None
    trained = _carry_out(setting, images, out, device, console, beside)
    _say_result(trained, setting, data, console)


def _carry_out(
    setting: "TrainingSetting",
    images: "TrainingData",
    out: Path | None,
    device: str | None,
    console: Console,
    target: "TrainingData | None",
) -> "TrainedModel":
    """Say what will be done, and do what is left of it."""
    from benchmarks.engines import choose_device
    from benchmarks.provenance import describe_device
    from benchmarks.training import is_trained, split, train

    data = images.name if target is None else f"{images.name}-for-{target.name}"
    name = f"train-{setting.name}-{data}-{setting.fingerprint(images)[:8]}"
    folder = out or Path("runs") / name.replace("/", "_").replace(":", "_")
    where = choose_device(device)
    kept, held_out = split(images, setting.validation, seed=setting.seed)
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    console.say(f"device      {describe_device(where)}, {processes} process{'es' * (processes > 1)}")
    console.say(f"recipe      {setting.recipe.name}{_flag(setting)}")
    console.say(f"network     {setting.architecture}, {setting.epochs} epochs of {setting.batch_size} images a step")
    skipped = f", {images.skipped:,} left out that could not be read" if images.skipped else ""
    console.say(f"images      {len(kept):,} of {images.name}, {len(held_out):,} more held out{skipped}")
    if target is not None:
        console.say(f"target      {len(target):,} images of {target.name}, without their labels")
    if is_trained(folder):
        console.say(f"complete already, nothing left to do: {folder}")
        return train(setting, images, folder, device=where, target=target)
    with console.progress("training images", total=setting.epochs * len(kept)) as bar:
        return train(setting, images, folder, device=where, on_images=bar.advance, target=target)


def _flag(setting: "TrainingSetting") -> str:
    overlaps = setting.recipe.overlaps
    return f"; trains with {', '.join(overlaps)}, which resemble test corruptions" if overlaps else ""


def _say_result(trained: "TrainedModel", setting: "TrainingSetting", data: str, console: Console) -> None:
    from benchmarks.datasets.opening import EMBEDDED

    last = trained.log.iloc[-1]
    console.say(f"loss        {last.loss:.4g}, {last.train_accuracy:.1%} of the augmented training images right")
    if trained.validation is not None:
        value, low, high, n, _ = trained.validation
        console.say(
            f"held out    {value:.2%} right [{low:.2%}, {high:.2%}], n = {n}; do not report it as a test result"
        )
    console.say(f"speed       {trained.images_per_second:,.0f} images/s, {describe_seconds(trained.seconds)}")
    test = EMBEDDED[1] if data == EMBEDDED[0] else "path/to/test"
    console.say("audit it:")
    console.say(f"  {NAME} audit --model {setting.architecture} --checkpoint {trained.weights} --data {test}")
    console.say(str(trained.weights.resolve()))
