"""Good and damaged .npy files for the tests of bad input."""

import struct

import ml_dtypes
import numpy as np

QUERY_SHAPE, KEY_SHAPE = (4, 256, 32), (2, 256, 32)


def npy(header, data=b"", version=1, magic=b"\x93NUMPY"):
    """The bytes of a file with any header text."""
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return magic + bytes([version, 0]) + length + header.encode() + data


def header(descr="'<f4'", order="False", shape="(2, 256, 32)", extra=""):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, {extra}}}\n"


def arrays():
    """Name -> array; q, k and v go together, each other one fails to in one way."""
    rng = np.random.default_rng(1)
    def make(*shape):
        return rng.standard_normal(shape, np.float32)
    q, k, v = make(*QUERY_SHAPE), make(*KEY_SHAPE), make(*KEY_SHAPE)
    return {
        "q": q, "k": k, "v": v, "q4": q[np.newaxis], "k4": k[np.newaxis], "v4": v[np.newaxis],
        "q_batch2": make(2, *QUERY_SHAPE), "rank1": make(8), "rank2": make(4, 8),
        "rank5": make(1, 1, *KEY_SHAPE), "rank0": np.float32(1), "rank9": np.zeros((1,) * 9),
        "k_3heads": make(3, 256, 32), "k_0heads": make(0, 256, 32), "v_1head": make(1, 256, 32),
        "k_d16": make(2, 256, 16), "v_t128": make(2, 128, 32), "k_t128": make(2, 128, 32),
        "k_f16": k.astype(np.float16), "v_f64": v.astype(np.float64),
        "k_bf16": k.astype(ml_dtypes.bfloat16), "q_f64": q.astype(np.float64),
        "q_i32": q.astype(np.int32), "k_i32": k.astype(np.int32), "v_i32": v.astype(np.int32),
        "k_u4": k.astype(np.uint32), "k_c8": k.astype(np.complex64), "k_text": np.array(["a", "b"]),
        "k_big_endian": k.astype(">f4"), "k_fortran": np.asfortranarray(k),
        "k_record": np.zeros((2, 2), [("a", "f4"), ("b", "i4")]),
        "out_t128": make(1, 4, 128, 32), "four": np.arange(4, dtype=np.float32), "five": np.arange(5, dtype=np.float32),
        "four_f16": np.arange(4, dtype=np.float16),
    }


def damaged():
    """Name -> bytes."""
    data = bytes(2 * 256 * 32 * 4)
    good = npy(header(), data)
    return {
        "empty": b"", "magic_only": b"\x93NUMPY", "no_length": good[:9], "cut_header": good[:40],
        "cut_data": good[:-1], "no_data": npy(header()), "trailing": good + b"xyz",
        "zip": b"PK\x03\x04" + bytes(100), "text": b"1.0 2.0 3.0\n4.0 5.0 6.0\n",
        "version9": npy(header(), data, version=9), "not_dict": npy("[1, 2, 3]\n", data),
        "garbage": npy("\x01\x02\x03" * 20, data), "no_shape": npy("{'descr': '<f4', "
                                                                   "'fortran_order': False}", data),
        "no_descr": npy("{'fortran_order': False, 'shape': (2, 2)}", data),
        "unknown_key": npy(header(extra="'colour': 3"), data),
        "negative": npy(header(shape="(2, -256, 32)"), data),
        "huge": npy(header(shape="(4000000000, 4000000000, 4000000000)"), data),
        "claims_more": npy(header(shape="(2, 100000, 32)"), data),
        "open_string": npy("{'descr", data), "order": npy(header(order="Maybe"), data),
        "long_header": npy("x", version=2)[:8] + struct.pack("<I", 1 << 30) + data,
    }


def write_all(folder):
    for name, array in arrays().items():
        np.save(folder / f"{name}.npy", array)
    for name, content in damaged().items():
        (folder / f"{name}.npy").write_bytes(content)
