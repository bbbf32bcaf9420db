"""The pins of pyproject.toml as requirement lines, for a pip that knows no dependency groups.

requirements.py list     print them
requirements.py check    exit 1 unless the running Python has every one that applies to it
"""

import importlib.metadata
import sys
from pathlib import Path

try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib

data = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
lines = data["project"]["dependencies"] + [
    line for group in data["dependency-groups"].values() for line in group
]
if sys.argv[1:] == ["check"]:
    from pip._vendor.packaging.requirements import Requirement

    for requirement in map(Requirement, lines):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            sys.exit(f"{requirement}: {version or 'missing'}")
else:
    print("\n".join(lines))
