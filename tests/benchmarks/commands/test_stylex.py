from benchmarks.commands.stylex import stylex


def test_every_command_has_a_help_text() -> None:
    names = [command.name for command in stylex.registered_commands]
    assert "train" in names
    assert all(command.callback and command.callback.__doc__ for command in stylex.registered_commands)
