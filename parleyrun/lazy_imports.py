"""Lazy imports: a package's public names, each loaded when it is first used.

A package says what it offers once, in its stub `__init__.pyi`, where type checkers and editors look anyway::

    from .core.worlds.world import World as World

and its `__init__.py` offers the same at run time::

    __getattr__, __dir__, __all__ = attach_stub(__name__)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def attach_stub(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return a package's `__getattr__`, `__dir__` and `__all__`, as its stub has them.

    A name that was used once stays in the package, so that it is looked up here one time only.

    Args:
        package: The package's `__name__`.

    Returns:
        What to assign to `__getattr__`, `__dir__` and `__all__`.
    """
    module = sys.modules[package]
    homes = _homes_in(_stub_of(module))
    names = sorted([*homes, *(["__version__"] if hasattr(module, "__version__") else [])])

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=module)
        value = getattr(import_module(homes[name], package), name)
        setattr(module, name, value)
        return value

    def names_of_all() -> list[str]:
        return sorted({*vars(module), *names})

    return load, names_of_all, names


def _stub_of(module: Any) -> str:
    # Through the loader, as a package may be in a zip file.
    stub: bytes = module.__spec__.loader.get_data(f"{module.__spec__.origin}i")
    return stub.decode("utf-8")


def _homes_in(stub: str) -> dict[str, str]:
    """Return the module of each name that a stub offers: `from MODULE import NAME as NAME`, a line each.

    Read by words rather than by `ast`: that would cost more than all else that importing the package does.
    """
    lines = (line.split() for line in stub.splitlines() if line.startswith("from ."))
    return {words[3]: words[1] for words in lines}
