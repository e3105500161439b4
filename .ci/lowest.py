"""Print the lowest version of each dependency that pyproject.toml declares, as pip requirements."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
for line in project["dependencies"] + extras["test"] + extras["web"]:
    if not line.startswith("bioal["):  # the extra web, whose lines follow
        sys.stdout.write(re.sub(">=", "==", line) + "\n")
