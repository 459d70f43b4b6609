# Compile settings and target helpers shared by every folder.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(LLVM_RUNTIME_OUTPUT_INTDIR ${PROJECT_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${PROJECT_BINARY_DIR}/lib)
set(MLIR_BINARY_DIR ${PROJECT_BINARY_DIR})
set(BUILD_SHARED_LIBS OFF)

# What was compiled before is taken from ccache, where it is installed.
find_program(HIP_CCACHE ccache)
mark_as_advanced(HIP_CCACHE)
if(HIP_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${HIP_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${HIP_CCACHE})
endif()

# Hardening, of all that is built here. The checks of sanitizers stand in for
# those of FORTIFY_SOURCE, which need optimised code.
include(CheckPIESupported)
check_pie_supported()
add_compile_options(-fstack-protector-strong)
if(NOT HIP_SANITIZE)
  add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
endif()
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

add_library(HipOptions INTERFACE)
# What installed libraries ask of others leaves out our folders and warnings.
target_include_directories(HipOptions INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
# Generated code is held to its generator's warnings, not to ours.
target_include_directories(HipOptions SYSTEM INTERFACE
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>)
target_compile_options(HipOptions INTERFACE
  $<BUILD_INTERFACE:-Wall;-Wextra>
  $<$<BOOL:${HIP_WARNINGS_ARE_ERRORS}>:$<BUILD_INTERFACE:-Werror>>)
if(HIP_SANITIZE)
  target_compile_options(HipOptions INTERFACE
    -fsanitize=${HIP_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(HipOptions INTERFACE -fsanitize=${HIP_SANITIZE})
endif()

# What a target that sees LLVM needs: headers as system headers, no RTTI use of
# its own, and one LLVM in the process (the shared library, or the archives).
add_library(HipLlvmOptions INTERFACE)
target_link_libraries(HipLlvmOptions INTERFACE HipOptions)
target_include_directories(HipLlvmOptions SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
separate_arguments(HIP_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(HipLlvmOptions INTERFACE ${HIP_LLVM_DEFINITIONS})
if(NOT LLVM_ENABLE_RTTI)
  target_compile_options(HipLlvmOptions INTERFACE -fno-rtti)
endif()
target_compile_options(HipLlvmOptions INTERFACE -fno-exceptions)

add_library(HipMlirOptions INTERFACE)
target_link_libraries(HipMlirOptions INTERFACE HipLlvmOptions)
target_include_directories(HipMlirOptions SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS})

# The archives of MLIR name the shared LLVM, MLIR and zstd in their link
# interfaces; a static build takes archives alone.
if(HIP_STATIC)
  get_property(imported DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS imported)
    get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
    if(libraries)
      list(FILTER libraries EXCLUDE REGEX "^(LLVM|MLIR|\\$<LINK_ONLY:(LLVM|MLIR)>)$")
      list(TRANSFORM libraries REPLACE "libzstd_shared" "libzstd_static")
      set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${libraries}")
    endif()
  endforeach()
endif()

# hip_mlir_library(NAME sources... [DEPENDS ...] [LINK ...] [COMPONENTS ...])
# COMPONENTS are MLIR/LLVM archives, used by the static build only.
function(hip_mlir_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK;COMPONENTS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC HipMlirOptions ${ARG_LINK})
  hip_link_mlir(${name} ${ARG_COMPONENTS})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  hip_use_pch(${name})
endfunction()

function(hip_link_mlir name)
  if(HIP_STATIC)
    target_link_libraries(${name} PUBLIC ${ARGN})
  else()
    target_link_libraries(${name} PUBLIC MLIR LLVM)
  endif()
endfunction()

# hip_llvm_library(NAME sources... [LINK ...] [COMPONENTS ...]): one without MLIR.
function(hip_llvm_library name)
  cmake_parse_arguments(ARG "" "" "LINK;COMPONENTS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC HipLlvmOptions ${ARG_LINK})
  if(HIP_STATIC)
    target_link_libraries(${name} PUBLIC ${ARG_COMPONENTS})
  else()
    target_link_libraries(${name} PUBLIC LLVM)
  endif()
endfunction()

# One precompiled header of the MLIR core for the whole project.
file(WRITE ${PROJECT_BINARY_DIR}/HipPch.cpp "// Carries the precompiled header.\n")
add_library(HipPch OBJECT ${PROJECT_BINARY_DIR}/HipPch.cpp)
target_link_libraries(HipPch PRIVATE HipMlirOptions)
target_precompile_headers(HipPch PRIVATE
  ${PROJECT_SOURCE_DIR}/scripts/cmake/HipPch.h)
# Lets ccache reuse a precompiled header that is built again.
target_compile_options(HipPch PRIVATE $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)

function(hip_use_pch name)
  target_precompile_headers(${name} REUSE_FROM HipPch)
endfunction()
