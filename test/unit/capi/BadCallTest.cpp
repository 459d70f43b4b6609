//===- BadCallTest.cpp - Calls that are refused before they run
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <algorithm>
#include <functional>

namespace hipc_test {
namespace {

/// A right call of a program with lists, for cases to spoil.
struct Call : SmallArrays {
  Call() : blocks({2, 2, 3, 8}, kI32), counts({2, 2, 3}, kI32) {
    in = {&query.tensor, &key.tensor, &value.tensor, &blocks.tensor,
          &counts.tensor};
    outs = {&out.tensor, &lse.tensor};
    inputs = 5;
    outputs = 2;
  }

  void strides(Floats &array, std::initializer_list<int64_t> some) {
    std::ranges::copy(some, spare);
    array.tensor.strides = spare;
  }

  Ints blocks, counts;
  std::vector<const hipc_tensor *> in, outs;
  int32_t inputs, outputs;
  int64_t spare[9] = {};
};

struct CallCase {
  const char *name;
  std::function<void(Call &)> spoil;
  const char *text;
  hipc_code code = HIPC_INVALID;
};

class BadCall : public testing::TestWithParam<CallCase> {
protected:
  static void SetUpTestSuite() {
    EnginePtr engine = makeBareEngine();
    ASSERT_TRUE(engine);
    hipc_attention attention =
        smallAttention("tree<block_q = 32, block_k = 2, keep = 16>");
    attention.window = 8;
    attention.has_lists = attention.returns_lse = 1;
    ASSERT_EQ(hipc_compile_attention(engine.get(), &attention, &program),
              HIPC_OK)
        << hipc_last_error();
  }
  static void TearDownTestSuite() { hipc_program_destroy(program); }

  static hipc_code call(const hipc_program *program, const Call &call) {
    return hipc_run(program, call.in.data(), call.inputs, call.outs.data(),
                    call.outputs, nullptr, 0, nullptr);
  }

  static hipc_program *program;
};
hipc_program *BadCall::program = nullptr;

TEST_P(BadCall, IsRefusedAndWritesNothing) {
  Call right, wrong;
  ASSERT_EQ(call(program, right), HIPC_OK) << hipc_last_error();
  wrong.out.data.assign(wrong.out.data.size(), -7.0f);
  GetParam().spoil(wrong);
  EXPECT_EQ(call(program, wrong), GetParam().code);
  EXPECT_NE(std::string(hipc_last_error()).find(GetParam().text),
            std::string::npos)
      << "'" << GetParam().text << "' is not in: " << hipc_last_error();
  for (float value : wrong.out.data)
    ASSERT_EQ(value, -7.0f);
}

const CallCase kCases[] = {
    {"FewInputs", [](Call &c) { c.inputs = 4; },
     "passes 4 inputs, but the program takes 5"},
    {"NegativeInputs", [](Call &c) { c.inputs = -1; }, "passes -1 inputs"},
    {"NegativeOutputs", [](Call &c) { c.outputs = -3; }, "passes -3 outputs"},
    {"FewOutputs", [](Call &c) { c.outputs = 1; },
     "passes 1 outputs, but the program gives 2"},
    {"NullInput", [](Call &c) { c.in[1] = nullptr; },
     "input 1 is a null pointer"},
    {"NullOutput", [](Call &c) { c.outs[1] = nullptr; },
     "output 1 is a null pointer"},
    {"NullData", [](Call &c) { c.key.tensor.data = nullptr; },
     "is a null pointer; pass its data"},
    {"Offset", [](Call &c) { c.key.tensor.byte_offset = ~uint64_t{0} - 15; },
     "input 1 has byte_offset 18446744073709551600"},
    {"OutputOnInput", [](Call &c) { c.out.tensor.data = c.query.tensor.data; },
     "output 0 at bytes [0x"},
    {"OutputOnEndOfInput",
     [](Call &c) {
       size_t last = c.value.data.size() - 1;
       // Nothing else lies where the output does.
       c.value.data.resize(last + c.lse.data.size());
       c.value.tensor.data = c.value.data.data();
       c.lse.tensor.data = &c.value.data[last];
     },
     "overlaps input 2 at bytes [0x"},
    {"OutputOnOutput", [](Call &c) { c.lse.tensor.data = &c.out.data[5]; },
     "output 1 at bytes [0x"},
    {"OutputRowsOnOthers",
     [](Call &c) { c.strides(c.out, {4 * 96 * 16, 96 * 16, 15, 1}); },
     "so that rows lie on others"},
    {"NullOutputData", [](Call &c) { c.lse.tensor.data = nullptr; },
     "output 1 of shape [2, 4, 96] is a null pointer"},
    {"NullShape", [](Call &c) { c.query.tensor.shape = nullptr; },
     "input 0 has 4 dimensions, but its shape is null"},
    {"Device", [](Call &c) { c.value.tensor.device = {2, 1}; },
     "input 2 is on CUDA device 1, but the program runs on the CPU"},
    {"OtherDevice", [](Call &c) { c.value.tensor.device = {7, 0}; },
     "input 2 is on device type 7 0"},
    {"OutputDevice", [](Call &c) { c.out.tensor.device = {2, 0}; },
     "output 0 is on CUDA device 0"},
    {"UnknownType", [](Call &c) { c.query.tensor.dtype = {5, 64, 1}; },
     "element type (code 5, bits 64, lanes 1)"},
    {"Lanes", [](Call &c) { c.query.tensor.dtype.lanes = 2; }, "lanes 2"},
    {"Type", [](Call &c) { c.query.tensor.dtype = kF16; },
     "input 0 has element type f16, but the program takes f32"},
    {"ListType", [](Call &c) { c.counts.tensor.dtype = {0, 64, 1}; },
     "input 4 has element type i64, but the program takes i32"},
    {"OutputType", [](Call &c) { c.lse.tensor.dtype = kI32; },
     "output 1 has element type i32"},
    {"Rank", [](Call &c) { c.query.tensor.ndim = 3; }, "input 0 has rank 3"},
    {"NegativeRank", [](Call &c) { c.query.tensor.ndim = -1; },
     "has -1 dimensions"},
    {"ManyDimensions", [](Call &c) { c.query.tensor.ndim = 9; },
     "has 9 dimensions, but there are 0 to 8"},
    {"QueryHeads", [](Call &c) { c.query.shape[1] = 3; },
     "input 0 has size 3 in dimension 1, but the program was compiled for 4"},
    {"KvHeads", [](Call &c) { c.key.shape[1] = 1; },
     "input 1 has size 1 in dimension 1, but the program was compiled for 2"},
    {"HeadSize", [](Call &c) { c.value.shape[3] = 8; },
     "input 2 has size 8 in dimension 3"},
    {"NegativeSize", [](Call &c) { c.key.shape[2] = -4; }, "-4"},
    {"HugeSize", [](Call &c) { c.key.shape[2] = int64_t{1} << 62; }, "input 1",
     HIPC_CAPACITY},
    {"Batches", [](Call &c) { c.key.shape[0] = 1; },
     "has 2 in dimension 0; pass equal sizes"},
    {"Keys", [](Call &c) { c.value.shape[2] = 95; }, "pass equal sizes"},
    {"Lists", [](Call &c) { c.counts.shape[2] = 2; }, "input 4"},
    {"ListsOfOtherRows",
     [](Call &c) { c.blocks.shape[2] = c.counts.shape[2] = 2; },
     "input 4 has M = 2 in dimension 2, but input 0 has 96 rows"},
    {"NoLists", [](Call &c) { c.blocks.shape[2] = c.counts.shape[2] = 0; },
     "input 4 has M = 0"},
    {"LastStride",
     [](Call &c) { c.strides(c.query, {4 * 96 * 16, 96 * 16, 16, 2}); },
     "stride 2 in its last dimension"},
    {"NegativeStride",
     [](Call &c) { c.strides(c.query, {4 * 96 * 16, 96 * 16, -16, 1}); },
     "stride -16 in dimension 2"},
    {"BroadcastOutput", [](Call &c) { c.strides(c.out, {0, 96 * 16, 16, 1}); },
     "stride 0 in dimension 0, but the least is 1"},
    {"Unaligned", [](Call &c) { c.query.tensor.byte_offset = 2; },
     "lies 2 bytes past a multiple of 4"},
    {"OutputShape", [](Call &c) { c.out.shape[2] = 95; },
     "has shape [2, 4, 95, 16], but this call gives [2, 4, 96, 16]"},
};
INSTANTIATE_TEST_SUITE_P(, BadCall, testing::ValuesIn(kCases),
                         [](auto &info) { return info.param.name; });

/// Of two faults the first is told: inputs before outputs, and of each array
/// its place, type, sizes and strides. Addresses are last.
const CallCase kTwoFaults[] = {
    {"InputsThenOutputs", [](Call &c) { c.inputs = c.outputs = -1; },
     "passes -1 inputs"},
    {"NullInputThenNullOutput", [](Call &c) { c.in[1] = c.outs[0] = nullptr; },
     "input 1 is a null pointer"},
    {"NullOutputThenFewInputs",
     [](Call &c) {
       c.outs[0] = nullptr;
       c.inputs = 4;
     },
     "output 0 is a null pointer"},
    {"DeviceThenType",
     [](Call &c) {
       c.query.tensor.device = {7, 0};
       c.query.tensor.dtype = {5, 64, 1};
     },
     "input 0 is on device type 7"},
    {"TypeThenRank",
     [](Call &c) {
       c.query.tensor.dtype = {5, 64, 1};
       c.query.tensor.ndim = 9;
     },
     "element type (code 5"},
    {"RankThenShape",
     [](Call &c) {
       c.query.tensor.ndim = 9;
       c.query.tensor.shape = nullptr;
     },
     "has 9 dimensions, but there are 0 to 8"},
    {"SizeThenOffset",
     [](Call &c) {
       c.key.shape[2] = -4;
       c.key.tensor.byte_offset = ~uint64_t{0};
     },
     "negative size"},
    {"InputTypeThenFewOutputs",
     [](Call &c) {
       c.query.tensor.dtype = kF16;
       c.outputs = 1;
     },
     "input 0 has element type f16"},
    {"InputTypeThenInputRank",
     [](Call &c) {
       c.query.tensor.dtype = kF16;
       c.query.tensor.ndim = 3;
     },
     "input 0 has element type f16"},
    {"InputSizeThenInputStride",
     [](Call &c) {
       c.query.shape[1] = 3;
       c.strides(c.query, {4 * 96 * 16, 96 * 16, 16, 2});
     },
     "input 0 has size 3 in dimension 1"},
    {"LastStrideThenSign",
     [](Call &c) { c.strides(c.query, {4 * 96 * 16, 96 * 16, 16, -1}); },
     "stride -1 in its last dimension"},
    {"InputSizesThenOutputType",
     [](Call &c) {
       c.key.shape[0] = 1;
       c.out.tensor.dtype = kI32;
     },
     "has 2 in dimension 0; pass equal sizes"},
    {"FewOutputsThenOutputType",
     [](Call &c) {
       c.outputs = 1;
       c.out.tensor.dtype = kI32;
     },
     "passes 1 outputs"},
    {"OutputShapeThenOutputStride",
     [](Call &c) {
       c.out.shape[2] = 95;
       c.strides(c.out, {0, 96 * 16, 16, 1});
     },
     "has shape [2, 4, 95, 16]"},
    {"OutputShapeThenInputData",
     [](Call &c) {
       c.out.shape[2] = 95;
       c.key.tensor.data = nullptr;
     },
     "has shape [2, 4, 95, 16]"},
    {"InputDataThenOutputData",
     [](Call &c) { c.key.tensor.data = c.lse.tensor.data = nullptr; },
     "input 1 of shape"},
    {"AlignmentThenOverlap",
     [](Call &c) {
       c.lse.tensor.byte_offset = 2;
       c.out.tensor.data = c.query.tensor.data;
     },
     "lies 2 bytes past"},
};
INSTANTIATE_TEST_SUITE_P(TwoFaults, BadCall, testing::ValuesIn(kTwoFaults),
                         [](auto &info) { return info.param.name; });

TEST_F(CapiTest, RefusesNullsToRun) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), smallAttention("dense<block_q = 32>"));
  SmallArrays a;
  const hipc_tensor *out = &a.out.tensor;
  hipc_shape shapes[2];
  auto refuses = [](hipc_code code, std::string_view part) {
    EXPECT_EQ(code, HIPC_INVALID);
    EXPECT_NE(std::string(hipc_last_error()).find(part), std::string::npos)
        << hipc_last_error();
  };
  refuses(hipc_run(nullptr, a.inputs().data(), 3, &out, 1, nullptr, 0, nullptr),
          "'program' is null");
  refuses(hipc_run(program.get(), nullptr, 3, &out, 1, nullptr, 0, nullptr),
          "passes 3 inputs, but their array is null");
  refuses(hipc_run(program.get(), a.inputs().data(), 3, nullptr, 1, nullptr, 0,
                   nullptr),
          "passes 1 outputs, but their array is null");
  refuses(hipc_run_call(nullptr), "'call' is null");
  hipc_call call = {};
  refuses(hipc_run_call(&call), "hipc_call.size is 0; set it to sizeof");
  call.size = sizeof(call);
  refuses(hipc_run_call(&call), "'program' is null");
  call.program = program.get();
  call.input_count = 3;
  refuses(hipc_run_call(&call), "passes 3 inputs, but their array is null");
  refuses(hipc_program_output_shapes(program.get(), a.inputs().data(), 3,
                                     nullptr, 1),
          "'shapes' is null");
  refuses(hipc_program_output_shapes(program.get(), a.inputs().data(), 3,
                                     shapes, 2),
          "room for 2 shapes, but the program has 1 outputs");
  refuses(hipc_program_output_shapes(program.get(), a.inputs().data(), 3,
                                     nullptr, 2),
          "room for 2 shapes");
  refuses(hipc_program_workspace(program.get(), a.inputs().data(), 3, nullptr),
          "'bytes' is null");
  refuses(hipc_program_workspace(nullptr, nullptr, 0, nullptr),
          "'bytes' is null");
}

TEST_F(CapiTest, ShapesNeedNoData) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), smallAttention("dense<block_q = 32>"));
  SmallArrays a;
  for (Floats *array : {&a.query, &a.key, &a.value})
    array->tensor.data = nullptr;
  hipc_shape shape;
  ASSERT_EQ(hipc_program_output_shapes(program.get(), a.inputs().data(), 3,
                                       &shape, 1),
            HIPC_OK)
      << hipc_last_error();
  EXPECT_EQ(shape.ndim, 4);
  EXPECT_EQ(shape.shape[2], 96);
  EXPECT_EQ(shape.dtype.bits, 32);
}

} // namespace
} // namespace hipc_test
