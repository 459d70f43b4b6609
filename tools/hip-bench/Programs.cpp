//===- Programs.cpp - The MLIR that hip-bench compiles
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

using namespace hipc;

namespace hip_bench {

/// What stands around the operands of an attention op.
struct OpText {
  std::string arguments; ///< of the function, after query, key and value
  std::string name;
  std::string list;       ///< operands after these
  std::string properties; ///< after the operands
  std::string attributes;
};

static std::string arrayType(const ListShape &shape, int64_t heads,
                             std::string_view dtype) {
  return join("tensor<", shape.batch, "x", heads, "x?x", shape.headSize, "x",
              dtype, ">");
}

static std::string program(const OpText &op, const ListShape &shape,
                           std::string_view dtype, std::string_view schedule) {
  std::string query = arrayType(shape, shape.heads, dtype),
              key = arrayType(shape, shape.kvHeads, dtype);
  std::string tuned =
      schedule.empty() ? ""
                       : join(", hip.schedule = #hip.schedule<", schedule, ">");
  return join("func.func @attention(%q: ", query, ", %k: ", key, ", %v: ", key,
              op.arguments, ") -> ", query,
              " {\n  %c2 = arith.constant 2 : index\n"
              "  %t = tensor.dim %q, %c2 : ",
              query, "\n  %e = tensor.empty(%t) : ", query,
              "\n  %o = ", op.name, " ins(%q, %k, %v : ", query, ", ", key,
              ", ", key, ")\n    ", op.list, "outs(%e : ", query, ") ",
              op.properties, " {", op.attributes, tuned, "} -> ", query,
              "\n  return %o : ", query, "\n}\n");
}

static std::string summariesType(const ListShape &shape,
                                 std::string_view dtype) {
  return join("tensor<", shape.batch, "x", shape.kvHeads, "x?x2x",
              shape.headSize, "x", dtype, ">");
}

std::string summariesProgram(const ListShape &shape, std::string_view dtype,
                             int64_t box) {
  std::string key = arrayType(shape, shape.kvHeads, dtype),
              boxes = summariesType(shape, dtype);
  return join("func.func @summaries(%k: ", key, ") -> ", boxes,
              " {\n  %c2 = arith.constant 2 : index\n"
              "  %box = arith.constant ",
              box, " : index\n  %t = tensor.dim %k, %c2 : ", key,
              "\n  %n = arith.divui %t, %box : index\n"
              "  %e = tensor.empty(%n) : ",
              boxes, "\n  %s = hip.summarize ins(%k : ", key,
              ") outs(%e : ", boxes, ") {granule = ", box, "} -> ", boxes,
              "\n  return %s : ", boxes, "\n}\n");
}

std::string policyProgram(const PolicyOptions &options, const ListShape &shape,
                          std::string_view dtype, std::string_view schedule) {
  OpText op;
  if (options.keptBox) {
    std::string boxes = summariesType(shape, dtype);
    op.arguments = join(", %s: ", boxes);
    op.list = join("summaries(%s : ", boxes, ") ");
  }
  op.name = "hip.attention";
  op.properties = join("policy #hip.", options.policy);
  op.attributes = join("sink = ", options.sink, ", window = ", options.window,
                       ", causal, heads = #hip.heads<", options.heads, ">");
  return program(op, shape, dtype, schedule);
}

std::string listProgram(const ListOptions &options, const ListShape &shape,
                        std::string_view dtype, std::string_view schedule) {
  std::string lists =
      join("tensor<", shape.batch, "x", listHeads(options, shape), "x?x");
  std::string blocks = join(lists, lengthOf(options), "xi32>"),
              counts = join(lists, "i32>");
  OpText op;
  op.arguments = join(", %blocks: ", blocks, ", %counts: ", counts);
  op.name = "hip.block_sparse_attention";
  op.list = join("list(%blocks, %counts : ", blocks, ", ", counts, ") ");
  op.properties = join(
      "band #hip.band<block_q = ", options.blockQ, ", chunk = ", options.blockK,
      ", sink = 0, window = 0, causal = ", options.causal ? "true" : "false",
      ">");
  op.attributes = join("block_q = ", options.blockQ,
                       " : i64, block_k = ", options.blockK, " : i64");
  return program(op, shape, dtype, schedule);
}

} // namespace hip_bench
