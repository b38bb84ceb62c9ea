"""Fixtures for all tests: the emulator of the paid and the local providers (tests/emulator/README.md)."""

pytest_plugins = ("tests.emulator.plugin",)
