/* A driver that writes the module to module.ptx and prints each launch, a line:
 * the kernel, its sizes and its parameters. FORMS has, for each kernel in the
 * order of its module, a letter for each parameter: p(ointer), i(nteger),
 * f(loat), m(ap). */
#include "cuda.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct CUfunc_st {
  char name[64];
  const char *form;
} kernels[64];
static struct CUmod_st {
  int kernels;
} module;

/* $VERSION, else 13000. */
CUresult cuDriverGetVersion(int *version) {
  *version = getenv("VERSION") ? atoi(getenv("VERSION")) : 13000;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device) { return *device = 0; }
CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  *value = 232448;
  return attribute != CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN ||
         device != 0;
}

CUresult cuModuleLoadData(CUmodule *loaded, const void *image) {
  FILE *file = fopen("module.ptx", "w");
  fputs(image, file);
  fclose(file);
  *loaded = &module;
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule loaded) { return loaded != &module; }

CUresult cuModuleGetFunction(CUfunction *function, CUmodule loaded,
                             const char *name) {
  static const char *rest;
  struct CUfunc_st *kernel = &kernels[loaded->kernels++];
  if (!rest)
    rest = getenv("FORMS");
  strncpy(kernel->name, name, sizeof(kernel->name) - 1);
  kernel->form = rest;
  rest += strcspn(rest, " ");
  rest += *rest == ' ';
  *function = kernel;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int *value, int attribute, CUfunction function) {
  *value = 1024;
  return attribute != CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES || !function;
}

CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value) {
  printf("shared %s %d\n", function->name, value);
  return attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
}

CUresult cuTensorMapEncodeTiled(CUtensorMap *map, CUtensorMapDataType type,
                                cuuint32_t rank, void *address,
                                const cuuint64_t *sizes,
                                const cuuint64_t *strides,
                                const cuuint32_t *box, const cuuint32_t *steps,
                                int interleave, CUtensorMapSwizzle swizzle,
                                int promotion, int fill) {
  uint64_t *to = map->opaque;
  *to++ = (uint64_t)type << 32 | rank << 16 | (unsigned)swizzle << 8;
  *to++ = (uint64_t)(uintptr_t)address;
  for (unsigned i = 0; i < rank; ++i)
    *to++ = sizes[i];
  for (unsigned i = 0; i + 1 < rank; ++i)
    *to++ = strides[i];
  for (unsigned i = 0; i < rank; ++i)
    *to++ = box[i] * (steps[i] == 1);
  return interleave != 0 || promotion != 3 || fill != 0;
}

/* Whether it may start early is a number more, 1 or 0. */
CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction function,
                          void **parameters, void **extra) {
  int early = 0;
  for (unsigned i = 0; i < config->numAttrs; ++i)
    if (config->attrs[i].id ==
        CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION)
      early = config->attrs[i].value.programmaticStreamSerializationAllowed;
  printf("launch %s %u %u %u %u %u %u %u %d", function->name, config->gridDimX,
         config->gridDimY, config->gridDimZ, config->blockDimX,
         config->blockDimY, config->blockDimZ, config->sharedMemBytes, early);
  for (int i = 0; function->form[i] && function->form[i] != ' '; ++i) {
    uint64_t word = 0;
    switch (function->form[i]) {
    case 'f':
      printf(" %a", *(float *)parameters[i]);
      break;
    case 'm':
      for (int j = 0; j < 16; ++j)
        printf("%c%" PRIu64, j ? ',' : ' ',
               ((CUtensorMap *)parameters[i])->opaque[j]);
      break;
    default:
      memcpy(&word, parameters[i], sizeof(word));
      printf(" %" PRId64, (int64_t)word);
    }
  }
  printf("\n");
  return config->hStream != NULL || extra != NULL;
}

CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                           CUstream stream) {
  printf("copy %llu %llu %zu\n", to, from, bytes);
  return stream != NULL;
}
