"""A small distribution of a stranger, as a wheel that pip installs into a folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path


def install(folder: Path, name: str, version: str, points: str, **modules: str) -> Path:
    """The folder, with a distribution of these modules and entry points (``[group]`` lines)."""
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    wheel = folder.with_name(f"{plain}-{version}-py3-none-any.whl")
    contents = {f"{module}.py": source for module, source in modules.items()}
    contents |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": points,
    }
    record = "".join(f"{path},,\n" for path in (*contents, f"{info}/RECORD"))
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in {**contents, f"{info}/RECORD": record}.items():
            archive.writestr(path, content)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*command, "--upgrade", "--target", folder, wheel], check=True)
    return folder
