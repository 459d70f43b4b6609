//===- CSupport.cpp - What is the same in every program in C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CSupport.h"

#include <cassert>

namespace hip_compile {

const std::string_view kHeader =
    R"(/* $NAME$, for NVIDIA GPUs that run $TARGET$.
 * Made by hip-compile $COMPILER$; docs/kernel-abi.md of hip-mlir says more.
 *
 * Arrays, of which sizes and strides count elements; functions in the names of
 * sizes are those of the source:
$SHAPES$ */
#ifndef $GUARD$
#define $GUARD$

#include <cuda.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An array in the memory of the GPU. */
typedef struct $NAME$_array {
  void *data;
  int64_t dim[$RANK$];
  int64_t stride[$RANK$];
} $NAME$_array;

/* The code in one CUDA context. */
typedef struct $NAME$_program {
  CUmodule module;
  CUfunction kernels[$KERNELS$];
  int overlaps; /* whether the driver captures launches that overlap */
} $NAME$_program;

/* Loads the code into the current context. */
CUresult $NAME$_load($NAME$_program *program);
CUresult $NAME$_unload($NAME$_program *program);

/* Null for arrays that $NAME$_launch takes, else what is wrong. Arrays may not
 * overlap, which is not checked. */
const char *$NAME$_check($ALL$);

/* Bytes of workspace that a call needs, at a multiple of $WORK_ALIGNMENT$. It looks at
 * no address. */
int64_t $NAME$_workspace($IN$);

/* Enqueues the work. It neither allocates nor waits, so that it can be captured
 * into a graph; CUDA_ERROR_INVALID_VALUE where $NAME$_check says why. */
CUresult $NAME$_launch(CUstream stream, const $NAME$_program *program,
    $CALL$, void *workspace);

#ifdef __cplusplus
}
#endif

#endif /* $GUARD$ */
)";

const std::string_view kSourceStart = R"(/* See $HEADER$. */
#include "$HEADER$"

#include <math.h>
#include <stddef.h>

static const char *const kernel_names[] = {
$KERNEL_NAMES$};

static const char ptx[] =
$PTX$    "";

/* Sizes of calls are written with these. */
static inline int64_t hip_floordiv(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
static inline int64_t hip_ceildiv(int64_t a, int64_t b) {
  return a / b + (a % b != 0 && (a < 0) == (b < 0));
}
static inline int64_t hip_mod(int64_t a, int64_t b) {
  return a - hip_floordiv(a, b) * b;
}
static inline int64_t hip_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t hip_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t hip_select(int64_t condition, int64_t a, int64_t b) {
  return condition ? a : b;
}
static inline int64_t hip_clz(int64_t a) {
  int64_t bits = 64;
  for (uint64_t rest = (uint64_t)a; rest; rest >>= 1)
    --bits;
  return bits;
}

/* Whether kernels can take it; strides of one entry are not used. */
static int takes(const $NAME$_array *array, int rank, int64_t bytes,
                 int integers, int written) {
  int64_t extent = bytes;
  const int64_t most = INT64_C(1) << 47;
  for (int i = 0; i < rank; ++i)
    if (array->dim[i] < 0 || array->dim[i] > INT32_MAX)
      return 0;
  for (int i = 0; i < rank; ++i)
    if (array->dim[i] == 0)
      return 1;
  int whole = rank > 1 && !integers && array->dim[rank - 1] * bytes % 16 == 0;
  for (int i = 0; i < rank; ++i) {
    const int64_t stride = array->stride[i];
    if (array->dim[i] == 1)
      continue;
    if (stride < (written ? 1 : 0) || stride > most / bytes / array->dim[i] ||
        (i == rank - 1 && stride != 1) ||
        (i < rank - 1 && whole && stride * bytes % 16 != 0))
      return 0;
    extent += (array->dim[i] - 1) * stride * bytes;
  }
  return extent <= most && array->data != NULL &&
         (uintptr_t)array->data % 16 == 0;
}

/* Puts the next array of the workspace; gives where the one after it may be. */
static inline int64_t place(int64_t *offset, int64_t total, int64_t bytes) {
  *offset = total;
  return (total + bytes + $ALIGNMENT$ - 1) / $ALIGNMENT$ * $ALIGNMENT$;
}

static int empty(const int64_t grid[3]) {
  return grid[0] == 0 || grid[1] == 0 || grid[2] == 0;
}

/* What is early may start before the launch before it has ended, which its
 * kernel waits for. */
static CUresult launch(CUfunction kernel, const int64_t grid[3], unsigned x,
                       unsigned y, unsigned z, int64_t shared, CUstream stream,
                       void **parameters, int early) {
  CUlaunchAttribute overlap;
  CUlaunchConfig config;
  if (empty(grid))
    return CUDA_SUCCESS;
  for (int i = 0; i < 3; ++i)
    if (grid[i] < 0 || grid[i] > INT32_MAX)
      return CUDA_ERROR_INVALID_VALUE;
  overlap.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
  overlap.value.programmaticStreamSerializationAllowed = 1;
  config.gridDimX = (unsigned)grid[0];
  config.gridDimY = (unsigned)grid[1];
  config.gridDimZ = (unsigned)grid[2];
  config.blockDimX = x;
  config.blockDimY = y;
  config.blockDimZ = z;
  config.sharedMemBytes = (unsigned)shared;
  config.hStream = stream;
  config.attrs = &overlap;
  config.numAttrs = early != 0;
  return cuLaunchKernelEx(&config, kernel, parameters, NULL);
}
)";

const std::string_view kEncode = R"(
/* A map of an array, for copies by TMA. Strides, in bytes, are of every axis
 * but the innermost, which is the first; those of one entry are not used. */
static CUresult encode(CUtensorMap *map, CUtensorMapDataType type,
                       int64_t bytes, int rank, void *address,
                       const int64_t *sizes, const int64_t *strides,
                       const cuuint32_t *box, CUtensorMapSwizzle swizzle) {
  cuuint64_t count[5], step[5] = {0};
  cuuint32_t every[5] = {1, 1, 1, 1, 1};
  int nothing = 0;
  for (int i = 0; i < rank; ++i)
    nothing |= sizes[i] == 0;
  for (int i = 0; i < rank; ++i)
    count[i] = nothing ? 1 : (cuuint64_t)sizes[i];
  cuuint64_t last = (count[0] * (cuuint64_t)bytes + 15) / 16 * 16;
  for (int i = 1; i < rank; ++i)
    step[i - 1] = last = count[i] == 1 ? last : (cuuint64_t)strides[i - 1];
  return cuTensorMapEncodeTiled(
      map, type, (cuuint32_t)rank, nothing ? (void *)(uintptr_t)64 : address,
      count, step, box, every, CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle,
      CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
}
)";

const std::string_view kSourceEnd = R"(
CUresult $NAME$_load($NAME$_program *program) {
  CUdevice device;
  int most = 0, version = 0;
  program->module = NULL;
  CUresult result = cuDriverGetVersion(&version);
  program->overlaps = version >= 12030;
  if (result == CUDA_SUCCESS)
    result = cuCtxGetDevice(&device);
  if (result == CUDA_SUCCESS)
    result = cuDeviceGetAttribute(
        &most, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device);
  if (result == CUDA_SUCCESS)
    result = cuModuleLoadData(&program->module, ptx);
  for (int i = 0; i < $KERNELS$ && result == CUDA_SUCCESS; ++i) {
    CUfunction *kernel = &program->kernels[i];
    int fixed = 0;
    result = cuModuleGetFunction(kernel, program->module, kernel_names[i]);
    if (result == CUDA_SUCCESS)
      result = cuFuncGetAttribute(&fixed, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES,
                                  *kernel);
    if (result == CUDA_SUCCESS)
      result = cuFuncSetAttribute(
          *kernel, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
          most > fixed ? most - fixed : 0);
  }
  if (result != CUDA_SUCCESS)
    $NAME$_unload(program);
  return result;
}

CUresult $NAME$_unload($NAME$_program *program) {
  CUmodule module = program->module;
  program->module = NULL;
  return module ? cuModuleUnload(module) : CUDA_SUCCESS;
}

const char *$NAME$_check($ALL$) {
$CHECK$  return NULL;
}

static int64_t lay_out(int64_t *offsets$COMMA$$IN$) {
  int64_t total = 0;
  (void)offsets;
$USE$$LAYOUT$  return total;
}

int64_t $NAME$_workspace($IN$) {
  int64_t offsets[$OFFSETS$];
  return lay_out(offsets$COMMA$$IN_NAMES$);
}

CUresult $NAME$_launch(CUstream stream, const $NAME$_program *program,
    $CALL$, void *workspace) {
  int64_t offsets[$OFFSETS$];
  char *work = (char *)workspace;
  CUresult result = CUDA_SUCCESS;
  int follows = 0; /* whether the last thing in the stream is our launch */
  if ($NAME$_check($ALL_NAMES$))
    return CUDA_ERROR_INVALID_VALUE;
  if (lay_out(offsets$COMMA$$IN_NAMES$) > 0 &&
      (!work || (uintptr_t)work % $WORK_ALIGNMENT$ != 0))
    return CUDA_ERROR_INVALID_VALUE;
$STEPS$  (void)follows;
  return result;
}
)";

std::string fill(std::string_view text, const Values &values) {
  std::string filled;
  while (true) {
    size_t start = text.find('$');
    filled += text.substr(0, start);
    if (start == std::string_view::npos)
      return filled;
    size_t end = text.find('$', start + 1);
    std::string_view name = text.substr(start + 1, end - start - 1);
    bool found = false;
    for (const auto &[key, value] : values)
      if (key == name) {
        filled += value;
        found = true;
      }
    assert(found && "a name without a value");
    (void)found;
    text.remove_prefix(end + 1);
  }
}

} // namespace hip_compile
