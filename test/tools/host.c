/* Loads packages and runs them through either library: host MODE [FILE...]
 *
 *   run PACKAGE OUT   writes the outputs' bytes
 *   attention OUT     the same of a program that the library compiles
 *   load PACKAGE      loads alone, on $HOST_DEVICE
 *   compile           asks for everything that needs a compiler
 *
 * Ends with the code of what failed.
 */
#include <hipc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kHeads = 8, kKvHeads = 2, kRows = 300, kSize = 64 };

static int failed(hipc_code code, const char *what) {
  if (code != HIPC_OK)
    printf("%s: %d %s\n", what, code, hipc_last_error());
  return code;
}

static char *read(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file)
    exit(100);
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  char *bytes = malloc(*size + 1);
  if (fread(bytes, 1, *size, file) != *size)
    exit(101);
  fclose(file);
  return bytes;
}

static float *numbers(size_t count, uint32_t seed) {
  float *made = malloc(count * sizeof(float));
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525 + 1013904223;
    made[i] = (float)(seed >> 8) / (1 << 22) - 2;
  }
  return made;
}

static hipc_tensor array(void *data, int64_t *shape) {
  hipc_tensor tensor = {data, {1, 0}, 4, {2, 32, 1}, shape, NULL, 0};
  return tensor;
}

static int run(const hipc_program *program, const char *path) {
  int64_t many[] = {1, kHeads, kRows, kSize},
          few[] = {1, kKvHeads, kRows, kSize};
  hipc_tensor in[] = {array(numbers(kHeads * kRows * kSize, 1), many),
                      array(numbers(kKvHeads * kRows * kSize, 2), few),
                      array(numbers(kKvHeads * kRows * kSize, 3), few)};
  const hipc_tensor *inputs[] = {&in[0], &in[1], &in[2]};
  hipc_shape shapes[4];
  hipc_tensor out[4];
  const hipc_tensor *outputs[4];
  size_t bytes[4];
  int count = hipc_program_outputs(program);
  if (failed(hipc_program_output_shapes(program, inputs, 3, shapes, count),
             "shapes"))
    return hipc_program_output_shapes(program, inputs, 3, shapes, count);
  for (int i = 0; i < count; ++i) {
    bytes[i] = shapes[i].dtype.bits / 8;
    for (int d = 0; d < shapes[i].ndim; ++d)
      bytes[i] *= shapes[i].shape[d];
    hipc_tensor made = {calloc(bytes[i], 1),
                        {1, 0},
                        shapes[i].ndim,
                        shapes[i].dtype,
                        shapes[i].shape,
                        NULL,
                        0};
    out[i] = made;
    outputs[i] = &out[i];
  }
  hipc_code code = hipc_run(program, inputs, 3, outputs, count, NULL, 0, NULL);
  if (failed(code, "run"))
    return code;
  FILE *file = fopen(path, "wb");
  for (int i = 0; i < count; ++i)
    fwrite(out[i].data, 1, bytes[i], file);
  return fclose(file);
}

static hipc_attention attention(void) {
  hipc_attention made = {0};
  made.size = sizeof(made);
  made.dtype.code = 2;
  made.dtype.bits = 32;
  made.dtype.lanes = 1;
  made.query_heads = kHeads;
  made.kv_heads = kKvHeads;
  made.head_size = kSize;
  made.policy = "hip";
  made.sink = made.window = 64;
  return made;
}

static int compile(hipc_engine *engine) {
  const char *text = "func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> { "
                     "return %a : tensor<4xf32> }";
  hipc_attention what = attention();
  hipc_program *program = (hipc_program *)text;
  char *written = (char *)text;
  int code = failed(hipc_compile(engine, text, strlen(text), NULL, &program),
                    "hipc_compile");
  if (program == NULL)
    code |= failed(hipc_compile_attention(engine, &what, &program),
                   "hipc_compile_attention");
  if (program == NULL)
    code |= failed(hipc_attention_text(&what, &written), "hipc_attention_text");
  return written == NULL ? code : -1;
}

int main(int argc, char **argv) {
  hipc_engine_options options = {0};
  hipc_engine *engine = NULL;
  hipc_program *program = NULL;
  char *text = NULL;
  const char *mode = argv[1];
  hipc_code code = HIPC_OK;
  options.size = sizeof(options);
  options.device = getenv("HOST_DEVICE") ? getenv("HOST_DEVICE") : "cpu";
  options.threads = 2;
  options.cache = "";
  if ((code = failed(hipc_engine_create(&options, &engine), "engine")))
    return code;
  printf("target %s\n", hipc_engine_target(engine));
  if (strcmp(mode, "compile") == 0)
    return compile(engine);
  if (strcmp(mode, "attention") == 0) {
    hipc_attention what = attention();
    if ((code = failed(hipc_compile_attention(engine, &what, &program),
                       "compile")))
      return code;
    return run(program, argv[2]);
  }
  size_t size = 0;
  char *package = read(argv[2], &size);
  code = failed(hipc_load(engine, package, size, &program), "load");
  free(package);
  if (code || argc < 4)
    return code;
  code = run(program, argv[3]);
  if (!failed(hipc_program_explain(program, &text), "explain"))
    printf("%s", text);
  hipc_free(text);
  hipc_program_destroy(program);
  hipc_engine_destroy(engine);
  return code;
}
