"""Runs hip-compile, which lies beside hip-run."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HIP_RUN = Path(os.environ.get("HIP_RUN", ROOT / "build" / "dev" / "bin" / "hip-run"))
TOOL = HIP_RUN.with_name("hip-compile")
TIMEOUT_SECONDS = 120
PROGRAM = """func.func @f(%q: tensor<1x2x?x32xf16>, %k: tensor<1x1x?x32xf16>,
             %o: tensor<1x2x?x32xf16>) -> tensor<1x2x?x32xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x32xf16>, tensor<1x1x?x32xf16>,
                         tensor<1x1x?x32xf16>)
    outs(%o : tensor<1x2x?x32xf16>) policy #hip.window<block_q = 16>
    {sink = 4, window = 16, causal} -> tensor<1x2x?x32xf16>
  return %0 : tensor<1x2x?x32xf16>
}
"""


def run(*words):
    return subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True,
                          timeout=TIMEOUT_SECONDS)
