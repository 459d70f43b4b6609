module attributes {a = #hip.tree<block_q = 64, block_k = 2, keep = 0>} {
}
