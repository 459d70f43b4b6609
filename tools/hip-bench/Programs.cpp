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

static std::string program(const OpText &op, const ListShape &shape,
                           std::string_view dtype, std::string_view schedule) {
  auto array = [&](int64_t heads) {
    return join("tensor<", shape.batch, "x", heads, "x?x", shape.headSize, "x",
                dtype, ">");
  };
  std::string query = array(shape.heads), key = array(shape.kvHeads);
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

std::string policyProgram(const PolicyOptions &options, const ListShape &shape,
                          std::string_view dtype, std::string_view schedule) {
  OpText op;
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
