"""The check of PTX itself: each thing that it looks for is a failure where it is."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci/checks"))

import ptx  # noqa: E402

GOOD = """.visible .entry f_kernel_0(
\tldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1}, [%r2];
\tmma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1};
\tcp.async.cg.shared.global [%r1], [%rd1], 16;
\tex2.approx.f32 %f1, %f2;
"""
EXPLANATION = """package 'f' for sm_90a, compiler 0.1.0

kernels, by ptxas 13.0.88
  f_kernel_0: hip.score, 128 threads, 56 registers, 0 bytes spilled, 0 bytes of stack, 36096 bytes \
of shared memory; occupancy 24 of 64 warps (37 %), limited by shared memory
  f_kernel_1: hip.select, 32 threads, 40 registers, 8 bytes spilled, 16 bytes of stack, 0 bytes of \
shared memory; occupancy 32 of 64 warps (50 %), limited by blocks
  ptxas warning : Registers are spilled to local memory in function 'f_kernel_1', 8 bytes
  ptxas info    : (C7508) Potential Performance Loss
"""
KERNEL = ptx.Kernel("f_kernel_0", "hip.score", 56, 0, 0, 36096)


def test_good_text_passes():
    assert list(ptx.ptx_faults(GOOD, True)) == []
    plain = "\n".join(line for line in GOOD.split("\n") if "aligned" not in line)
    assert list(ptx.ptx_faults(plain, False)) == []
    assert len(list(ptx.ptx_faults(plain, True))) == 2


@pytest.mark.parametrize("word", ["ldmatrix", "mma.sync", "cp.async", "ex2.approx"])
def test_a_missing_instruction_fails(word):
    fault, = ptx.ptx_faults(GOOD.replace(word, "nop"), True)
    assert word in fault


@pytest.mark.parametrize("line", ["\tld.local.f32 %f1, [%rd1];", "\tst.local.f32 [%rd1], %f1;",
                                  "\t.local .align 8 .b8 __local_depot0[16];",
                                  "\tcall.uni (retval0), __nv_expf, (param0);",
                                  ".func  (.param .b32 r) f(", ".visible .func f("])
def test_local_memory_and_calls_fail(line):
    assert list(ptx.ptx_faults(GOOD + line + "\n", True))


def test_explanations_are_read():
    kernels = ptx.read_kernels(EXPLANATION)
    assert kernels[0] == KERNEL
    assert kernels[1] == ptx.Kernel("f_kernel_1", "hip.select", 40, 8, 16, 0)
    notes = [note[1] for note in map(ptx.NOTE.match, EXPLANATION.split("\n")) if note]
    assert len(notes) == 1 and "C7508" in notes[0]


def test_budgets_are_upper_bounds():
    assert ptx.budget_faults([KERNEL], [(56, 36096)]) == []
    assert ptx.budget_faults([KERNEL], [(60, 40000)]) == []
    assert "56 registers, 55 is" in ptx.budget_faults([KERNEL], [(55, 36096)])[0]
    assert "36096 bytes of shared memory, 36000 is" in ptx.budget_faults([KERNEL], [(56, 36000)])[0]


def test_spills_fail_but_for_debts():
    spilling = ptx.read_kernels(EXPLANATION)[1]
    fault, = ptx.budget_faults([spilling], [(255, 99999)])
    assert "24 bytes spilled and of stack, 0 is its budget" in fault
    assert ptx.budget_faults([spilling], [(255, 99999, 24)]) == []
    assert len(ptx.budget_faults([spilling], [(255, 99999, 20)])) == 1


def test_budgets_are_for_each_kernel():
    assert "no budget" in ptx.budget_faults([KERNEL], None)[0]
    assert "1 kernels" in ptx.budget_faults([KERNEL], [(56, 36096), (40, 0)])[0]


def test_budgets_are_read_as_they_are_written():
    text = ptx.write_budgets({("a", "sm_80"): [KERNEL, KERNEL],
                              ("b", "sm_90a"): ptx.read_kernels(EXPLANATION)})
    assert ptx.read_budgets(text) == {("a", "sm_80"): [(56, 36096)] * 2,
                                      ("b", "sm_90a"): [(56, 36096), (40, 0, 24)]}
