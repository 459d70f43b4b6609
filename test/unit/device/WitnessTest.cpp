#include "test/device/Witness.h"

#include "compiler/Compiler.h"
#include "dialect/gpu/Chips.h"
#include "runtime/device/Backend.h"
#include "test/device/Programs.h"
#include "tools/support/Ptxas.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

namespace hipc::test {
namespace {

std::string ptxOf(const std::string &program, std::string_view chip) {
  CompileOptions options;
  options.pipeline = "ptx";
  options.chip = chip;
  Expected<Package> package = compile(program, options);
  EXPECT_TRUE(package.ok()) << package.status().message() << program;
  return package ? package->blobs.at(0).bytes : std::string();
}

/// The forms of instructions that multiply, without registers.
std::set<std::string> productsIn(const std::string &ptx) {
  const std::regex product("(wgmma.mma_async\\S*) \\{[^}]*\\}, "
                           "(left|\\{)[^;]*, (\\d+);|(mma\\.sync\\S*)");
  std::set<std::string> forms;
  for (std::sregex_iterator at(ptx.begin(), ptx.end(), product), end; at != end;
       ++at) {
    const std::smatch &match = *at;
    forms.insert(match[4].matched
                     ? match[4].str()
                     : join(match[1].str(), match[2] == "{" ? " held" : "",
                            match[3] == "1" ? " columns" : ""));
  }
  return forms;
}

std::string instructionOf(const ProductWitness &witness) {
  std::string_view type = dtypeName(witness.dtype);
  if (witness.unit == "mma_sync")
    return join("mma.sync.aligned.m16n8k16.row.col.f32.", type, ".", type,
                ".f32");
  return join("wgmma.mma_async.sync.aligned.m64n", witness.columns, "k16.f32.",
              type, ".", type, witness.held ? " held" : "",
              witness.transposed ? "" : " columns");
}

device::ExecutableRef loadOnCpu(const std::string &program) {
  static std::unique_ptr<device::Backend> cpu =
      std::move(*device::createCpu(1));
  Expected<Package> package = compile(program, optionsFor(""));
  EXPECT_TRUE(package.ok()) << package.status().message() << program;
  return package ? std::move(*cpu->load(std::move(*package))) : nullptr;
}

std::vector<float> runOnCpu(const device::Executable &program,
                            std::span<const OwnedTensor> inputs) {
  std::vector<Tensor> views;
  for (const OwnedTensor &input : inputs)
    views.push_back(input.view);
  auto results = program.call(views, 1);
  EXPECT_TRUE(results.ok()) << results.status().message();
  return results ? numbers(results->outputs[0].view) : std::vector<float>();
}

/// Assembles where there is a ptxas, which has nothing to say but of spills.
void expectAssembles(const std::string &ptx, std::string_view chip,
                     const std::string &name) {
  static const auto ptxas = hip_tool::Ptxas::find("");
  if (!ptxas)
    return;
  auto made = ptxas->assemble(ptx, std::string(chip));
  ASSERT_TRUE(made.ok()) << name << ": " << made.status().message();
  for (const std::string &note : made->notes)
    EXPECT_TRUE(note.find("pill") != note.npos ||
                note.find("Local") != note.npos)
        << name << ": " << note;
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

/// Each product is by the instruction that it is about, and assembles.
TEST(ProductWitnesses, AreByTheirInstruction) {
  std::set<std::string> names;
  for (const ProductWitness &witness : productWitnesses("sm_90a")) {
    EXPECT_TRUE(names.insert(witness.name()).second) << witness.name();
    std::string ptx = ptxOf(witness.program(), "sm_90a");
    EXPECT_EQ(productsIn(ptx), std::set{instructionOf(witness)})
        << witness.name();
    expectAssembles(ptx, "sm_90a", witness.name());
  }
}

/// What a chip does not have is not asked for.
TEST(ProductWitnesses, AreThoseOfTheChip) {
  constexpr size_t kEvery = 12;
  for (const mlir::hip::Chip &chip : mlir::hip::kChips) {
    std::vector<ProductWitness> all = productWitnesses(std::string(chip.name));
    EXPECT_GT(all.size(), kEvery);
    for (size_t i = 0; i < all.size(); ++i)
      EXPECT_TRUE(chip.wgmma || all[i].unit == "mma_sync") << all[i].name();
    for (const LoopWitness &loop : loopWitnesses(std::string(chip.name)))
      EXPECT_TRUE(chip.wgmma || loop.unit == "mma_sync") << loop.name();
    for (size_t i = 0; !chip.wgmma && i < all.size(); i += kEvery)
      expectAssembles(ptxOf(all[i].program(), std::string(chip.name)),
                      std::string(chip.name), all[i].name());
  }
}

/// Those of warps that copy for others start a product beside the next one.
TEST(LoopWitnesses, KeepTheLeftFactorInRegisters) {
  for (const LoopWitness &witness : loopWitnesses("sm_90a")) {
    std::string ptx = ptxOf(witness.program(), "sm_90a");
    std::set<std::string> forms = productsIn(ptx);
    if (witness.unit == "wgmma") {
      EXPECT_EQ(forms.size(), 2u) << witness.name();
      EXPECT_TRUE(std::ranges::any_of(forms, [](const std::string &form) {
        return form.ends_with(" held columns");
      })) << witness.name();
    }
    bool overlaps = ptx.find("wgmma.wait_group.sync.aligned 1;") != ptx.npos;
    EXPECT_EQ(overlaps, witness.producers > 0) << witness.name();
    expectAssembles(ptx, "sm_90a", witness.name());
  }
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

std::vector<std::vector<float>> answersOnCpu(const ProductWitness &witness) {
  std::vector<std::vector<float>> answers;
  device::ExecutableRef program = loadOnCpu(witness.program(Place::Cpu));
  for (int question = 0; question < ProductWitness::kQuestions; ++question)
    answers.push_back(runOnCpu(*program, witness.inputs(question)));
  return answers;
}

/// A CPU multiplies the same matrices.
TEST(ProductWitnesses, HaveTheAnswersOfACpu) {
  constexpr size_t kEvery = 17;
  std::vector<ProductWitness> all = productWitnesses("sm_90a");
  for (size_t i = 0; i < all.size(); i += kEvery)
    EXPECT_EQ(all[i].fault(answersOnCpu(all[i])), "") << all[i].name();
}

TEST(LoopWitnesses, HaveTheAnswersOfACpu) {
  LoopWitness witness{"wgmma", 32, 48, 64, 0, 2};
  device::ExecutableRef program = loadOnCpu(witness.program(Place::Cpu));
  for (int64_t keys : {48, 144})
    EXPECT_EQ(witness.fault(runOnCpu(*program, witness.inputs(keys)), keys),
              "");
}

std::vector<std::vector<float>> rightAnswers(const ProductWitness &witness) {
  std::vector<std::vector<float>> answers(ProductWitness::kQuestions);
  for (int question = 0; question < ProductWitness::kQuestions; ++question)
    for (int64_t row = 0; row < witness.rows; ++row)
      for (int64_t column = 0; column < witness.columns; ++column)
        answers[question].push_back(witness.expected(question, row, column));
  return answers;
}

/// Two columns that change places, as by a wrong swizzle.
TEST(ProductWitnesses, SayWhatWasMetInstead) {
  ProductWitness witness{"wgmma", 64, 32, 16, 128};
  std::vector<std::vector<float>> answers = rightAnswers(witness);
  EXPECT_EQ(witness.fault(answers), "");
  for (std::vector<float> &answer : answers)
    for (int64_t row = 24; row < 64; ++row)
      std::swap(answer[row * 32 + 11], answer[row * 32 + 27]);
  // Row 24 is the second half of warp 1's rows, and column 11 its lane 1's.
  EXPECT_EQ(witness.fault(answers),
            "element (24, 11), register 7 of thread 33, met column of B 27 and "
            "not 11");
  answers[1][0] = -0.5;
  EXPECT_EQ(witness.fault(answers),
            "element (0, 0), register 0 of thread 0, met no column of B (-0.5) "
            "and not 0");
  answers = rightAnswers(witness);
  answers[2][0] = 18;
  EXPECT_EQ(witness.fault(answers),
            "element (0, 0), register 0 of thread 0, met row of A 17 and not "
            "0");
}

TEST(LoopWitnesses, SayWhichSumIsWrong) {
  LoopWitness witness{"wgmma", 128, 64, 64, 0, 2};
  std::vector<float> got = witness.expected(64);
  EXPECT_EQ(witness.fault(got, 64), "");
  // Sums differ, or an error could not be seen.
  EXPECT_GT(std::set(got.begin(), got.end()).size(), 100u);
  EXPECT_NE(got, witness.expected(128));
  int64_t at = (2 * 64 + 5) * 64 + 7;
  float right = got[at];
  got[at] += 3;
  got.back() += 1;
  std::string fault = witness.fault(got, 64);
  EXPECT_TRUE(fault.starts_with(
      "2 of 262144 sums over 64 keys are wrong, the first one in thread block "
      "2 at (5, 7): "))
      << fault;
  EXPECT_TRUE(fault.ends_with(join(" and not ", static_cast<int64_t>(right))))
      << fault;
}

TEST(Witnesses, SayWhatGoesWithoutTheUnit) {
  EXPECT_NE(wayAround("wgmma").find("`unit = mma_sync` in #hip.schedule"),
            std::string::npos);
  EXPECT_NE(wayAround("mma_sync").find("`unit = fma`"), std::string::npos);
}

} // namespace
} // namespace hipc::test
