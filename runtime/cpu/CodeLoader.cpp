#include "runtime/cpu/CodeLoader.h"

namespace hipc {

LoadedCode::~LoadedCode() = default;
CodeLoader::~CodeLoader() = default;

} // namespace hipc
