"""Checks of PTX without a GPU: it assembles for every chip, without spills, within budgets.

For every line of test/ptx/configurations.txt and each of its chips: the kernels' registers and bytes
of shared memory are at most those of test/ptx/budgets.txt, nothing is in local memory but what is
written down there, ptxas has nothing to note, the instructions that make a kernel fast are there, and no function is called. PTX is
the same bytes when it is made again, and when MLIR uses threads.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/ptx"))

import configurations  # noqa: E402

# The assembler that budgets are for.
PTXAS = [f"--ptxas={os.environ['PTXAS']}"] if "PTXAS" in os.environ else []
BUDGETS = ROOT / "test/ptx/budgets.txt"
HEAD = """# CONFIGURATION CHIP, then for each kernel REGISTERS/SHARED: the most registers of a thread and bytes of
# shared memory of a block. REGISTERS/SHARED/LOCAL marks a debt: bytes of stack and spilled, which no new
# kernel may have. scripts/ptx-budgets.sh writes this file; what grows needs a reason.
"""
KERNEL = re.compile(r"^  (\S+_kernel_\d+): (?:(.*), )?(\d+) threads, (\d+) registers, (\d+) bytes spilled, "
                    r"(\d+) bytes of stack, (\d+) bytes of shared memory")
# Spills are counted; what else ptxas has to say is a fault.
NOTE = re.compile(r"^  (?!.*(?:Local memory used|Registers are spilled))(.*(?:\(C7\d+\)|warning).*)$")
ALWAYS = ("ex2.approx",)
TENSOR_CORES = ("mma.sync", "ldmatrix", "cp.async")
# Local memory, and functions, of which libdevice is full.
NEVER = (r"\bld\.local", r"\bst\.local", r"\.local\b", r"\bcall\b", r"^\s*(?:\.visible )?\.func\b")
ESCAPE = re.compile(rb"\\([0-9A-F]{2}|\\)")


@dataclass(frozen=True)
class Kernel:
    name: str
    op: str
    registers: int
    spilled: int
    stack: int
    shared: int

    @property
    def local(self):
        return self.spilled + self.stack


def read_kernels(explanation):
    return [Kernel(name, op, *map(int, numbers)) for name, op, _, *numbers in
            (match.groups() for match in map(KERNEL.match, explanation.split("\n")) if match)]


def ptx_faults(ptx, tensor_cores):
    """What is in the text that should not be, and the reverse."""
    for word in ALWAYS + TENSOR_CORES * tensor_cores:
        if word not in ptx:
            yield f"has no {word}"
    for pattern in NEVER:
        found = re.search(pattern, ptx, re.M)
        if found:
            yield f"has '{found[0].strip()}'"


def kernel_faults(kernel, budget):
    """`budget` is (registers, shared bytes) and, for a debt, local bytes."""
    registers, shared, local = (*budget, 0)[:3]
    for got, most, what in ((kernel.registers, registers, "registers"),
                            (kernel.shared, shared, "bytes of shared memory"),
                            (kernel.local, local, "bytes spilled and of stack")):
        if got > most:
            yield f"has {got} {what}, {most} is its budget"


def budget_faults(kernels, budget):
    if budget is None:
        return ["has no budget; run scripts/ptx-budgets.sh"]
    if len(kernels) != len(budget):
        return [f"has {len(kernels)} kernels, but a budget of {len(budget)}; "
                "run scripts/ptx-budgets.sh"]
    return [f"{kernel.name} ({kernel.op}) {fault}" for kernel, most in zip(kernels, budget)
            for fault in kernel_faults(kernel, most)]


def read_budgets(text):
    """{(configuration, chip): [a tuple for each kernel]}."""
    budgets = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, chip, *kernels = line.split()
            budgets[name, chip] = [tuple(map(int, kernel.split("/"))) for kernel in kernels]
    return budgets


def write_budgets(measured):
    def spell(kernel):
        debt = f"/{kernel.local}" if kernel.local else ""
        return f"{kernel.registers}/{kernel.shared}{debt}"
    lines = [" ".join([name, chip, *map(spell, kernels)])
             for (name, chip), kernels in measured.items()]
    return HEAD + "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Result:
    configuration: configurations.Configuration
    chip: str
    kernels: list
    faults: list
    ptx: bytes = b""


def assemble(tool, folder, configuration, chip):
    """Makes PTX, has it assembled, and reads what hip-compile says of both."""
    path = Path(folder) / f"{configuration.name}-{chip}.ptx"
    try:
        explanation = configuration.compile(tool, chip, "--format=ptx", "--explain", "-o", path,
                                            *PTXAS)
    except RuntimeError as error:
        return Result(configuration, chip, [], [str(error)])
    kernels, ptx = read_kernels(explanation.decode()), path.read_bytes()
    faults = list(ptx_faults(ptx.decode(), configuration.uses_tensor_cores))
    faults += [note[1] for note in map(NOTE.match, explanation.decode().split("\n")) if note]
    if not kernels:
        faults.append("hip-compile --explain tells of no kernel; no ptxas?")
    return Result(configuration, chip, kernels, faults, ptx)


def with_threads(build, configuration):
    """The PTX that hip-opt makes, where MLIR uses threads."""
    text = configuration.compile(build / "bin/hip-compile", "sm_90a", "--format=mlir")
    done = subprocess.run([build / "bin/hip-opt", "--hip-to-ptx=chip=sm_90a"], input=text,
                          capture_output=True, check=True)
    literal = re.search(rb'assembly = "([^"]*)"', done.stdout)[1]
    return ESCAPE.sub(lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[1], 16)]), literal)


def repeat_faults(build, result):
    """PTX is the same bytes however often and with whatever threads it is made."""
    again = result.configuration.compile(build / "bin/hip-compile", result.chip, "--format=ptx")
    if again != result.ptx:
        yield "differs when it is made again"
    if with_threads(build, result.configuration) != result.ptx:
        yield "differs when MLIR uses threads"


def run_all(build):
    jobs = [(c, chip) for c in configurations.load() for chip in c.chips]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda job: assemble(build / "bin/hip-compile", folder, *job), jobs))
        again = [r for r in results if r.configuration.everywhere and r.chip == "sm_90a" and r.ptx]
        for result, faults in zip(again, pool.map(lambda r: list(repeat_faults(build, r)), again)):
            result.faults.extend(faults)
    return results


def update(results):
    """Writes the budgets anew; says what grew and what no budget mends."""
    before = read_budgets(BUDGETS.read_text()) if BUDGETS.exists() else {}
    for result in results:
        name = f"{result.configuration.name} {result.chip}"
        budget = before.get((result.configuration.name, result.chip),
                            [(k.registers, k.shared) for k in result.kernels])
        for fault in budget_faults(result.kernels, budget):
            print(f"grows: {name} {fault}")
        for fault in result.faults:
            print(f"FAIL {name}: {fault}")
    BUDGETS.write_text(write_budgets({(r.configuration.name, r.chip): r.kernels for r in results}))


def check(results):
    budgets = read_budgets(BUDGETS.read_text())
    for result in results:
        key = result.configuration.name, result.chip
        result.faults.extend(budget_faults(result.kernels, budgets.pop(key, None)))
        yield " ".join(key), result.faults
    for name, chip in budgets:
        yield f"{name} {chip}", ["has a budget, but is not released; run scripts/ptx-budgets.sh"]


def main(build, counts):
    results = run_all(Path(build))
    if counts == "--update":
        update(results)
        return any(result.faults for result in results)
    checked = list(check(results))
    for name, faults in checked:
        for fault in faults:
            print(f"FAIL {name}: {fault}")
    failed = sum(bool(faults) for _, faults in checked)
    debts = sum(kernel.local > 0 for result in results for kernel in result.kernels)
    print(f"{len(checked) - failed} programs for GPUs are within their budgets, {failed} are not; "
          f"{debts} kernels spill")
    Path(counts).write_text(f"{len(checked) - failed} {failed} 0\n")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[2:]))
