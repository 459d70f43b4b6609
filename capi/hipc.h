/*===- hipc.h - Compile and run hip programs from C
 *
 * Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * An engine is a device with its caches, a program is loaded code. Functions
 * may be called from any thread, also on the same handle, and return a
 * hipc_code; hipc_last_error() has the text. A program keeps its engine alive.
 * Each handle is destroyed once: later uses of it are rejected, and calls of
 * other threads that are using it finish. A child of fork() may use everything
 * except a GPU that its parent has opened.
 *
 * Two libraries have this interface: libhipc.so, and libhipc-runtime.so, which
 * has no compiler. In the latter hipc_compile(), hipc_compile_attention() and
 * hipc_attention_text() return HIPC_UNSUPPORTED, and programs come from
 * hipc_load(). A process links one of the two.
 *
 * Tensors are DLTensor of DLPack, whose layout is repeated here: strides count
 * elements, a null `strides` stands for row-major order, `byte_offset` is
 * added to `data`.
 */
#ifndef HIPC_H
#define HIPC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HIPC_API __attribute__((visibility("default")))
#else
#define HIPC_API
#endif

/* The version of this header. Libraries of the same HIPC_ABI are compatible. */
#define HIPC_ABI 2

/* "MAJOR.MINOR.PATCH" of the library. */
HIPC_API const char *hipc_version(void);
/* HIPC_ABI of the library. */
HIPC_API int32_t hipc_abi(void);

/*--- Errors ---------------------------------------------------------------*/

/* What a function returns; hipc_last_error() has the text. */
typedef enum hipc_code {
  HIPC_OK = 0,
  HIPC_INVALID = 1,     /* an argument is wrong */
  HIPC_UNSUPPORTED = 2, /* correct, but this build or device cannot do it */
  HIPC_NOT_FOUND = 3,   /* a file, symbol, device or driver is missing */
  HIPC_CAPACITY = 4,    /* memory or a buffer is too small */
  HIPC_CORRUPT = 5,     /* stored bytes are damaged */
  HIPC_DEVICE = 6,  /* the device or the operating system reported a failure */
  HIPC_INTERNAL = 7 /* a bug in the compiler or the runtime */
} hipc_code;

/* The error of the last call in this thread that did not return HIPC_OK: what
 * was wrong, with both values, and how to fix it; "" before the first. Valid
 * until the next such call in this thread. */
HIPC_API const char *hipc_last_error(void);

/*--- Tensors --------------------------------------------------------------*/

/* Layout of DLDevice. */
typedef struct hipc_device {
  int32_t type; /* kDLCPU = 1, kDLCUDA = 2 */
  int32_t id;
} hipc_device;

/* Layout of DLDataType. */
typedef struct hipc_dtype {
  uint8_t code; /* kDLInt = 0, kDLUInt = 1, kDLFloat = 2, kDLBfloat = 4,
                 * kDLFloat8_e4m3fn = 10, kDLFloat8_e5m2 = 12 */
  uint8_t bits;
  uint16_t lanes; /* 1 */
} hipc_dtype;

/* Layout of DLTensor. */
typedef struct hipc_tensor {
  void *data;
  hipc_device device;
  int32_t ndim;
  hipc_dtype dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} hipc_tensor;

/*--- Engines --------------------------------------------------------------*/

/* A device with its caches of programs. */
typedef struct hipc_engine hipc_engine;

/* How important a message of the log is. */
typedef enum hipc_log_level {
  HIPC_LOG_INFO = 0,
  HIPC_LOG_WARNING = 1
} hipc_log_level;
/* Receives a message of an engine: the engine's `log_user`, and a text that is
 * valid during the call. */
typedef void (*hipc_log)(void *user, hipc_log_level level, const char *text);

/* Options of an engine. Zero-initialise, set `size` to sizeof, then whatever
 * differs from the default. */
typedef struct hipc_engine_options {
  size_t size;
  const char *device;  /* "auto" (NULL: a GPU if there is one), "cpu", "cuda",
                          "cuda:1" */
  const char *cache;   /* folder of packages; NULL: $HIPC_CACHE_DIR, else hipc
                        * under the XDG cache folder; "": none. It holds native
                        * code: a folder that others may write to is rejected.
                        * Not read by a library without a compiler */
  int64_t cache_bytes; /* limit of that folder: what was not used for longest is
                        * removed first; 0: 1 GiB */
  int32_t threads;     /* of the CPU device; 0: one per processor */
  hipc_log log;        /* may be called from any thread and call the library;
                        * NULL: silent */
  void *log_user;
} hipc_engine_options;

/* Opens a device; `options` may be NULL. */
HIPC_API hipc_code hipc_engine_create(const hipc_engine_options *options,
                                      hipc_engine **engine);
/* Ends a handle; programs of the engine stay usable. NULL does nothing. */
HIPC_API void hipc_engine_destroy(hipc_engine *engine);
/* Where programs of the engine run. */
HIPC_API hipc_device hipc_engine_device(const hipc_engine *engine);
/* The chip ("sm_90a") or processor that the engine compiles for; without a
 * compiler, the one to compile packages for (hip-compile --chip, --cpu). Valid
 * as long as the engine. */
HIPC_API const char *hipc_engine_target(const hipc_engine *engine);

/*--- Programs -------------------------------------------------------------*/

/* Loaded code, which is called with tensors. */
typedef struct hipc_program hipc_program;

/* Compiles the text of an MLIR module, or takes the program from a cache: a
 * program with the same text and target is compiled once. `entry` names a
 * public function; NULL stands for the only one. */
HIPC_API hipc_code hipc_compile(hipc_engine *engine, const char *text,
                                size_t length, const char *entry,
                                hipc_program **program);

/* Loads a package that `hip-compile` made ahead of time: its `length` bytes,
 * which are no longer needed after the call. It is rejected if it is damaged,
 * of another format, or for another kind of device, chip or processor. A
 * package is code: load only those that you trust. */
HIPC_API hipc_code hipc_load(hipc_engine *engine, const void *package,
                             size_t length, hipc_program **program);

/* Which query heads share a list of blocks. */
typedef enum hipc_list_heads {
  HIPC_LISTS_PER_KV_HEAD = 0, /* the default, as kernels share keys */
  HIPC_LISTS_PER_QUERY_HEAD = 1,
  HIPC_LISTS_FOR_ALL_HEADS = 2
} hipc_list_heads;

/* How keys and values are stored (S23). */
typedef enum hipc_kv_storage {
  HIPC_KV_CONTIGUOUS = 0, /* key [B, Hkv, Tk, D], value [B, Hkv, Tk, Dv] */
  HIPC_KV_RAGGED = 1,     /* key [total, Hkv, D], value [total, Hkv, Dv], one
                           * entry after another; offsets [B + 1] (i32): entry b
                           * has rows offsets[b] up to offsets[b + 1] */
  HIPC_KV_PAGED = 2       /* key [P, page, Hkv, D], value [P, page, Hkv, Dv];
                           * table [B, max_pages] and lengths [B] (i32): key j of
                           * entry b is row j % page of page table[b, j / page] */
} hipc_kv_storage;

/* One attention: query [B, Hq, Tq, D], or packed with has_ragged_queries, keys
 * and values stored according to kv_storage. Sizes other than those of the
 * struct may differ in each run, and so may strides (pass arrays of [B, T, H,
 * D] as [B, H, T, D] with their strides); the last dimension is contiguous.
 * Zero-initialise and set `size` to sizeof.
 *
 * The inputs are query, key, value, then, in this order:
 *   offsets, or table and lengths     according to kv_storage
 *   k_scale and v_scale [Hkv] (f32)   with has_kv_scales
 *   offsets and rows of queries       with has_ragged_queries
 *   positions                         with has_positions
 *   blocks and counts                 with has_lists
 *   the step, and lists               with `refresh`
 *   summaries                         with has_summaries: the outputs of
 *                                     hipc_compile_summaries()
 *   what the score reads              with `score`
 *   scale, sink, window               with scale_at_run, sink_at_run and
 *                                     window_at_run
 * Offsets and lengths are clamped to what is stored, and keys of pages that do
 * not exist are skipped (S24).
 *
 * The outputs are out [B, Hq, Tq, Dv], then, if requested, lse [B, Hq, Tq]
 * (f32), and blocks [B, Hs, ceil(Tq / block_q), N] and counts (i32). N is
 * keep / block_k, or, if that is above 4096 or keep is all, no more than
 * ceil(Tk / block_k), where Tk is `total` for ragged keys and max_pages * page
 * for paged ones.
 *
 * With `refresh` a call is a decode step. It searches a part of the policy if
 * the number of the step is a multiple of the part's interval, and else uses
 * the list that an earlier step has found (S17). The number is an i32 [1] on
 * the device of the arrays, so that a graph captured from one call serves all
 * steps. The caller adds 1 to it after each step, in which the keys of an entry
 * grow by at most Tq, and sets it to 0 when the keys are replaced. Lists are
 * blocks and counts of each part whose interval is above 1, in the shapes of
 * hipc_refresh_shapes(). They are inputs and, after all others, outputs; each
 * output may be the input itself. Their contents before step 0 do not matter.
 */
typedef struct hipc_attention {
  size_t size;
  hipc_dtype dtype; /* f16, bf16 or f32 */
  int64_t query_heads, kv_heads, head_size,
      value_size; /* value_size 0: head_size */
  const char
      *policy; /* "hip", which is "union<[tree<keep = 448>, boxes<keep =
                  64>]>"; "tree", "tree<keep = 1024>", "dense", ...:
                  parameters that are left out have their defaults;
                  "auto" is dense where that is faster, else hip (S14d) */
  int64_t sink, window;
  int32_t not_causal; /* 0: rows see no later keys (S3) */
  hipc_list_heads list_heads;
  int32_t has_scale; /* 0: 1 / sqrt(head_size) */
  float scale;
  float softcap;     /* 0: none; else scores are cap * tanh(score / cap) */
  const char *score; /* region of MLIR text "^bb0(%s: f32, %b: index, %h: index,
                      * %i: index, %j: index): ... hip.yield %t : f32" on each
                      * score, or NULL. Arguments after %j are inputs: numbers
                      * (f32), and arrays such as tensor<?x?xi32>, which it
                      * reads by tensor.extract (S18b) */
  int32_t has_lists; /* attends lists of the caller, from an earlier call or its
                      * own: i32 block numbers in any order. Repeated ones
                      * count once, and blocks that are not candidates (S3)
                      * are ignored */
  int32_t returns_lse, returns_lists;
  int32_t scale_at_run; /* the scale is an input, a number, so that one program
                         * serves all scales; has_scale is 0 */
  int32_t
      has_summaries; /* the caller keeps the summaries of its keys (S17b),
                      * so that calls compute none; for policies with boxes */
  hipc_kv_storage kv_storage;
  int64_t page_size;     /* keys per page, a power of two; for HIPC_KV_PAGED */
  int32_t has_positions; /* positions [B] (i32) are an input: those of the first
                          * row of each entry. The default is its number of
                          * keys minus Tq (S1) */
  hipc_dtype kv_dtype;   /* of keys and values: float8_e4m3fn or float8_e5m2,
                          * read as `dtype` (S23b); all 0: `dtype` itself */
  int32_t has_kv_scales; /* numbers of kv_dtype are multiplied by the scale of
                          * their head */
  int32_t sink_at_run;   /* like scale_at_run, an i32; `sink` is 0. A number
                          * below 0 counts as 0, others are rounded up to a
                          * multiple of the policy's chunk (S3) */
  int32_t window_at_run; /* the same, not rounded; `window` is 0 */
  int32_t has_ragged_queries; /* query is [1, Hq, total, D], the rows of all
                               * entries one after another, out [1, Hq, total,
                               * Dv] and lse [1, Hq, total]. Offsets [B + 1]
                               * (i32): entry b has rows offsets[b] up to
                               * offsets[b + 1]. Rows: i32 [Tq, 0], without
                               * numbers (its data may be NULL): an entry has at
                               * most Tq rows (S1b) */
  const int32_t *refresh; /* the intervals between searches in steps, 1 or more,
                           * of each part of the policy (of "hip" the tree, then
                           * the boxes), or NULL: each call searches (S17) */
  int32_t refresh_count;  /* how many; 0 if `refresh` is NULL */
} hipc_attention;

/* Type and shape of an array: the first ndim places of `shape` are set. */
typedef struct hipc_shape {
  hipc_dtype dtype;
  int32_t ndim;
  int64_t shape[8];
} hipc_shape;

/* Compiles the attention that the struct describes, or takes it from a
 * cache. */
HIPC_API hipc_code hipc_compile_attention(hipc_engine *engine,
                                          const hipc_attention *attention,
                                          hipc_program **program);
/* Compiles the program that makes the summaries which an attention like this
 * takes with has_summaries. Inputs are key, then offsets if keys are ragged,
 * then k_scale if has_kv_scales is set. Outputs are one array for each level of
 * boxes, in the order of the policy, with the elementwise minimum and maximum
 * of each full box of keys: [B, Hkv, floor(Tk / box), 2, D] (S10b). Entries
 * past the full boxes of a batch entry's own keys are unspecified.
 *
 * A box depends only on its own keys: after appending keys, pass the keys from
 * a multiple of all boxes on, and the outputs from the corresponding boxes on.
 * Arrays may have the capacity for more boxes than there are; strides are free.
 *
 * Summaries of pages are stored beside the pages: [P, max(1, page_size / box),
 * Hkv, 2, D], those of a box with the page of its last key (S17b); of page_size
 * and a box, one divides the other. Inputs are key, table, lengths, k_scale as
 * above, rows: i32 [n, 0], without numbers (its data may be NULL), then an
 * array for each level. Outputs are these arrays, each of which may be the
 * input itself, with the summaries of all boxes that the last n keys of an
 * entry have completed; other entries are left as they are.
 */
HIPC_API hipc_code hipc_compile_summaries(hipc_engine *engine,
                                          const hipc_attention *attention,
                                          hipc_program **program);
/* Fills in the shapes of the lists that steps of such an attention keep with
 * `refresh`: blocks, then counts, of each part whose interval is above 1, for
 * calls with this batch size, `rows` query rows per entry and up to `keys`
 * keys. `shape_count` is twice the number of these parts. */
HIPC_API hipc_code hipc_refresh_shapes(const hipc_attention *attention,
                                       int64_t batch, int64_t rows,
                                       int64_t keys, hipc_shape *shapes,
                                       int32_t shape_count);
/* The module that hipc_compile_attention() compiles, as text; free() it with
 * hipc_free(). */
HIPC_API hipc_code hipc_attention_text(const hipc_attention *attention,
                                       char **text);
/* Frees a text that the library made. NULL does nothing. */
HIPC_API void hipc_free(void *memory);

/* Ends a handle. NULL does nothing. */
HIPC_API void hipc_program_destroy(hipc_program *program);
/* What was chosen and why (this needs a compiler), and the registers, shared
 * memory and occupancy of kernels; free the text with hipc_free(). */
HIPC_API hipc_code hipc_program_explain(const hipc_program *program,
                                        char **text);

/* How many inputs a program takes. */
HIPC_API int32_t hipc_program_inputs(const hipc_program *program);
/* How many outputs it writes. */
HIPC_API int32_t hipc_program_outputs(const hipc_program *program);

/* Fills in the shapes of the outputs for inputs of these shapes, whose data may
 * be NULL. */
HIPC_API hipc_code hipc_program_output_shapes(const hipc_program *program,
                                              const hipc_tensor *const *inputs,
                                              int32_t input_count,
                                              hipc_shape *shapes,
                                              int32_t shape_count);
/* Bytes of scratch memory of a run with such inputs, on the device; 0 on the
 * CPU, which has its own. */
HIPC_API hipc_code hipc_program_workspace(const hipc_program *program,
                                          const hipc_tensor *const *inputs,
                                          int32_t input_count, size_t *bytes);

/* Checks every argument, then runs. On a GPU it enqueues the work in `stream`
 * (a CUstream; NULL is the default one) and returns: it does not wait or
 * allocate, so a graph can capture it; `workspace` is aligned to 256 bytes and
 * in use until the work is done. On the CPU it returns when the work is done,
 * and does not read stream and workspace. If an argument is wrong, nothing is
 * written.
 *
 * An input that is a number (an f32 or i32 of the MLIR function, or one that
 * *_at_run makes an input) is a tensor of that type without dimensions in
 * memory of the CPU, whatever the device. It is read before the call returns
 * and passed by value: a captured graph keeps the number it was captured with.
 */
HIPC_API hipc_code hipc_run(const hipc_program *program,
                            const hipc_tensor *const *inputs,
                            int32_t input_count,
                            const hipc_tensor *const *outputs,
                            int32_t output_count, void *workspace,
                            size_t workspace_bytes, void *stream);

/* The arguments of hipc_run() in a struct, whose size comes first. A caller for
 * which each argument has a cost, such as an interpreter, can reuse one struct
 * and update only the pointers. */
typedef struct hipc_call {
  size_t size;
  const hipc_program *program;
  const hipc_tensor *const *inputs;
  const hipc_tensor *const *outputs;
  int32_t input_count;
  int32_t output_count;
  void *workspace;
  size_t workspace_bytes;
  void *stream;
} hipc_call;
/* hipc_run() with these arguments. */
HIPC_API hipc_code hipc_run_call(const hipc_call *call);

#ifdef __cplusplus
}
#endif

#endif /* HIPC_H */
