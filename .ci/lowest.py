"""Print the lowest version of each dependency that pyproject.toml declares, as pip requirements."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
for line in project["dependencies"] + project["optional-dependencies"]["test"]:
    sys.stdout.write(re.sub(">=", "==", line) + "\n")
