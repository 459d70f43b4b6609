// Every kind of kernel on a small shape, against the CPU. The suite that
// compute-sanitizer watches.

#include "compiler/Compiler.h"
#include "test/device/DeviceTest.h"

namespace hipc::test {
namespace {

const ListedPolicy kPolicies[] = {
    {"tree", "tree<block_q = 64, block_k = 2, keep = 64>", 64, 2, 32},
    {"treeMean",
     "tree<block_q = 32, block_k = 4, keep = 64, representative = first, "
     "q_stride = 4, reduce = mean>",
     32, 4, 16},
    {"stages", "stages<[(64, 32, 128, 4), (32, 8, 64, 2)], reduce = mean>", 32,
     8, 8},
    {"boxes",
     "boxes<block_q = 32, block_k = 8, levels = [(32, 128)], "
     "keep = 64>",
     32, 8, 8},
    {"union",
     "union<[tree<block_q = 64, block_k = 2, keep = 48>, boxes<block_q = 64, "
     "block_k = 8, levels = [(32, 128)], keep = 16>]>",
     64, 2, 32},
    {"unionOfStages",
     "union<[stages<[(64, 32, 128, 4), (32, 8, 64, 2)]>, "
     "stages<[(64, 16, 64, 1), (32, 4, 32, 1)], reduce = mean>]>",
     32, 4, 24},
    {"window", "window<block_q = 128>", 128, 1, 0},
    {"dense", "dense<block_q = 64>", 64, 1, 0},
};

struct KernelCase {
  ListedPolicy policy;
  DType dtype;
  int64_t rows;
  int64_t keys;
  std::string chip; ///< empty: the device's
};

std::vector<KernelCase> kernelCases() {
  std::vector<KernelCase> cases;
  for (const ListedPolicy &policy : kPolicies)
    for (DType dtype : {DType::F16, DType::F32}) {
      cases.push_back({policy, dtype, 333, 333, ""});
      cases.push_back({policy, dtype, 1, 333, ""});
    }
  for (const ListedPolicy &policy : kPolicies)
    cases.push_back({policy, DType::F16, 150, 333, "sm_80"});
  return cases;
}

class Kernels : public DeviceTest,
                public testing::WithParamInterface<KernelCase> {};

TEST_P(Kernels, AgreeWithTheCpu) {
  const auto &[policy, dtype, rows, keys, chip] = GetParam();
  std::vector<OwnedTensor> inputs;
  inputs.push_back(integers(dtype, {kBatch, kHeads, rows, kSize}, 1));
  inputs.push_back(integers(dtype, {kBatch, kKvHeads, keys, kSize}, 2));
  inputs.push_back(integers(dtype, {kBatch, kKvHeads, keys, kSize}, 3));
  std::string text = policyProgram(policy, dtypeName(dtype));
  auto call = prepare(text, inputs, chip);
  ASSERT_TRUE(call);
  std::vector<OwnedTensor> want = runOnCpu(text, inputs);
  ASSERT_EQ(want.size(), policy.width ? 4u : 2u);
  ASSERT_TRUE(call->run().ok());
  auto got = call->download();
  ASSERT_TRUE(got.ok()) << got.status().message();
  // Values are at most 3: an ulp of f16 there is 2^-9.
  expectNear((*got)[0].view, want[0].view,
             dtype == DType::F16 ? 0x1p-7 : 0x1p-15);
  expectNear((*got)[1].view, want[1].view, 0x1p-13);
  if (policy.width) {
    std::vector<float> counts = numbers((*got)[3].view);
    ASSERT_EQ(counts, numbers(want[3].view));
    std::vector<float> a = numbers((*got)[2].view), b = numbers(want[2].view);
    for (size_t list = 0; list < counts.size(); ++list)
      for (size_t x = 0; x < counts[list]; ++x)
        ASSERT_EQ(a[list * policy.width + x], b[list * policy.width + x])
            << "list " << list << ", entry " << x;
  }
  ASSERT_TRUE(call->poison().ok());
  ASSERT_TRUE(call->run().ok());
  auto again = call->download();
  ASSERT_TRUE(again.ok());
  for (size_t i : {0, 1})
    EXPECT_EQ(numbers((*again)[i].view), numbers((*got)[i].view)); // S22
}

INSTANTIATE_TEST_SUITE_P(All, Kernels, testing::ValuesIn(kernelCases()),
                         [](const auto &info) {
                           const KernelCase &given = info.param;
                           return join(given.policy.name, "_",
                                       dtypeName(given.dtype), "_", given.rows,
                                       given.chip.empty() ? "" : "_",
                                       given.chip);
                         });

struct ViewCase {
  ListedPolicy policy;
  Storage storage;
};

class KernelsOnViews : public DeviceTest,
                       public testing::WithParamInterface<ViewCase> {
protected:
  /// One of keys and values with entries of 200 and 77 rows.
  static void append(Storage storage, unsigned seed,
                     std::vector<OwnedTensor> &inputs) {
    if (storage == Storage::Ragged) {
      inputs.push_back(integers(DType::F16, {277, kKvHeads, kSize}, seed));
      inputs.push_back(words({0, 200, 277}, {3}));
      return;
    }
    inputs.push_back(integers(DType::F16, {20, 16, kKvHeads, kSize}, seed));
    std::vector<int32_t> table;
    for (int32_t i = 0; i < 28; ++i)
      table.push_back((i * 7 + 3) % 20);
    inputs.push_back(words(table, {kBatch, 14}));
    inputs.push_back(words({200, 77}, {kBatch}));
  }
};

TEST_P(KernelsOnViews, AgreeWithTheCpu) {
  const auto &[policy, storage] = GetParam();
  std::vector<OwnedTensor> inputs;
  inputs.push_back(integers(DType::F16, {kBatch, kHeads, 90, kSize}, 1));
  append(storage, 2, inputs);
  append(storage, 3, inputs);
  std::string text = policyProgram(policy, "f16", storage);
  auto call = prepare(text, inputs);
  ASSERT_TRUE(call);
  ASSERT_TRUE(call->run().ok());
  auto got = call->download();
  ASSERT_TRUE(got.ok()) << got.status().message();
  std::vector<OwnedTensor> want = runOnCpu(text, inputs);
  ASSERT_EQ(want.size(), 2u);
  expectNear((*got)[0].view, want[0].view, 0x1p-7);
  expectNear((*got)[1].view, want[1].view, 0x1p-13);
}

std::vector<ViewCase> viewCases() {
  std::vector<ViewCase> cases;
  for (const ListedPolicy &policy : kPolicies)
    for (Storage storage : {Storage::Ragged, Storage::Paged})
      cases.push_back({policy, storage});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(All, KernelsOnViews, testing::ValuesIn(viewCases()),
                         [](const auto &info) {
                           bool ragged = info.param.storage == Storage::Ragged;
                           return info.param.policy.name +
                                  (ragged ? "_ragged" : "_paged");
                         });

class Quotients : public DeviceTest {};

/// A quotient less a number whose low word is 0, as b is for one entry: see
/// passes/gpu/HighProducts.h.
TEST_F(Quotients, LessANumberAgreeWithTheCpu) {
  std::string query = "tensor<2x4x?x64xf16>", key = "tensor<2x2x?x64xf16>";
  std::string text =
      join("func.func @f(%q: ", query, ", %k: ", key, ", %o: ", query, ") -> ",
           query, " {\n  %r = hip.attention ins(%q, %k, %k : ", query, ", ",
           key, ", ", key, ") outs(%o : ", query,
           ") policy #hip.window<block_q = 16> score {\n"
           "  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):\n"
           "    %three = arith.constant 3 : index\n"
           "    %third = arith.divui %j, %three : index\n"
           "    %less = arith.subi %third, %b : index\n"
           "    %number = arith.index_cast %less : index to i64\n"
           "    %x = arith.sitofp %number : i64 to f32\n"
           "    %new = arith.addf %s, %x : f32\n"
           "    hip.yield %new : f32\n  } {sink = 4, window = 16, causal} -> ",
           query, "\n  return %r : ", query, "\n}\n");
  std::vector<OwnedTensor> inputs;
  for (int64_t heads : {4, 2, 4})
    inputs.push_back(integers(DType::F16, {2, heads, 40, 64}, heads));
  auto call = prepare(text, inputs);
  ASSERT_TRUE(call);
  ASSERT_TRUE(call->run().ok());
  auto got = call->download();
  ASSERT_TRUE(got.ok()) << got.status().message();
  expectNear((*got)[0].view, runOnCpu(text, inputs).at(0).view, 0x1p-7);
}

class NoKernels : public DeviceTest {};

/// Sizes that are known to be 0 leave no kernel, and so no code to load.
TEST_F(NoKernels, RunAsNothing) {
  std::string query = "tensor<2x4x0x64xf16>", key = "tensor<2x2x?x64xf16>";
  std::string text = join(
      "func.func @f(%q: ", query, ", %k: ", key, ", %v: ", key, ") -> ", query,
      " {\n  %o = tensor.empty() : ", query,
      "\n  %r = hip.attention ins(%q, %k, %v : ", query, ", ", key, ", ", key,
      ") outs(%o : ", query, ") policy #hip.", kPolicies[0].text,
      " {sink = 32, causal} -> ", query, "\n  return %r : ", query, "\n}\n");
  CompileOptions options;
  options.pipeline = "ptx";
  options.chip = targetFor(device->capability());
  Expected<Package> package = compile(text, options);
  ASSERT_TRUE(package.ok()) << package.status().message() << text;
  EXPECT_TRUE(package->kernels.empty());
  auto executable = cuda::CudaExecutable::create(std::move(*package), device);
  ASSERT_TRUE(executable.ok()) << executable.status().message();
  std::vector<OwnedTensor> arrays;
  arrays.push_back(integers(DType::F16, {2, 4, 0, 64}, 1));
  for (int64_t keys : {9, 9, 8})
    arrays.push_back(integers(DType::F16, {2, 2, keys, 64}, 2));
  std::vector<Tensor> inputs;
  for (int i = 0; i < 3; ++i)
    inputs.push_back(arrays[i].view);
  auto results = cuda::call(**executable, inputs);
  ASSERT_TRUE(results.ok()) << results.status().message();
  EXPECT_TRUE(results->outputs.at(0).view.dims == inputs[0].dims);
  inputs[2] = arrays[3].view;
  EXPECT_EQ(cuda::call(**executable, inputs).status().code(), Code::Invalid);
}

} // namespace
} // namespace hipc::test
