// What the matrix units of this GPU and driver do, before anything relies on
// it: scripts/device-test.sh stops where one of these fails.

#include "test/device/Witness.h"
#include "compiler/Compiler.h"
#include "test/device/DeviceTest.h"

namespace hipc::test {
namespace {

class Witness : public DeviceTest {
protected:
  std::string chip() const { return targetFor(device->capability()); }
  /// What a failure is about, and how to do without.
  std::string about(std::string_view unit, std::string_view name) const {
    int version = device->driver().version();
    return join("the witness ", name, " fails for ", chip(), " on ",
                device->name(), ", CUDA ", version / 1000, ".",
                version % 1000 / 10, " by its driver; ", wayAround(unit), ": ");
  }
};

/// One-hot factors say which row and column each accumulator has met.
TEST_F(Witness, ProductsMeetWhatLayoutsSay) {
  constexpr int kMostFaults = 8; // that are told
  int faults = 0;
  for (const ProductWitness &witness : productWitnesses(chip())) {
    auto call = prepare(witness.program(), witness.inputs(0));
    ASSERT_TRUE(call) << about(witness.unit, witness.name());
    std::vector<std::vector<float>> answers;
    for (int question = 0; question < ProductWitness::kQuestions; ++question) {
      std::vector<OwnedTensor> inputs = witness.inputs(question);
      for (size_t i : {0, 1})
        ASSERT_TRUE(call->update(i, inputs[i]).ok());
      ASSERT_TRUE(call->poison().ok());
      ASSERT_TRUE(call->run().ok());
      auto got = call->download();
      ASSERT_TRUE(got.ok())
          << about(witness.unit, witness.name()) << got.status().message();
      answers.push_back(numbers((*got)[0].view));
    }
    std::string fault = witness.fault(answers);
    EXPECT_TRUE(fault.empty()) << about(witness.unit, witness.name()) << fault;
    faults += !fault.empty();
    if (faults == kMostFaults)
      break;
  }
}

/// Left factors in registers are read before the next iteration's overwrite
/// them.
TEST_F(Witness, SumsOfProductsInALoopAreExact) {
  constexpr int64_t kTiles[] = {1, 2, 3, 24};
  constexpr int kRuns = 3;
  for (const LoopWitness &witness : loopWitnesses(chip()))
    for (int64_t tiles : kTiles) {
      int64_t keys = tiles * witness.columns;
      auto call = prepare(witness.program(), witness.inputs(keys));
      ASSERT_TRUE(call) << about(witness.unit, witness.name());
      for (int run = 0; run < kRuns; ++run) {
        ASSERT_TRUE(call->poison().ok());
        ASSERT_TRUE(call->run().ok());
        auto got = call->download();
        ASSERT_TRUE(got.ok())
            << about(witness.unit, witness.name()) << got.status().message();
        std::string fault = witness.fault(numbers((*got)[0].view), keys);
        ASSERT_TRUE(fault.empty())
            << about(witness.unit, witness.name()) << fault;
      }
    }
}

} // namespace
} // namespace hipc::test
