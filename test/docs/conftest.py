"""Where the tests of the documentation find things: HIP_RUN names hip-run in the build to test."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HIP_RUN", ROOT / "build/dev/bin/hip-run")).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python"))
