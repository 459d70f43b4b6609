"""Programs that hip-run refuses, with their arguments and what the message has to contain."""

FOUR = "func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {\n  return %a : tensor<4xf32>\n}\n"
TWO_ENTRIES = FOUR + FOUR.replace("@f", "@g")
TWO_RESULTS = ("func.func @f(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {\n"
               "  return %a, %a : tensor<4xf32>, tensor<4xf32>\n}\n")
ATTENTION = """func.func @f(%q: tensor<{q}>, %k: tensor<{k}>, %v: tensor<{v}>, %o: tensor<{q}>)
    -> tensor<{q}> {{
  %0 = hip.attention ins(%q, %k, %v : tensor<{q}>, tensor<{k}>, tensor<{v}>)
    outs(%o : tensor<{q}>) policy #hip.tree<block_q = 64, block_k = 2, keep = 64>
    {{sink = {sink}, window = 64, causal}} -> tensor<{q}>
  return %0 : tensor<{q}>
}}
"""


def attention(q="1x4x?x32xf32", k="1x2x?x32xf32", v="1x2x?x32xf32", sink=16):
    return ATTENTION.format(q=q, k=k, v=v, sink=sink)


def function(body, arguments="%a: tensor<4xf32>", result="tensor<4xf32>"):
    return f"func.func @f({arguments}) -> {result} {{\n{body}\n}}\n"


def call(*inputs, out=("o",), more=()):
    return [word for name in inputs for word in ("--in", f"{{in}}/{name}.npy")] + \
           [word for name in out for word in ("--out", f"{{out}}/{name}.npy")] + list(more)


ONE = call("four")
FOUR_ARRAYS = call("q4", "k4", "v4", "q4")
RETURN = "  return %a : tensor<4xf32>"

# Name -> (text, arguments, pieces).
TEXTS = {
    "empty": ("", ONE, ["0 public functions"]),
    "garbage": ("\x01\x02 garbage", ONE, ["garbage.mlir:1:1"]),
    "prose": ("This is a program.", ONE, ["prose.mlir:1:1", "'This'", "^"]),
    "open": (FOUR[:-2], ONE, ["open.mlir:", "expected"]),
    "unknown_op": (function("  %0 = hip.attend %a\n" + RETURN), ONE,
                   ["unknown_op.mlir:2:8", "hip.attend"]),
    "unknown_dialect": (function('  "none.op"() : () -> ()\n' + RETURN), ONE,
                        ["unknown_dialect.mlir:2:12", "none"]),
    "undefined": (function("  return %b : tensor<4xf32>"), ONE, ["undefined.mlir:2:10", "%b"]),
    "twice": (FOUR + FOUR, ONE, ["twice.mlir:4:1", "redefinition", "'f'"]),
    "type": (function("  return %a : tensor<5xf32>"), ONE,
             ["type.mlir:2:10", "tensor<5xf32>", "tensor<4xf32>"]),
    "result": (function("  return"), ONE, ["result.mlir:2:3", "0 operands", "returns 1"]),
    "no_return": (function("  %0 = arith.constant 1 : i32"), ONE, ["no_return.mlir:", "terminator"]),
    "bad_type": (FOUR.replace("4xf32", "4xf33"), ONE, ["bad_type.mlir:1", "f33"]),
    "attribute": ("func.func private @f() attributes {p = #hip.tree<block_q = >}", ONE,
                  ["attribute.mlir:1:", "'block_q' has to be an integer"]),
    "unreturned": (function("  %0 = arith.addf %a, %b : tensor<4xf32>\n" + RETURN), ONE, ["%b"]),
    "private": (FOUR.replace("@f", "private @f"), ONE, ["0 public functions"]),
    "declared": ("func.func private @f(tensor<4xf32>)", ONE, ["0 public functions"]),
    "two_entries": (TWO_ENTRIES, ONE, ["2 public functions", "@f, @g", "name it"]),
    "no_entry": (FOUR, [*ONE, "--entry", "h"], ["no public function @h", "@f"]),
    "scalar": (function("  return %a : f32", "%a: f32", "f32"), ONE, ["output 0", "f32", "S24"]),
    "unranked": (function("  return %a : tensor<*xf32>", "%a: tensor<*xf32>", "tensor<*xf32>"), ONE,
                 ["input 0", "tensor<*xf32>", "ranked"]),
    "memref": (function("  return %a : memref<4xf32>", "%a: memref<4xf32>", "memref<4xf32>"), ONE,
               ["input 0", "memref<4xf32>", "S24"]),
    "complex": (FOUR.replace("f32", "complex<f32>"), ONE, ["input 0", "complex<f32>", "S24"]),
    "no_inputs": (FOUR, call(), ["0 inputs", "takes 1", "S24"]),
    "more_inputs": (FOUR, call("four", "four"), ["2 inputs", "takes 1", "S24"]),
    "no_outputs": (FOUR, call("four", out=()), ["1 results", "--out names 0", "S24"]),
    "more_outputs": (FOUR, call("four", out=("o", "p")), ["1 results", "--out names 2", "S24"]),
    "fewer_outputs": (TWO_RESULTS, ONE, ["2 results", "--out names 1", "S24"]),
    "same_outputs": (TWO_RESULTS, call("four", out=("o", "o")), ["{out}/o.npy", "two results"]),
    "full": (TWO_RESULTS, [*ONE, "--out", "/dev/full"], ["/dev/full", "No space left"]),
    "size": (FOUR, call("five"), ["size 5", "compiled for 4", "S24"]),
    "rank": (FOUR, call("rank2"), ["rank 2", "rank 1", "S24"]),
    "dtype": (FOUR, call("four_f16"), ["f16", "f32", "S24"]),
    "cut_input": (FOUR, call("cut_data"), ["cut_data.npy", "truncated"]),
    "heads": (attention(k="1x3x?x32xf32", v="1x3x?x32xf32"), FOUR_ARRAYS,
              ["heads.mlir:3:8", "S1", "3 key heads", "4 query heads"]),
    "head_size": (attention(k="1x2x?x16xf32"), FOUR_ARRAYS,
                  ["S18", "key head size is 16", "query head size is 32"]),
    "batch": (attention(k="2x2x?x32xf32"), FOUR_ARRAYS, ["S1", "key batch is 2", "query batch is 1"]),
    "lengths": (attention(k="1x2x64x32xf32", v="1x2x63x32xf32"), FOUR_ARRAYS,
                ["S18", "number of values is 63", "number of keys is 64"]),
    "types": (attention(k="1x2x?x32xf16"), FOUR_ARRAYS, ["S19", "'f16'", "'f32'"]),
    "sink": (attention(sink=3), FOUR_ARRAYS, ["S3", "sink = 3", "block_k = 2", "use 4"]),
    "sizes_differ": (attention(), call("q4", "k4", "v4", "out_t128"), ["Tq", "128", "256", "S24"]),
}


class Programs(dict):
    """Name -> (arguments, pieces), as the other tables have; `texts` are the files."""
    texts = TEXTS


PROGRAMS = Programs({f"program {name}": ([f"{{in}}/{name}.mlir", *arguments], pieces)
                     for name, (_, arguments, pieces) in TEXTS.items()})
PROGRAMS["program not there"] = (["{in}/none.mlir", *ONE], ["{in}/none.mlir", "No such file"])
PROGRAMS["program is a folder"] = (["{in}", *ONE], ["{in}", "Is a directory"])
