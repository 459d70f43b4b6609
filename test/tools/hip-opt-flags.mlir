// RUN: not hip-opt %s --hip-expandattention 2>&1 | FileCheck %s
// CHECK: hip-opt: error: unknown pass or flag '--hip-expandattention'; --help lists them
// RUN: not hip-opt %s --hip-to-gpu=chip=sm_80 2>&1 | FileCheck %s --check-prefix=PIPELINE
// PIPELINE: hip-opt: error: unknown pass or flag '--hip-to-gpu=chip=sm_80'; --help lists them
// RUN: hip-opt %s --hip-to-cpu=lanes=8 --hip-debug=tile | FileCheck %s --check-prefix=KNOWN
// KNOWN: module
module {}
