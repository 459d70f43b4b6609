"""Other libraries that hip_mlir joins; each module is imported on its own."""
