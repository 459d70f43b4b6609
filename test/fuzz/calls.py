"""Random calls of libhipc.so from C, each run of them in a process of its own.

In the contract, so tried: wrong sizes of structs and arrays, null pointers and handles where the header allows them or the
call can tell, wild enums and counts, tensors of any type, shape, stride and device, text of any bytes, any order of calls,
handles that are used by two threads. Out of it, so left out: pointers to no memory, strings without an end, arrays shorter
than their counts say, handles after they were destroyed, data smaller than shape and strides say.
"""

import ctypes
import sys
import threading
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from finding import Finding  # noqa: E402
from process import SECONDS, fault  # noqa: E402

CALLS = 40
PROCESSES = 8
BATCH = PROCESSES * CALLS
BYTES = 1 << 16
NUMBERS = [0, 1, 2, 3, 4, 7, 8, 16, 64, 128, 1000, 2**20, 2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1, -1, -2, -(2**31),
           -(2**63)]
POLICIES = [b"tree<block_q = 16, block_k = 2, keep = 8>", b"dense<block_q = 16>", b"window<block_q = 1>", b"", b"tree<>",
            b"boxes<block_q = 16, block_k = 2, levels = [(8, 16)], keep = 4>", b"stages<[(16, 4, all, 1)]>", b"\xff\xfe",
            b"union<[tree<block_q = 16, block_k = 2, keep = 8>, stages<[(16, 4, 8, 1)]>]>", b"union<[tree, dense]>", b"auto<tree, until = 8>", b"union<[",
            b"tree<block_q = 16, block_k = 2, keep = 8> {} // ", b"dense<block_q = 99999999999999999999>", b"none", None,
            b"tree<block_q = 0, block_k = 0, keep = 0>", b"dense<block_q = 16>\n\"", b"x" * 5000]
SCORES = [None, None, b"", b"^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):\n hip.yield %s : f32", b"}", b"^bb0:",
          b"hip.yield %s : f32", b"^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):\n %z = arith.constant 0 : index\n"
          b" %d = arith.divsi %i, %z : index\n hip.yield %s : f32"]
# kv_storage and page_size.
STORAGES = [(0, 0)] * 5 + [(1, 0), (2, 4), (2, 1), (2, 3), (2, -(2**63)), (2, 2**62), (0, 4), (3, 0), (-1, 0)]
TEXTS = [b"module {}", b"", b"func.func @f() { return }", b"\0\0\0", b"func.func @f(%a: tensor<?xf32>) -> tensor<?xf32> "
         b"{ return %a : tensor<?xf32> }", b"func.func @f(%a: tensor<2x2xf32>, %b: tensor<2x2xf32>) -> tensor<2x2xf32> "
         b"{ %c = arith.addf %a, %b : tensor<2x2xf32> return %c : tensor<2x2xf32> }", b"HIPCPKG\n", b"(" * 3000]


class Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class Dtype(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device", Device), ("ndim", ctypes.c_int32), ("dtype", Dtype),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
                ("byte_offset", ctypes.c_uint64)]


LOG = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("device", ctypes.c_char_p), ("cache", ctypes.c_char_p),
                ("cache_bytes", ctypes.c_int64), ("threads", ctypes.c_int32), ("log", LOG), ("log_user", ctypes.c_void_p)]


class Attention(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("dtype", Dtype), ("query_heads", ctypes.c_int64), ("kv_heads", ctypes.c_int64),
                ("head_size", ctypes.c_int64), ("value_size", ctypes.c_int64), ("policy", ctypes.c_char_p),
                ("sink", ctypes.c_int64), ("window", ctypes.c_int64), ("not_causal", ctypes.c_int32),
                ("list_heads", ctypes.c_int32), ("has_scale", ctypes.c_int32), ("scale", ctypes.c_float),
                ("softcap", ctypes.c_float), ("score", ctypes.c_char_p), ("has_lists", ctypes.c_int32),
                ("returns_lse", ctypes.c_int32), ("returns_lists", ctypes.c_int32), ("scale_at_run", ctypes.c_int32),
                ("has_summaries", ctypes.c_int32), ("kv_storage", ctypes.c_int32), ("page_size", ctypes.c_int64),
                ("has_positions", ctypes.c_int32), ("kv_dtype", Dtype), ("has_kv_scales", ctypes.c_int32)]


class Shape(ctypes.Structure):
    _fields_ = [("dtype", Dtype), ("ndim", ctypes.c_int32), ("shape", ctypes.c_int64 * 8)]


class Call(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("program", ctypes.c_void_p), ("inputs", ctypes.c_void_p),
                ("outputs", ctypes.c_void_p), ("input_count", ctypes.c_int32), ("output_count", ctypes.c_int32),
                ("workspace", ctypes.c_void_p), ("workspace_bytes", ctypes.c_size_t), ("stream", ctypes.c_void_p)]


class Caller:
    """Random calls; what they are given is kept as long as it may be read."""

    def __init__(self, library, seed):
        self.rng, self.library, self.kept = np.random.default_rng(seed), library, []
        self.engines, self.programs = [], []
        self.memory = ctypes.create_string_buffer(BYTES + 256)

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def chance(self, probability):
        return self.rng.random() < probability

    def number(self, usual):
        return self.pick(NUMBERS) if self.chance(0.12) else usual

    def int32(self, usual):
        return ctypes.c_int32(self.number(usual) & 0xffffffff).value

    def out(self, type_=ctypes.c_void_p):
        """Room for a handle, or NULL."""
        return type_(), not self.chance(0.03)

    def create(self):
        options = Options(self.number(ctypes.sizeof(Options)) % 2**64, self.pick([b"cpu"] * 9 + [None, b"auto", b"cuda", b"tpu",
                          b"cuda:99999999999", b""]), self.pick([b"", None, b"/dev/null", b"/nonexistent/a"]),
                          self.number(0), self.int32(2) if self.chance(0.1) else 2,
                          LOG(lambda *_: None) if self.chance(0.3) else LOG(), None)
        self.kept.append(options)
        handle, given = self.out()
        known = not self.chance(0.03)
        self.library.hipc_engine_create(ctypes.byref(options) if known else None, ctypes.byref(handle) if given else None)
        if handle.value:
            self.engines.append(handle)

    def engine(self):
        return None if not self.engines or self.chance(0.02) else self.pick(self.engines)

    def program(self):
        return None if not self.programs or self.chance(0.02) else self.pick(self.programs)

    def dtype(self):
        usual = self.pick([(2, 32), (2, 16), (4, 16), (0, 32)])
        if self.chance(0.15):
            return Dtype(*(int(x) for x in self.rng.integers(0, 256, 2)), int(self.rng.integers(0, 4)))
        return Dtype(*usual, 1)

    def description(self):
        size = self.pick([16, 32])
        usual = Dtype(2, 32, 1) if self.chance(0.8) else self.dtype()
        return Attention(self.number(ctypes.sizeof(Attention)) % 2**64 if self.chance(0.3) else ctypes.sizeof(Attention), usual,
                         self.number(2), self.number(1), self.number(size), self.number(0),
                         POLICIES[self.pick([0, 0, 5])] if self.chance(0.6) else self.pick(POLICIES), self.number(0), self.number(8),
                         self.int32(0), self.int32(self.pick([0, 1, 2])), self.int32(0),
                         self.pick([0.5, 0, np.inf, np.nan, -1, 1e38]), self.pick([0, 0, 0, 30, -1, np.inf, np.nan, 1e-45]),
                         self.pick(SCORES), self.pick([0, 0, 1]), self.int32(1), self.int32(self.pick([0, 1])),
                         self.pick([0, 0, 0, 1]), self.pick([0, 0, 0, 1]), *self.pick(STORAGES), self.pick([0, 0, 0, 1]))

    def compile_attention(self):
        description = self.description()
        self.kept.append(description)
        handle, given = self.out()
        compiles = (self.library.hipc_compile_summaries if self.chance(0.1) else
                    self.library.hipc_compile_attention)
        compiles(self.engine(), None if self.chance(0.02) else ctypes.byref(description),
                 ctypes.byref(handle) if given else None)
        if handle.value:
            self.programs.append(handle)

    def compile_text(self):
        text = self.pick(TEXTS)
        handle, given = self.out()
        self.library.hipc_compile(self.engine(), None if self.chance(0.03) else text, ctypes.c_size_t(len(text)),
                                  self.pick([None, None, b"f", b"g", b"", b"\xff"]), ctypes.byref(handle) if given else None)
        if handle.value:
            self.programs.append(handle)

    def text_of(self):
        description, text = self.description(), ctypes.c_void_p()
        self.library.hipc_attention_text(ctypes.byref(description), None if self.chance(0.05) else ctypes.byref(text))
        self.library.hipc_free(text)

    def explain(self):
        text = ctypes.c_void_p()
        self.library.hipc_program_explain(self.program(), None if self.chance(0.05) else ctypes.byref(text))
        self.library.hipc_free(text)

    def tensor(self):
        """One whose data is inside `memory` as far as shape and strides say, or has none."""
        ndim = self.pick([4, 4, 4, 3, 5, 0, 1, 2]) if self.chance(0.3) else 4
        size = self.pick([16, 32])
        shape = [1, self.pick([1, 2]), self.pick([1, 2, 5, 20]), size] if ndim == 4 \
            else [int(x) for x in self.rng.integers(0, 6, ndim)]
        shape = [self.number(x) for x in shape]
        strides = None
        if self.chance(0.4):
            strides, step = [], 1
            for length in reversed(shape):
                strides.insert(0, self.number(step))
                step *= max(length, 1)
        tensor = Tensor(ctypes.addressof(self.memory), Device(self.int32(1), self.int32(0)), ndim, self.dtype(),
                        (ctypes.c_int64 * len(shape))(*(wrap(x) for x in shape)),
                        (ctypes.c_int64 * len(shape))(*(wrap(x) for x in strides)) if strides else None, self.pick([0, 0, 0, 4, 64, 1]))
        if not self._inside(shape, strides, tensor.byte_offset):
            tensor.data = None
        if self.chance(0.03):
            tensor.ndim = self.pick([-1, -(2**31)]) if self.chance(0.5) else 0
        self.kept.append(tensor)
        return tensor

    @staticmethod
    def _inside(shape, strides, offset):
        strides = strides or [int(np.prod([abs(x) for x in shape[x + 1:]], dtype=object)) for x in range(len(shape))]
        reach = sum(abs(stride) * max(abs(length) - 1, 0) for length, stride in zip(shape, strides))
        return min([*shape, *strides, 0]) >= 0 and (reach + 1) * 32 + offset <= BYTES

    def tensors(self, count):
        array = (ctypes.POINTER(Tensor) * max(count, 1))()
        for x in range(count):
            if not self.chance(0.03):
                array[x] = ctypes.pointer(self.tensor())
        self.kept.append(array)
        return array

    def counts(self, program):
        """Mostly those of the program."""
        get = self.library.hipc_program_inputs, self.library.hipc_program_outputs
        return [max(function(program), 0) if self.chance(0.9) else self.pick([0, 1, 2, 5]) for function in get]

    def negative(self, count):
        return self.pick([-1, -(2**31)]) if self.chance(0.02) else count

    def shapes(self):
        program = self.program()
        inputs, outputs = self.counts(program)
        room = (Shape * max(outputs, 1))()
        self.library.hipc_program_output_shapes(program, self.tensors(inputs), self.negative(inputs), room,
                                                self.negative(outputs))

    def workspace(self):
        program, size = self.program(), ctypes.c_size_t()
        inputs = self.counts(program)[0]
        self.library.hipc_program_workspace(program, self.tensors(inputs), self.negative(inputs), ctypes.byref(size))

    def run(self):
        program = self.program()
        inputs, outputs = self.counts(program)
        ins, outs = self.tensors(inputs), self.tensors(outputs)
        if self.chance(0.5):
            self.library.hipc_run(program, ins, self.negative(inputs), outs, self.negative(outputs), None,
                                  ctypes.c_size_t(0), None)
            return
        call = Call(self.number(ctypes.sizeof(Call)) % 2**64, program, ctypes.cast(ins, ctypes.c_void_p),
                    ctypes.cast(outs, ctypes.c_void_p), self.negative(inputs), self.negative(outputs), None, 0, None)
        self.library.hipc_run_call(ctypes.byref(call) if not self.chance(0.03) else None)

    def right(self):
        """A call with everything right, so that checks let data pass."""
        program = self.program()
        if not program or self.library.hipc_program_inputs(program) != 3:
            return
        keys = self.pick([0, 1, 7, 40])
        tensors = [Tensor(ctypes.addressof(self.memory), Device(1, 0), 4, Dtype(2, 32, 1), (ctypes.c_int64 * 4)(*shape), None, 0)
                   for shape in ((1, 2, self.pick([0, 1, 5]), 16), (1, 1, keys, 16), (1, 1, keys, 16))]
        inputs = (ctypes.POINTER(Tensor) * 3)(*map(ctypes.pointer, tensors))
        count = self.library.hipc_program_outputs(program)
        shapes = (Shape * count)()
        if self.library.hipc_program_output_shapes(program, inputs, 3, shapes, count):
            return
        outs = []
        for shape in shapes:
            dims = list(shape.shape)[:shape.ndim]
            buffer = ctypes.create_string_buffer(int(np.prod(dims, dtype=np.int64)) * shape.dtype.bits // 8 + 64)
            outs.append((buffer, Tensor((ctypes.addressof(buffer) + 63) // 64 * 64, Device(1, 0), shape.ndim, shape.dtype,
                                        (ctypes.c_int64 * len(dims))(*dims), None, 0)))
        outputs = (ctypes.POINTER(Tensor) * count)(*(ctypes.pointer(tensor) for _, tensor in outs))
        self.library.hipc_run(program, inputs, 3, outputs, count, None, ctypes.c_size_t(0), None)

    def destroy(self):
        if self.chance(0.5) and self.programs:
            self.library.hipc_program_destroy(self.programs.pop(int(self.rng.integers(len(self.programs)))))
        elif self.engines:
            self.library.hipc_engine_destroy(self.engines.pop(int(self.rng.integers(len(self.engines)))))

    def threads(self):
        program = self.program()
        if program:
            calls = [threading.Thread(target=self.library.hipc_program_inputs, args=(program,)),
                     threading.Thread(target=self.right), threading.Thread(target=self.right)]
            for call in calls:
                call.start()
            for call in calls:
                call.join()

    def step(self):
        kinds = [self.create, self.compile_text, self.text_of, self.explain, self.shapes, self.workspace, self.run, self.right,
                 self.destroy, self.threads, self.compile_attention]
        kind = self.create if not self.engines else self.compile_attention if not self.programs else self.pick(kinds)
        kind()
        self.library.hipc_last_error()


def wrap(number):
    return ctypes.c_int64(number & (2**64 - 1)).value


def open_library(path):
    library = ctypes.CDLL(str(path))
    library.hipc_last_error.restype = ctypes.c_char_p
    return library


def main(path, seed):
    caller = Caller(open_library(path), int(seed))
    for _ in range(CALLS):
        caller.step()


def work(tools, rng, folder):
    findings = []
    for _ in range(PROCESSES):
        seed = int(rng.integers(2**62))
        finding = Finding("calls", "", [sys.executable, "-X", "faulthandler", __file__, tools.library, seed], {})
        outcome = finding.run(folder)
        finding.kind, finding.output = fault(outcome), outcome.errors
        if finding.kind:
            last = outcome.errors.split("most recent call first")[-1].strip().split("\n")
            lines = [line.split(" in ")[-1].strip() for line in last if " in " in line][:1]
            finding.kind = f"{finding.kind} ({', '.join(lines)})"
            findings.append(finding)
    return {"inputs": BATCH, "processes": PROCESSES}, findings


if __name__ == "__main__":
    main(*sys.argv[1:])
