"""Puts the demo into the wheel; everything else about the build is said in pyproject.toml."""

import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUNDLED = Path("parleyrun/app/demo")
WORLD = Path("worlds/demo.py")
CONFIG = Path("configs/demo.yml")
MODULE = "parleyrun.app.demo.demo"


class BuildWithDemo(build_py):
    """Copies the demo's world and config, which stand beside the package, into `parleyrun.app.demo`."""

    def run(self):
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / BUNDLED
            self.mkpath(str(target))
            self.copy_file(str(WORLD), str(target / WORLD.name))
            (target / CONFIG.name).write_text(installed_config(CONFIG.read_text("utf-8")), "utf-8")

    def get_source_files(self):
        return [*super().get_source_files(), str(WORLD), str(CONFIG)]

    def get_outputs(self, include_bytecode=True):
        outputs = super().get_outputs(include_bytecode)
        if not self.editable_mode:
            outputs += [str(Path(self.build_lib) / BUNDLED / path.name) for path in (WORLD, CONFIG)]
        return outputs


def installed_config(text):
    """Return the config with the world module's name as it is once installed.

    Left as `worlds.demo`, it would find a `worlds` folder of whoever runs it.
    """
    changed, times = re.subn(r"^(world_module: *)worlds\.demo\b", rf"\g<1>{MODULE}", text, flags=re.MULTILINE)
    if times != 1:
        raise ValueError(f"expected one line 'world_module: worlds.demo' in {CONFIG}, got {times}")
    return changed


setup(cmdclass={"build_py": BuildWithDemo})
