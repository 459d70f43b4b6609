//===- Witness.h - What matrix units have to do before they are used -*- C++
//-*-===//
//
// Small kernels whose results say what an instruction has met, on the shapes,
// layouts and types that schedules choose. They are written without a
// schedule's choices, so that whoever runs them knows where an error is.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_TEST_DEVICE_WITNESS_H
#define HIPC_TEST_DEVICE_WITNESS_H

#include "runtime/base/Tensor.h"

#include <string>
#include <vector>

namespace hipc::test {

/// Where a program runs: a CPU has no threads, and no unit to choose.
enum class Place { Gpu, Cpu };

/// A product of matrices, asked four questions: one factor is one-hot, the
/// other one has numbers of its rows or columns, so that each element of the
/// result is the number of what it met.
struct ProductWitness {
  std::string unit; ///< as #hip.schedule names it
  int64_t rows, columns, inner, threads;
  DType dtype = DType::BF16;
  bool held = false; ///< the left factor is in registers
  bool transposed =
      false;             ///< rows of the right factor are the result's columns
  bool swizzled = false; ///< shared memory is; always where wgmma reads it
  int64_t start = 0;     ///< what accumulators have before

  static constexpr int kQuestions = 4;

  std::string name() const;
  std::string program(Place place = Place::Gpu) const;
  /// The factors of a question.
  std::vector<OwnedTensor> inputs(int question) const;
  /// What element (row, column) of its answer has to be.
  float expected(int question, int64_t row, int64_t column) const;
  /// The first element that met something else, and which thread has it in
  /// which register; empty if there is none.
  std::string fault(const std::vector<std::vector<float>> &answers) const;

private:
  int64_t bytesOf(bool left) const;
  int64_t leftAt(int question, int64_t row, int64_t k) const;
  int64_t rightAt(int question, int64_t k, int64_t column) const;
  std::string holder(int64_t row, int64_t column) const;
};

/// A loop of two products, the second of which has the first one's result as
/// its left factor in registers, which the next iteration overwrites. Of small
/// integers, so that all sums are exact.
struct LoopWitness {
  std::string unit;
  int64_t threads, columns, size; ///< of tiles of keys and of rows
  int64_t producers, stages;
  DType dtype = DType::BF16;

  static constexpr int64_t kHeads = 64; ///< thread blocks

  int64_t rows() const { return threads / 2; }
  std::string name() const;
  std::string program(Place place = Place::Gpu) const;
  /// Queries, keys and values.
  std::vector<OwnedTensor> inputs(int64_t keys) const;
  std::vector<float> expected(int64_t keys) const;
  /// The first wrong element; empty if there is none.
  std::string fault(const std::vector<float> &got, int64_t keys) const;
};

/// Those of the units that a chip has.
std::vector<ProductWitness> productWitnesses(std::string_view chip);
std::vector<LoopWitness> loopWitnesses(std::string_view chip);

/// What to set to go without a unit.
std::string wayAround(std::string_view unit);

} // namespace hipc::test

#endif // HIPC_TEST_DEVICE_WITNESS_H
