/*===- attention.c - Dense and pruned attention from C
 *
 * Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Runs dense attention and checks some rows of it number by number. Then the
 * union of a tree and boxes, which may keep every key here and has to give the
 * same bits, and one that keeps 64 keys, whose distance from dense attention it
 * prints.
 */
#include <hipc.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADS = 8, KV_HEADS = 2, ROWS = 512, SIZE = 64 };

static void must(hipc_code code) {
  if (code == HIPC_OK)
    return;
  fprintf(stderr, "error %d: %s\n", code, hipc_last_error());
  exit(1);
}

typedef struct Array {
  float *data;
  int64_t shape[4];
  hipc_tensor tensor;
} Array;

/* An array [1, heads, ROWS, SIZE] on the CPU. */
static void makeArray(Array *array, int64_t heads, unsigned seed) {
  size_t count = (size_t)heads * ROWS * SIZE;
  int64_t shape[4] = {1, heads, ROWS, SIZE};
  hipc_device cpu = {1, 0};
  hipc_dtype f32 = {2, 32, 1};
  memset(&array->tensor, 0, sizeof(array->tensor));
  memcpy(array->shape, shape, sizeof(shape));
  array->data = malloc(count * sizeof(float));
  if (!array->data)
    exit(1);
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    array->data[i] = (float)(seed >> 8) / (1 << 23) - 1.0f;
  }
  array->tensor.data = array->data;
  array->tensor.device = cpu;
  array->tensor.ndim = 4;
  array->tensor.dtype = f32;
  array->tensor.shape = array->shape;
}

static void attend(hipc_engine *engine, const char *policy, const Array in[3],
                   Array *out) {
  hipc_attention attention = {0};
  hipc_program *program = NULL;
  const hipc_tensor *inputs[3], *outputs[1];
  for (int i = 0; i < 3; ++i)
    inputs[i] = &in[i].tensor;
  outputs[0] = &out->tensor;
  attention.size = sizeof(attention);
  attention.dtype = in[0].tensor.dtype;
  attention.query_heads = HEADS;
  attention.kv_heads = KV_HEADS;
  attention.head_size = SIZE;
  attention.policy = policy;
  attention.sink = 64;
  attention.window = 64;
  must(hipc_compile_attention(engine, &attention, &program));
  must(hipc_run(program, inputs, 3, outputs, 1, NULL, 0, NULL));
  hipc_program_destroy(program);
}

static double dot(const float *a, const float *b) {
  double sum = 0;
  for (int d = 0; d < SIZE; ++d)
    sum += (double)a[d] * b[d];
  return sum;
}

/* The greatest error of one row of dense causal attention. */
static double rowError(const Array in[3], const float *out, int head, int row) {
  double sums[SIZE] = {0}, total = 0, worst = 0;
  int kv = head / (HEADS / KV_HEADS) * ROWS;
  for (int key = 0; key <= row; ++key) {
    size_t place = (size_t)(kv + key) * SIZE;
    size_t query = (size_t)(head * ROWS + row) * SIZE;
    double weight =
        exp(dot(in[0].data + query, in[1].data + place) / sqrt(SIZE));
    total += weight;
    for (int d = 0; d < SIZE; ++d)
      sums[d] += weight * in[2].data[place + d];
  }
  for (int d = 0; d < SIZE; ++d)
    worst = fmax(worst, fabs(sums[d] / total -
                             out[(size_t)(head * ROWS + row) * SIZE + d]));
  return worst;
}

int main(void) {
  hipc_engine_options options = {0};
  hipc_engine *engine = NULL;
  Array in[3], dense, same, few;
  size_t bytes = (size_t)HEADS * ROWS * SIZE * sizeof(float);
  double worst = 0, distance = 0;
  options.size = sizeof(options);
  options.device = "cpu";
  must(hipc_engine_create(&options, &engine));
  printf("hipc %s on %s\n", hipc_version(), hipc_engine_target(engine));

  makeArray(&in[0], HEADS, 1);
  makeArray(&in[1], KV_HEADS, 2);
  makeArray(&in[2], KV_HEADS, 3);
  makeArray(&dense, HEADS, 4);
  makeArray(&same, HEADS, 5);
  makeArray(&few, HEADS, 6);
  attend(engine, "dense<block_q = 64>", in, &dense);
  attend(engine, "hip", in, &same);
  attend(engine, "union<[tree<keep = 48>, boxes<keep = 16>]>", in, &few);

  for (int head = 0; head < HEADS; ++head)
    for (int row = 0; row < ROWS; row += 37)
      worst = fmax(worst, rowError(in, dense.data, head, row));
  for (size_t i = 0; i < bytes / sizeof(float); ++i)
    distance = fmax(distance, fabs((double)few.data[i] - dense.data[i]));
  printf("dense: error %.1e; a union of all keys: %s; of 64 keys: %.3f away\n",
         worst, memcmp(dense.data, same.data, bytes) ? "differs" : "same bits",
         distance);
  if (worst > 1e-5 || memcmp(dense.data, same.data, bytes) != 0 ||
      distance == 0 || distance > 1)
    return 1;

  for (int i = 0; i < 3; ++i)
    free(in[i].data);
  free(dense.data);
  free(same.data);
  free(few.data);
  hipc_engine_destroy(engine);
  return 0;
}
