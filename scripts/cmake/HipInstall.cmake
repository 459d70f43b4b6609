# What a compiler of one's own builds with: libraries of the dialect and its
# passes, their headers and .td files under include/hip-mlir, HipMlirConfig.cmake.
# A build from archives or with sanitizers has none, as it is not MLIR's own.
if(HIP_STATIC OR HIP_SANITIZE)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(HIP_HEADERS ${CMAKE_INSTALL_INCLUDEDIR}/hip-mlir)
set(HIP_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/HipMlir)
set_target_properties(HipDialect PROPERTIES EXPORT_NAME Dialect)
set_target_properties(HipPasses PROPERTIES EXPORT_NAME Passes)
target_include_directories(HipDialect INTERFACE $<INSTALL_INTERFACE:${HIP_HEADERS}>)
install(TARGETS HipOptions HipLlvmOptions HipMlirOptions HipDialect HipPasses
        EXPORT HipMlir ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT HipMlir NAMESPACE HipMlir:: FILE HipMlirTargets.cmake
        DESTINATION ${HIP_PACKAGE})
foreach(part dialect passes)
  foreach(root ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
    install(DIRECTORY ${root}/${part} DESTINATION ${HIP_HEADERS}
      FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.h.inc"
      PATTERN CMakeFiles EXCLUDE)
  endforeach()
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/HipMlirConfig.cmake.in
               HipMlirConfig.cmake @ONLY)
write_basic_package_version_file(HipMlirConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/HipMlirConfig.cmake
              ${PROJECT_BINARY_DIR}/HipMlirConfigVersion.cmake
        DESTINATION ${HIP_PACKAGE})
