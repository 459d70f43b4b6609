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
 * Each handle is destroyed once: one that has ended is refused, and calls of
 * other threads that use it finish. A child of fork() may use all of it but a
 * GPU that its parent has opened.
 *
 * Two libraries have this interface: libhipc.so, and libhipc-runtime.so, which
 * has no compiler. There hipc_compile(), hipc_compile_attention() and
 * hipc_attention_text() return HIPC_UNSUPPORTED, and programs come from
 * hipc_load(). A process links one of them.
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
  HIPC_INVALID = 1, /* an argument is wrong */
  HIPC_UNSUPPORTED =
      2,              /* right, but not something this build or device can do */
  HIPC_NOT_FOUND = 3, /* a file, symbol, device or driver is missing */
  HIPC_CAPACITY = 4,  /* memory or a buffer is too small */
  HIPC_CORRUPT = 5,   /* stored bytes are damaged */
  HIPC_DEVICE = 6,  /* the device or the operating system reported a failure */
  HIPC_INTERNAL = 7 /* a bug in the compiler or the runtime */
} hipc_code;

/* What was wrong, with both values, and how to mend it, of the last call in
 * this thread that did not return HIPC_OK; "" before the first. Valid until the
 * next such call in this thread. */
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

/* How much a message of the log matters. */
typedef enum hipc_log_level {
  HIPC_LOG_INFO = 0,
  HIPC_LOG_WARNING = 1
} hipc_log_level;
/* Takes a message of an engine: its `log_user`, and a text that is valid
 * during the call. */
typedef void (*hipc_log)(void *user, hipc_log_level level, const char *text);

/* How an engine is made. Zero-initialise, set `size` to sizeof, then what
 * differs from the default. */
typedef struct hipc_engine_options {
  size_t size;
  const char *device; /* "auto" (NULL: a GPU where there is one), "cpu", "cuda",
                         "cuda:1" */
  const char *cache;  /* folder of packages; NULL: $HIPC_CACHE_DIR, else hipc
                       * under the XDG cache folder; "": none. It is native
                       * code: one that others may write to is refused. Not
                       * read by a library without a compiler */
  int64_t
      cache_bytes; /* bound of that folder, oldest use goes first; 0: 1 GiB */
  int32_t threads; /* of the CPU device; 0: one a processor */
  hipc_log log;    /* may be called from any thread and call the library;
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

/* Loaded code, which tensors are given to. */
typedef struct hipc_program hipc_program;

/* Compiles the text of an MLIR module, or takes it from a cache: a program of
 * the same text and target is compiled once. `entry` names a public function;
 * NULL stands for the only one. */
HIPC_API hipc_code hipc_compile(hipc_engine *engine, const char *text,
                                size_t length, const char *entry,
                                hipc_program **program);

/* Loads a package that `hip-compile` made ahead of time: its `length` bytes,
 * which are not needed any more after the call. It is refused where it is
 * damaged, of another format, or for another kind of device, chip or
 * processor. A package is code: load those alone that you trust. */
HIPC_API hipc_code hipc_load(hipc_engine *engine, const void *package,
                             size_t length, hipc_program **program);

/* Which query heads share a list of blocks. */
typedef enum hipc_list_heads {
  HIPC_LISTS_PER_KV_HEAD = 0, /* the default: what kernels share */
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

/* One attention: query [B, Hq, Tq, D], or packed as has_ragged_queries says,
 * keys and values as kv_storage says. Sizes but those of the struct are free at
 * each run, and so are strides (arrays of [B, T, H, D] are given as [B, H, T,
 * D] with theirs); the last dimension is contiguous. Inputs are query, key,
 * value, then offsets, or table and lengths, as kv_storage needs, then k_scale
 * and v_scale [Hkv] (f32) where has_kv_scales is set, then offsets and rows of
 * queries where has_ragged_queries is, then positions where has_positions is,
 * then blocks and counts where has_lists is, then the step and lists where
 * `refresh` is, then what hipc_compile_summaries() gives where has_summaries
 * is, then what the score reads, then scale, sink and window where
 * scale_at_run, sink_at_run and window_at_run are. Offsets and lengths are held
 * to what is stored, and keys of pages that are not there are skipped (S24).
 * Outputs are out [B, Hq, Tq, Dv], then lse [B, Hq, Tq] (f32), then blocks [B,
 * Hs, ceil(Tq / block_q), N] and counts (i32) where asked for; N is keep /
 * block_k, or, where that is above 4096 or keep is all, no more than ceil(Tk /
 * block_k), of which Tk is `total` or max_pages * page where keys are ragged or
 * paged. Zero-initialise and set `size` to sizeof.
 *
 * With `refresh` a call is a step of a decode, which searches a part of the
 * policy where the number of the step is a multiple of the part's interval, and
 * else takes the list that an earlier step has found (S17). The number is an
 * i32 [1] where the arrays are: a graph that was captured of one call serves
 * all steps. The caller adds 1 to it after each, in which the keys of an entry
 * grow by no more than Tq, and sets it to 0 where they are others. Lists are
 * blocks and counts of each part whose interval is above 1, of the shapes that
 * hipc_refresh_shapes() says; they are inputs, and after all others outputs,
 * each of which may be the input itself. What is in them before step 0 does not
 * matter. */
typedef struct hipc_attention {
  size_t size;
  hipc_dtype dtype; /* f16, bf16 or f32 */
  int64_t query_heads, kv_heads, head_size,
      value_size;     /* value_size 0: head_size */
  const char *policy; /* "hip", which is "union<[tree<keep = 448>, boxes<keep =
                         64>]>"; "tree", "tree<keep = 1024>", "dense", ...:
                         what is left out has its default; "auto" is dense
                         where that is faster, else hip (S14d) */
  int64_t sink, window;
  int32_t not_causal; /* 0: a row sees no later keys (S3) */
  hipc_list_heads list_heads;
  int32_t has_scale; /* 0: 1 / sqrt(head_size) */
  float scale;
  float softcap;     /* 0: none; else scores are cap * tanh(score / cap) */
  const char *score; /* region of MLIR text "^bb0(%s: f32, %b: index, %h: index,
                      * %i: index, %j: index): ... hip.yield %t : f32" on each
                      * score, or NULL. What follows %j are inputs: numbers
                      * (f32), and arrays such as tensor<?x?xi32>, that it
                      * looks up by tensor.extract (S18b) */
  int32_t has_lists; /* attends lists that the caller has, of an earlier call or
                      * of its own: i32 block numbers in any order, of which
                      * repeated ones count once and those that are no
                      * candidates (S3) not at all */
  int32_t returns_lse, returns_lists;
  int32_t scale_at_run;  /* the scale is an input, a number: programs for other
                          * scales are not compiled; has_scale is 0 */
  int32_t has_summaries; /* the caller keeps the summaries of its keys (S17b),
                          * so that a call makes none; of a policy with boxes */
  hipc_kv_storage kv_storage;
  int64_t page_size;     /* keys of a page, a power of two; of HIPC_KV_PAGED */
  int32_t has_positions; /* positions [B] (i32) are inputs: of the first row of
                          * each entry, which else is its keys less Tq (S1) */
  hipc_dtype kv_dtype;   /* of keys and values: float8_e4m3fn or float8_e5m2,
                          * read as `dtype` (S23b); all 0: `dtype` itself */
  int32_t has_kv_scales; /* numbers of kv_dtype are times that of their head */
  int32_t sink_at_run;   /* as scale_at_run, an i32; `sink` is 0. A number below
                          * 0 counts as 0, others are rounded up to a multiple
                          * of the policy's chunk (S3) */
  int32_t window_at_run; /* the same, not rounded; `window` is 0 */
  int32_t has_ragged_queries; /* query is [1, Hq, total, D], the rows of all
                               * entries one after another, out [1, Hq, total,
                               * Dv] and lse [1, Hq, total]. Offsets [B + 1]
                               * (i32): entry b has rows offsets[b] up to
                               * offsets[b + 1]. Rows: i32 [Tq, 0], without
                               * numbers (its data may be NULL): an entry has at
                               * most Tq rows (S1b) */
  const int32_t *refresh; /* steps from one search to the next, 1 or more, of
                           * each part of the policy (of "hip" the tree, then
                           * the boxes), or NULL: each call searches (S17) */
  int32_t refresh_count;  /* how many; 0 where `refresh` is NULL */
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
/* Compiles what makes the summaries that an attention like this takes where
 * has_summaries is set. Inputs are key, then offsets where keys are ragged,
 * then k_scale where has_kv_scales is set. Outputs are an array of each level
 * of boxes, in the order of the policy, with the elementwise minimum and
 * maximum of each full box of keys: [B, Hkv, floor(Tk / box), 2, D] (S10b).
 * What is past the full boxes of an entry's own keys may be anything.
 *
 * A box is of its own keys alone: where keys were appended, give those from a
 * multiple of all boxes on, and the outputs from their boxes on. Arrays may
 * have room for more boxes than there are; strides are free.
 *
 * Summaries of pages lie beside these: [P, max(1, page_size / box), Hkv, 2, D],
 * those of a box with the page of its last key (S17b); page_size and boxes
 * divide one another. Inputs are key, table, lengths, k_scale as above, rows:
 * i32 [n, 0], without numbers (its data may be NULL), then an array of each
 * level. Outputs are these arrays, each of which may be the input itself, with
 * the summaries of all boxes that the last n keys of an entry have completed;
 * others stay as they are.
 */
HIPC_API hipc_code hipc_compile_summaries(hipc_engine *engine,
                                          const hipc_attention *attention,
                                          hipc_program **program);
/* Fills in the shapes of the lists that steps of such an attention keep where
 * `refresh` is set: blocks, then counts, of each part whose interval is above
 * 1, for calls of this batch, of so many query rows an entry and of up to so
 * many keys. `shape_count` is twice the number of these parts. */
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
/* What was chosen and why, which needs a compiler, with registers, shared
 * memory and occupancy of kernels; hipc_free(). */
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

/* Checks every argument, then runs. On a GPU it puts the work into `stream` (a
 * CUstream; NULL is the default one) and returns: it does not wait or allocate,
 * so a graph can capture it; `workspace` is aligned to 256 bytes and in use
 * until the work is done. On the CPU it returns when done, and stream and
 * workspace are not read. On an error of the arguments nothing was written.
 *
 * An input that is a number (an f32 or i32 of the MLIR function, or what
 * *_at_run makes one) is a tensor of that type without dimensions in memory of
 * the CPU, whatever the device. It is read before the call returns and passed
 * by value: a captured graph keeps the number it was captured with. */
HIPC_API hipc_code hipc_run(const hipc_program *program,
                            const hipc_tensor *const *inputs,
                            int32_t input_count,
                            const hipc_tensor *const *outputs,
                            int32_t output_count, void *workspace,
                            size_t workspace_bytes, void *stream);

/* The arguments of hipc_run() in a struct, whose size comes first: a caller
 * that passes each at a cost, such as an interpreter, keeps one and changes
 * addresses. */
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
