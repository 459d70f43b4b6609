// What doc_examples.py has to find.

def Hip_BrokenOp : Hip_Op<"broken"> {
  let description = [{

    ```mlir
    func.func @f() { hip.no_such_op }
    ```

    S13 is broken here.
    Example: `#hip.tree<block_q = 0, block_k = 2, keep = 2>`.
  }];
}

def Hip_SilentOp : Hip_Op<"silent"> {
  let summary = "No example";
}
